/* framed-modcheck: says of modules whether this host can load them. */
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/guard.h"
#include "framed/fake.h"
#include "host/loader.h"

enum {
	MISFIT = 1 /* exit status: a module does not load here */
};

/* A field of struct framed_module that is a callback. */
struct callback {
	const char *name;
	size_t offset;
};

#define CALLBACK(name)                                      \
	{                                                   \
#name, offsetof(struct framed_module, name) \
	}

static const struct callback callbacks[] = {
    CALLBACK(check),
    CALLBACK(load),
    CALLBACK(unload),
    CALLBACK(on_open),
    CALLBACK(on_message),
    CALLBACK(on_writable),
    CALLBACK(on_close),
    CALLBACK(worker_start),
    CALLBACK(worker_stop),
    CALLBACK(on_upgrade),
    CALLBACK(on_frame),
    CALLBACK(on_pong),
    CALLBACK(on_dropped),
    CALLBACK(on_flushed),
    CALLBACK(on_timer),
    CALLBACK(on_post),
    CALLBACK(async_work),
    CALLBACK(on_async_done),
    CALLBACK(on_connect_failed),
    CALLBACK(on_drain),
};

/* Behind `version` there are callbacks only: none is missing above. */
_Static_assert(sizeof(struct framed_module) ==
        offsetof(struct framed_module, check) +
            ARRAY_LENGTH(callbacks) * sizeof(void (*)(void)),
    "the table of callbacks is the struct's");

static int
print_usage(FILE *stream, int status)
{
	fputs("usage: framed-modcheck file ...\n"
	      "       framed-modcheck -h | -V\n",
	    stream);
	return status;
}

/* All function pointers of a machine that can have dlsym() are alike. */
static int
has_callback(const struct framed_module *api, const struct callback *callback)
{
	void (*function)(void);

	memcpy(
	    &function, (const char *)api + callback->offset, sizeof(function));
	return function != NULL;
}

static void
print_callbacks(const struct framed_module *api)
{
	unsigned count = 0;

	printf("  callbacks:");
	for (size_t i = 0; i < ARRAY_LENGTH(callbacks); i++) {
		if (!has_callback(api, &callbacks[i]))
			continue;
		printf(" %s", callbacks[i].name);
		count++;
	}
	puts(count == 0 ? " none" : "");
}

static void
print_module(const char *path, const struct framed_module *api)
{
	printf("%s: %s %s\n", path, api->name, api->version);
	printf("  abi: %u.%u, loads in hosts of ABI %u.%u and later %u.x; this "
	       "host has %u.%u\n",
	    api->abi_major, api->abi_minor, api->abi_major, api->abi_minor,
	    api->abi_major, FRAMED_ABI_MAJOR, FRAMED_ABI_MINOR);
	printf("  session_size: %u\n", api->session_size);
	print_callbacks(api);
}

/* Returns 0, or -1 after a complaint. */
static int
check_file(const char *path)
{
	char error[8192];
	struct module *module;

	module =
	    module_open_file(path, framed_fake_host(), error, sizeof(error));
	if (module == NULL) {
		fprintf(stderr, "framed-modcheck: %s\n", error);
		return -1;
	}
	print_module(path, &module->api);
	module_close(&module);
	return 0;
}

int
main(int argc, char **argv)
{
	int option, status = EX_OK;

	while ((option = getopt(argc, argv, "hV")) != -1) {
		switch (option) {
		case 'V':
			printf("framed-modcheck %s\nmodule abi: %d.%d\n",
			    FRAMED_VERSION, FRAMED_ABI_MAJOR, FRAMED_ABI_MINOR);
			return EX_OK;
		case 'h':
			return print_usage(stdout, EX_OK);
		default:
			return print_usage(stderr, EX_USAGE);
		}
	}
	if (optind == argc)
		return print_usage(stderr, EX_USAGE);
	for (int i = optind; i < argc; i++)
		if (check_file(argv[i]) == -1)
			status = MISFIT;
	return status;
}

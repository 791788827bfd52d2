/* framed: options, configuration, start, exit status. Nothing else. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include <openssl/crypto.h>

#include "base/heap.h"
#include "base/log.h"
#include "conf/load.h"
#include "core/host_api.h"
#include "core/server.h"
#include "host/registry.h"
#include "net/tls_memory.h"

enum action { ACTION_RUN, ACTION_TEST, ACTION_PRINT };

struct options {
	const char *file;
	const char *module_path; /* NULL: the configuration's */
	enum action action;
};

static int
print_usage(FILE *stream, int status)
{
	fputs("usage: framed [-tT] [-f file] [-m directory]\n"
	      "       framed -h | -V\n"
	      "\n"
	      "  -f file       configuration (default: " FRAMED_CONF_FILE ")\n"
	      "  -h            print this\n"
	      "  -m directory  where modules are (default: module_path)\n"
	      "  -t            test the configuration, modules included\n"
	      "  -T            print the configuration with all defaults\n"
	      "  -V            print versions\n",
	    stream);
	return status;
}

static int
print_versions(void)
{
	printf("framed %s\n"
	       "module abi: %d.%d\n"
	       "libevent: %s\n"
	       "openssl: %s\n"
	       "modules: %s\n"
	       "configuration: %s\n",
	    FRAMED_VERSION, FRAMED_ABI_MAJOR, FRAMED_ABI_MINOR,
	    server_libevent_version(), OpenSSL_version(OPENSSL_VERSION),
	    FRAMED_MODULE_DIR, FRAMED_CONF_FILE);
	return EX_OK;
}

/* Says how the configuration test went, as -t and a failed start do. */
static int
conclude(const struct options *options, const struct conf_report *report)
{
	if (report->count > 0 || options->action == ACTION_TEST)
		fprintf(stderr, "framed: configuration file %s test %s\n",
		    options->file,
		    report->count > 0 ? "failed" : "is successful");
	return report->count > 0 ? EX_CONFIG : EX_OK;
}

static int
exit_status(enum server_result result)
{
	switch (result) {
	case SERVER_OK:
		return EX_OK;
	case SERVER_CONFIG:
		return EX_CONFIG;
	case SERVER_SYSTEM:
		return EX_OSERR;
	case SERVER_PERMISSION:
		return EX_NOPERM;
	}
	return EX_SOFTWARE;
}

/* Serves until it is told to stop. Returns the exit status. */
static int
serve(const struct conf *conf, struct registry *registry,
    struct conf_report *report)
{
	struct server server;
	enum server_result result = server_init(&server, conf, report);
	int status = exit_status(result);

	if (result == SERVER_OK && registry_load(registry, report) == -1)
		status = EX_CONFIG;
	else if (result == SERVER_OK)
		status = exit_status(server_run(&server, registry));
	registry_unload(registry);
	server_release(&server);
	return status;
}

/* Reads the files that are named, for the complaints. */
static void
test_files(const struct conf *conf, struct conf_report *report)
{
	struct tls_contexts contexts;
	struct auth_set auth;

	if (tls_contexts_init(&contexts, conf, report) == -1)
		assert(report->count > 0);
	if (auth_set_init(&auth, conf, report) == -1)
		assert(report->count > 0);
	tls_contexts_release(&contexts);
	auth_set_release(&auth);
}

/* Loads the configuration and its modules, and does what was asked. */
static int
run(const struct options *options)
{
	struct conf_report report = {.stream = stderr};
	struct conf *conf = conf_load(options->file, &report);
	struct registry *registry = NULL;
	int status = EX_CONFIG;

	if (conf != NULL && options->action == ACTION_PRINT) {
		status = conf_print(conf, stdout) == 0 ? EX_OK : EX_IOERR;
		goto out;
	}
	if (conf != NULL) {
		log_set_level(conf->log_level);
		registry = registry_new(conf,
		    options->module_path != NULL ? options->module_path
		                                 : conf->module_path,
		    host_api(), &report);
	}
	if (registry != NULL && options->action == ACTION_TEST)
		test_files(conf, &report);
	status = conclude(options, &report);
	if (status == EX_OK && options->action == ACTION_RUN)
		status = serve(conf, registry, &report);
out:
	registry_free(&registry);
	conf_free(&conf);
	return status;
}

int
main(int argc, char **argv)
{
	struct options options = {.file = FRAMED_CONF_FILE};
	int option;

	while ((option = getopt(argc, argv, "f:hm:tTV")) != -1) {
		switch (option) {
		case 'f':
			options.file = optarg;
			break;
		case 'm':
			options.module_path = optarg;
			break;
		case 't':
			options.action = ACTION_TEST;
			break;
		case 'T':
			options.action = ACTION_PRINT;
			break;
		case 'V':
			return print_versions();
		case 'h':
			return print_usage(stdout, EX_OK);
		default:
			return print_usage(stderr, EX_USAGE);
		}
	}
	if (optind < argc)
		return print_usage(stderr, EX_USAGE);
	log_init();
	heap_return_memory();
	tls_memory_init();
	signal(SIGPIPE, SIG_IGN);
	return run(&options);
}

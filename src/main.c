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
	struct generation_source source;
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
		    options->source.file,
		    report->count > 0 ? "failed" : "is successful");
	return report->count > 0 ? EX_CONFIG : EX_OK;
}

static int
exit_status(enum server_result result)
{
	switch (result) {
	case SERVER_OK:
		return EX_OK;
	case SERVER_SYSTEM:
		return EX_OSERR;
	case SERVER_PERMISSION:
		return EX_NOPERM;
	}
	return EX_SOFTWARE;
}

/* Serves until it is told to stop, with this generation at first. Returns the exit
 * status. */
static int
serve(struct generation *generation, const struct generation_source *source,
    struct conf_report *report)
{
	struct server server;
	struct generation *generations;
	enum server_result result;
	int status;

	if (log_configure(&generation->conf->log) == -1) {
		log_error("cannot open the log");
		generation_free(&generation);
		return EX_OSERR;
	}
	result = server_init(&server, generation);
	status = exit_status(result);

	if (result == SERVER_OK &&
	    registry_load(generation->registry, report) == -1)
		status = EX_CONFIG;
	else if (result == SERVER_OK)
		status = exit_status(server_run(&server, source));
	generations = server.generations;
	generations_unload(generations);
	server_release(&server);
	generations_free(&generations);
	return status;
}

static int
print(const struct options *options, struct conf_report *report)
{
	struct conf *conf = conf_load(options->source.file, report);
	int status = EX_OK;

	if (conf == NULL)
		return conclude(options, report);
	if (conf_print(conf, stdout) == -1)
		status = EX_IOERR;
	conf_free(&conf);
	return status;
}

/* Loads the configuration and all that it names, and does what was asked. */
static int
run(const struct options *options)
{
	struct conf_report report = {.stream = stderr};
	struct generation *generation;
	int status;

	if (options->action == ACTION_PRINT)
		return print(options, &report);
	generation = generation_load(&options->source, &report);
	status = conclude(options, &report);
	if (status == EX_OK && options->action == ACTION_RUN)
		return serve(generation, &options->source, &report);
	generation_free(&generation);
	return status;
}

int
main(int argc, char **argv)
{
	struct options options = {.source.file = FRAMED_CONF_FILE};
	int option;

	while ((option = getopt(argc, argv, "f:hm:tTV")) != -1) {
		switch (option) {
		case 'f':
			options.source.file = optarg;
			break;
		case 'm':
			options.source.module_path = optarg;
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
	/* until there is something to reload, or to open anew */
	signal(SIGHUP, SIG_IGN);
	signal(SIGUSR1, SIG_IGN);
	return run(&options);
}

#include "conf/load.h"

#include <inttypes.h>
#include <string.h>

#include "base/escape.h"
#include "base/span.h"
#include "conf/options.h"

/* One struct being printed, and how far its lines are indented. */
struct printer {
	FILE *stream;
	enum option_scope scope;
	const void *base;
	const char *indent;
};

/* libconfig reads \xHH in strings, which is what escape() writes. */
static void
print_escaped(FILE *stream, struct span text)
{
	for (size_t i = 0; i < text.length; i++) {
		char out[ESCAPE_ROOM(1)];

		escape(out, sizeof out, span_from(text.data + i, 1));
		fputs(out, stream);
	}
}

static void
print_string(FILE *stream, const char *name, const char *text)
{
	fprintf(stream, "%s = \"", name);
	print_escaped(stream, span_from_string(text));
	fputs("\";\n", stream);
}

/* The loader cut the "*" off. */
static void
print_route(FILE *stream, const char *name, const struct conf_endpoint *of)
{
	fprintf(stream, "%s = \"", name);
	print_escaped(stream, span_from_string(of->path));
	fprintf(stream, "%s\";\n", of->is_prefix ? "*" : "");
}

static void
print_number(
    FILE *stream, const char *name, const struct option *option, int64_t value)
{
	switch (option->type) {
	case OPTION_BOOL:
		fprintf(stream, "%s = %s;\n", name, value ? "true" : "false");
		break;
	case OPTION_WORD:
		print_string(stream, name, option->word(value));
		break;
	case OPTION_COUNT:
	case OPTION_SMALL:
	case OPTION_PORT:
	case OPTION_BYTES:
	case OPTION_MS:
		fprintf(stream, "%s = %" PRId64 ";\n", name, value);
		break;
	case OPTION_STRING:
	case OPTION_ROUTE:
	case OPTION_LIST:
		break;
	}
}

static void
print_list(FILE *stream, const char *name, const char *list)
{
	struct span rest = span_from_string(list);
	const char *before = " ";

	fprintf(stream, "%s = [", name);
	while (rest.length > 0) {
		struct span text = rest;

		rest = span_cut(&text, span_find(text, '\n'));
		rest = span_cut(&rest, 1);
		fprintf(stream, "%s\"", before);
		print_escaped(stream, text);
		fputc('"', stream);
		before = ", ";
	}
	fputs(" ];\n", stream);
}

static bool
is_unset(const struct printer *p, const struct option *option)
{
	if (!option_applies(option, p->scope, p->base))
		return true;
	return option_is_string(option) &&
	    option_get_string(option, p->scope, p->base) == NULL;
}

/* name is the option's path without its group. */
static void
print_option(
    const struct printer *p, const struct option *option, const char *name)
{
	if (option->type == OPTION_ROUTE)
		print_route(p->stream, name, p->base);
	else if (option->type == OPTION_LIST)
		print_list(p->stream, name,
		    option_get_string(option, p->scope, p->base));
	else if (option_is_string(option))
		print_string(p->stream, name,
		    option_get_string(option, p->scope, p->base));
	else
		print_number(p->stream, name, option,
		    option_get_number(option, p->scope, p->base));
}

/* Opens and closes groups where the table goes from one to the next. */
static void
print_options(const struct printer *p)
{
	const char *group = "";
	size_t length = 0;

	for (size_t i = 0; i < option_count; i++) {
		const char *path = options[i].path;
		const char *dot = strchr(path, '.');
		size_t new_length = dot == NULL ? 0 : (size_t)(dot - path);

		if (option_find(p->scope, path) != &options[i] ||
		    is_unset(p, &options[i]))
			continue;
		if (new_length != length || strncmp(path, group, length) != 0) {
			if (length > 0)
				fprintf(p->stream, "%s};\n", p->indent);
			if (new_length > 0)
				fprintf(p->stream, "%s%.*s = {\n", p->indent,
				    (int)new_length, path);
			group = path;
			length = new_length;
		}
		fprintf(p->stream, "%s%s", p->indent, length > 0 ? "\t" : "");
		print_option(p, &options[i], dot == NULL ? path : dot + 1);
	}
	if (length > 0)
		fprintf(p->stream, "%s};\n", p->indent);
}

/* A float keeps its kind: "3" would come back as an integer. */
static void
print_float(FILE *stream, const char *name, double number)
{
	char text[64];

	snprintf(text, sizeof text, "%.17g", number);
	fprintf(stream, "%s = %s%s;\n", name, text,
	    strpbrk(text, ".e") == NULL ? ".0" : "");
}

static void
print_setting(FILE *stream, const struct setting *setting)
{
	fputs("\t\t\t", stream);
	switch (setting->type) {
	case SETTING_STRING:
		print_string(stream, setting->name, setting->string);
		break;
	case SETTING_INT:
		fprintf(stream, "%s = %" PRId64 ";\n", setting->name,
		    setting->integer);
		break;
	case SETTING_BOOL:
		fprintf(stream, "%s = %s;\n", setting->name,
		    setting->integer ? "true" : "false");
		break;
	case SETTING_FLOAT:
		print_float(stream, setting->name, setting->number);
		break;
	}
}

static void
print_endpoint(FILE *stream, const struct conf_endpoint *endpoint)
{
	struct printer p = {stream, SCOPE_ENDPOINT, endpoint, "\t\t"};

	print_options(&p);
	if (endpoint->setting_count == 0)
		return;
	fputs("\t\tsettings = {\n", stream);
	for (size_t i = 0; i < endpoint->setting_count; i++)
		print_setting(stream, &endpoint->settings[i]);
	fputs("\t\t};\n", stream);
}

int
conf_print(const struct conf *conf, FILE *stream)
{
	struct printer p = {stream, SCOPE_GLOBAL, conf, ""};

	print_options(&p);
	fputs("listeners = (", stream);
	for (size_t i = 0; i < conf->listener_count; i++) {
		struct printer of = {
		    stream, SCOPE_LISTENER, &conf->listeners[i], "\t\t"};

		fputs(i == 0 ? "\n\t{\n" : ",\n\t{\n", stream);
		print_options(&of);
		fputs("\t}", stream);
	}
	fputs("\n);\nendpoints = (", stream);
	for (size_t i = 0; i < conf->endpoint_count; i++) {
		fputs(i == 0 ? "\n\t{\n" : ",\n\t{\n", stream);
		print_endpoint(stream, &conf->endpoints[i]);
		fputs("\t}", stream);
	}
	fputs("\n);\n", stream);
	return fflush(stream) == 0 && !ferror(stream) ? 0 : -1;
}

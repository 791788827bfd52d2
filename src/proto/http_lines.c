/* Judges header lines that are not our own. */
#include "proto/http_lines.h"

#include "proto/http_chars.h"

static const char *const ours[] = {
    "Connection",
    "Content-Length",
    "Content-Type",
    "Date",
    "Host",
    "Origin",
    "Transfer-Encoding",
    "Upgrade",
};

static bool
is_ours(struct span name)
{
	struct span start = SPAN_LITERAL("Sec-WebSocket-");

	for (size_t i = 0; i < ARRAY_LENGTH(ours); i++)
		if (span_is_equal_nocase(name, span_from_string(ours[i])))
			return true;
	if (name.length > start.length)
		name.length = start.length;
	return span_is_equal_nocase(name, start);
}

/* One line, without its CRLF. Returns NULL or what is wrong. */
static const char *
judge_line(struct span line)
{
	struct span value = span_cut(&line, span_find(line, ':'));

	if (value.length == 0 || !http_is_token(line))
		return "malformed header name";
	if (!http_is_all(span_cut(&value, 1), HTTP_FIELD))
		return "malformed header value";
	return is_ours(line) ? "this header is not to be given" : NULL;
}

int
http_lines_check(struct span lines, const char **error_out)
{
	const char *error = NULL;

	while (lines.length > 0 && error == NULL) {
		struct span line = lines;

		lines = span_cut(&line, span_find(line, '\r'));
		if (lines.length < 2 || lines.data[1] != '\n') {
			error = "header lines must end in CRLF";
			break;
		}
		lines = span_cut(&lines, 2);
		error = judge_line(line);
	}
	if (error != NULL)
		*error_out = error;
	return error == NULL ? 0 : -1;
}

bool
http_lines_have(struct span lines, struct span name)
{
	while (lines.length > 0) {
		struct span line = lines;

		lines = span_cut(&line, span_find(line, '\n'));
		if (lines.length > 0)
			lines = span_cut(&lines, 1);
		span_cut(&line, span_find(line, ':'));
		if (span_is_equal_nocase(line, name))
			return true;
	}
	return false;
}

/* Writes the small responses that end a connection. */
#define _POSIX_C_SOURCE 200809L /* gmtime_r */

#include "proto/http.h"

#include <stdio.h>
#include <time.h>

#include "proto/http_lines.h"

/* IMF-fixdate (RFC 9110 §5.6.7) is English whatever the locale: no strftime. */
static const char day_names[7][4] = {
    "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
static const char month_names[12][4] = {"Jan", "Feb", "Mar", "Apr", "May",
    "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

const char *
http_status_name(uint16_t status)
{
	static const struct {
		uint16_t status;
		const char *name;
	} names[] = {
	    {200, "OK"},
	    {300, "Multiple Choices"},
	    {301, "Moved Permanently"},
	    {302, "Found"},
	    {303, "See Other"},
	    {304, "Not Modified"},
	    {307, "Temporary Redirect"},
	    {308, "Permanent Redirect"},
	    {400, "Bad Request"},
	    {401, "Unauthorized"},
	    {402, "Payment Required"},
	    {403, "Forbidden"},
	    {404, "Not Found"},
	    {405, "Method Not Allowed"},
	    {406, "Not Acceptable"},
	    {408, "Request Timeout"},
	    {409, "Conflict"},
	    {410, "Gone"},
	    {413, "Content Too Large"},
	    {414, "URI Too Long"},
	    {426, "Upgrade Required"},
	    {429, "Too Many Requests"},
	    {431, "Request Header Fields Too Large"},
	    {500, "Internal Server Error"},
	    {501, "Not Implemented"},
	    {502, "Bad Gateway"},
	    {503, "Service Unavailable"},
	    {504, "Gateway Timeout"},
	    {505, "HTTP Version Not Supported"},
	};

	for (size_t i = 0; i < ARRAY_LENGTH(names); i++)
		if (names[i].status == status)
			return names[i].name;
	return "";
}

static bool
has_connection_line(const char *lines)
{
	return http_lines_have(
	    span_from_string(lines), SPAN_LITERAL("Connection"));
}

/* RFC 9110 §9.3.2 and §15.4.5; Content-Length stays what it is with a body. */
static bool
has_body(const struct http_response *response)
{
	return response->status != 304 &&
	    !span_is_equal(response->method, SPAN_LITERAL("HEAD"));
}

size_t
http_response_write(
    const struct http_response *response, char *buffer, size_t size)
{
	const char *extra = response->extra_headers;
	time_t now = (time_t)response->now;
	struct tm tm;
	int length;

	if (gmtime_r(&now, &tm) == NULL)
		return 0;
	length = snprintf(buffer, size,
	    "HTTP/1.1 %u %s\r\n"
	    "Date: %s, %02d %s %04d %02d:%02d:%02d GMT\r\n"
	    "Content-Type: text/plain\r\n"
	    "Content-Length: %zu\r\n"
	    "%s%s\r\n%s%s",
	    (unsigned)response->status, http_status_name(response->status),
	    day_names[tm.tm_wday], tm.tm_mday, month_names[tm.tm_mon],
	    tm.tm_year + 1900, tm.tm_hour, tm.tm_min, tm.tm_sec,
	    strlen(response->text) + 1, extra,
	    has_connection_line(extra) ? "" : "Connection: close\r\n",
	    has_body(response) ? response->text : "",
	    has_body(response) ? "\n" : "");
	return length < 0 || (size_t)length >= size ? 0 : (size_t)length;
}

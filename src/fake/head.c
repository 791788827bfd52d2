/* Texts: the lines of a request, and what may go into an answer. */
#include "fake/parts.h"

#include <stdlib.h>
#include <strings.h>

#define TOKEN_CHARACTERS                             \
	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOP" \
	"QRSTUVWXYZ0123456789!#$%&'*+-.^_`|~"

/* A line of "Name: value\r\n". */
struct line {
	const char *name;
	size_t name_length;
	const char *value;
	size_t value_length;
};

/* Reads one line and moves on behind it. Returns 0, or -1 for another form. */
static int
line_read(const char **text, struct line *line_out)
{
	const char *at = *text;

	line_out->name = at;
	line_out->name_length = strspn(at, TOKEN_CHARACTERS);
	at += line_out->name_length;
	if (line_out->name_length == 0 || *at != ':')
		return -1;
	at += 1 + strspn(at + 1, " \t");
	line_out->value = at;
	line_out->value_length = strcspn(at, "\r\n");
	at += line_out->value_length;
	if (at[0] != '\r' || at[1] != '\n')
		return -1;
	*text = at + 2;
	return 0;
}

/* Cuts lines into strings, names and values in turn. Returns 0 or -1. */
static int
head_cut(struct fake_head *head, const char *lines)
{
	const char *at = lines;
	struct line line;
	size_t index = 0;

	while (*at != '\0') {
		if (line_read(&at, &line) == -1)
			return -1;
		head->count++;
	}
	head->names = calloc(head->count + 1, 2 * sizeof(*head->names));
	if (head->names == NULL)
		return -1;
	for (at = lines; line_read(&at, &line) == 0; index++) {
		char *name = head->lines + (line.name - lines);
		char *value = head->lines + (line.value - lines);

		name[line.name_length] = '\0';
		value[line.value_length] = '\0';
		head->names[2 * index] = name;
		head->names[2 * index + 1] = value;
	}
	return 0;
}

int
framed_fake_head_init(
    struct fake_head *head, const char *target, const char *lines)
{
	char *mark;

	memset(head, 0, sizeof(*head));
	head->target = framed_fake_copy(target);
	head->path = framed_fake_copy(target);
	head->lines = framed_fake_copy(lines);
	if (head->target == NULL || head->path == NULL || head->lines == NULL ||
	    head_cut(head, lines) == -1) {
		framed_fake_head_release(head);
		return -1;
	}
	mark = strchr(head->path, '?');
	head->query = "";
	if (mark != NULL) {
		*mark = '\0';
		head->query = head->target + (mark - head->path) + 1;
	}
	return 0;
}

void
framed_fake_head_release(struct fake_head *head)
{
	free(head->target);
	free(head->path);
	free(head->lines);
	free(head->names);
	memset(head, 0, sizeof(*head));
}

/* Whether a name is one of those the host writes. */
static int
is_hosts(const char *name, size_t length)
{
	static const char *const names[] = {"Connection", "Content-Length",
	    "Content-Type", "Date", "Host", "Transfer-Encoding", "Upgrade"};

	if (strncasecmp(name, "Sec-WebSocket-", 14) == 0)
		return 1;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strlen(names[i]) == length &&
		    strncasecmp(name, names[i], length) == 0)
			return 1;
	return 0;
}

int
framed_fake_may_add(const char *lines)
{
	struct line line;

	while (lines != NULL && *lines != '\0')
		if (line_read(&lines, &line) == -1 ||
		    is_hosts(line.name, line.name_length))
			return 0;
	return 1;
}

int
framed_fake_is_listed(const char *list, const char *name)
{
	size_t length;

	if (list == NULL || name == NULL)
		return 0;
	while (*(list += strspn(list, ", \t")) != '\0') {
		length = strcspn(list, ", \t");
		if (length == strlen(name) && memcmp(list, name, length) == 0)
			return 1;
		list += length;
	}
	return 0;
}

char *
framed_fake_copy(const char *text)
{
	size_t size = text == NULL ? 0 : strlen(text) + 1;
	char *copy = size == 0 ? NULL : malloc(size);

	if (copy != NULL)
		memcpy(copy, text, size);
	return copy;
}

/* RFC 3629 section 4: how many bytes follow a first byte, and the bounds of the
 * one behind it. -1: it begins no character. */
static int
utf8_tail(unsigned char first, unsigned char *low, unsigned char *high)
{
	*low = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
	*high = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
	if (first < 0x80)
		return 0;
	if (first < 0xc2 || first > 0xf4)
		return -1;
	return first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3;
}

int
framed_fake_is_utf8(const void *data, size_t length)
{
	const unsigned char *at = (const unsigned char *)data;
	const unsigned char *end = length == 0 ? at : at + length;
	unsigned char low, high;
	int tail;

	while (at < end) {
		tail = utf8_tail(*at++, &low, &high);
		if (tail == -1 || tail > end - at)
			return 0;
		for (; tail > 0; tail--, at++) {
			if (*at < low || *at > high)
				return 0;
			low = 0x80;
			high = 0xbf;
		}
	}
	return 1;
}

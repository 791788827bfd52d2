/*
 * A copier that knows just enough of libconfig's grammar: strings, comments,
 * names and numbers. Where it is unsure it copies, and libconfig judges; but no
 * "@" leaves here outside a string, lest libconfig include files by itself.
 * Running out of memory is noted in the source and told once, at the end.
 */
#define _POSIX_C_SOURCE 200809L

#include "conf/source.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum {
	TEXT_MAX_BYTES = 16 << 20, /* a device, or includes gone wild */
	FILES_MAX = 1000,          /* one that is included twice counts twice */
	DEPTH_MAX = 8,
	READ_BYTES = 2048 /* at first; doubled before each read */
};

struct source {
	struct conf_report *report;
	char *text;
	size_t length;
	size_t room;
	struct source_place *places; /* of each line of the text */
	size_t place_count;
	size_t place_room;
	char **files; /* [0] is the main one; places point to them */
	size_t file_count;
	bool is_out_of_memory;
};

/* A file being copied. Its bytes end in a NUL that is not part of it. */
struct reader {
	struct source *source;
	const struct reader *includer; /* NULL for the main file */
	dev_t device; /* with inode: which file it is, by whatever name */
	ino_t inode;
	const char *start;
	const char *at;
	const char *end;
	const char *file;
	unsigned line;
	unsigned depth; /* of @include */
};

static void copy_file(
    struct source *source, const char *file, const struct reader *includer);

/*
 * Makes room for one more of the things in array. Returns the array, moved
 * perhaps, or NULL with the old one untouched.
 */
static void *
grow(
    struct source *source, void *array, size_t count, size_t *room, size_t size)
{
	size_t wanted = *room == 0 ? 64 : *room * 2;
	void *grown;

	if (count < *room)
		return array;
	grown = realloc(array, wanted * size);
	if (grown == NULL)
		source->is_out_of_memory = true;
	else
		*room = wanted;
	return grown;
}

static void
put(struct source *source, char byte)
{
	char *text =
	    grow(source, source->text, source->length, &source->room, 1);

	if (text == NULL)
		return;
	source->text = text;
	source->text[source->length++] = byte;
}

static void
put_place(struct source *source, const char *file, unsigned line)
{
	struct source_place *places = grow(source, source->places,
	    source->place_count, &source->place_room, sizeof *places);

	if (places == NULL)
		return;
	source->places = places;
	source->places[source->place_count++] =
	    (struct source_place){file, line};
}

/* Takes one byte of the file into the text. */
static void
copy(struct reader *r)
{
	char byte = *r->at++;

	if (byte == '\0') {
		conf_complain(r->source->report, r->file, r->line,
		    "NUL byte in the file");
		byte = ' ';
	}
	put(r->source, byte);
	if (byte == '\n')
		put_place(r->source, r->file, ++r->line);
}

static void
copy_while(struct reader *r, int (*is_wanted)(int))
{
	while (is_wanted((unsigned char)*r->at))
		copy(r);
}

static bool
is_at(const struct reader *r, const char *word)
{
	return strncmp(r->at, word, strlen(word)) == 0;
}

static void
complain_unfinished(struct reader *r, const char *what, unsigned line)
{
	conf_complain(r->source->report, r->file, line, "unfinished %s", what);
}

/* Comments do not reach libconfig, which dislikes one that ends the file. */
static void
skip_line_comment(struct reader *r)
{
	while (r->at < r->end && *r->at != '\n')
		r->at++;
}

static void
skip_block_comment(struct reader *r)
{
	unsigned first_line = r->line;

	put(r->source, ' '); /* it parts words */
	r->at += 2;
	while (r->at < r->end && !is_at(r, "*/")) {
		if (*r->at == '\n')
			copy(r);
		else
			r->at++;
	}
	if (r->at == r->end)
		complain_unfinished(r, "comment", first_line);
	else
		r->at += 2;
}

/* libconfig ends a string at an escaped NUL and drops what follows. */
static void
copy_escape(struct reader *r)
{
	if (is_at(r, "\\x00") || is_at(r, "\\X00"))
		conf_complain(r->source->report, r->file, r->line,
		    "NUL byte in a string");
	copy(r);
	if (r->at < r->end)
		copy(r);
}

static void
copy_string(struct reader *r)
{
	unsigned first_line = r->line;

	copy(r);
	while (r->at < r->end && *r->at != '"') {
		if (*r->at == '\\')
			copy_escape(r);
		else
			copy(r);
	}
	if (r->at == r->end)
		complain_unfinished(r, "string", first_line);
	else
		copy(r);
}

static int
is_in_name(int byte)
{
	return isalnum(byte) || byte == '-' || byte == '_' || byte == '*';
}

/* The digits just copied were an integer: widens and judges it. */
static void
finish_integer(struct reader *r, const char *digits, int base)
{
	errno = 0;
	(void)strtoll(digits, NULL, base);
	if (errno == ERANGE)
		conf_complain(r->source->report, r->file, r->line,
		    "integer does not fit 64 bits");
	for (int i = 0; i < 2 && *r->at == 'L'; i++)
		r->at++;
	put(r->source, 'L');
}

static bool
is_at_exponent(const struct reader *r)
{
	const char *at = r->at;

	if (*at != 'e' && *at != 'E')
		return false;
	at++;
	if (*at == '-' || *at == '+')
		at++;
	return isdigit((unsigned char)*at);
}

/* [-+]?[0-9]*, then "." or an exponent, which make it a float. */
static void
copy_decimal(struct reader *r)
{
	const char *digits = r->at;
	bool is_float = false;

	if (*r->at == '-' || *r->at == '+')
		copy(r);
	copy_while(r, isdigit);
	if (*r->at == '.') {
		is_float = true;
		copy(r);
		copy_while(r, isdigit);
	}
	if (is_at_exponent(r)) {
		is_float = true;
		copy(r);
		copy(r); /* a sign or a digit */
		copy_while(r, isdigit);
	}
	if (!is_float && isdigit((unsigned char)r->at[-1]))
		finish_integer(r, digits, 10);
}

static void
copy_number(struct reader *r)
{
	const char *digits = r->at;

	if ((is_at(r, "0x") || is_at(r, "0X")) &&
	    isxdigit((unsigned char)r->at[2])) {
		copy(r);
		copy(r);
		copy_while(r, isxdigit);
		finish_integer(r, digits, 16);
	} else {
		copy_decimal(r);
	}
}

/* Whether only blanks stand before the reader on its line. */
static bool
is_at_line_start(const struct reader *r)
{
	const char *at = r->at;

	while (at > r->start && (at[-1] == ' ' || at[-1] == '\t'))
		at--;
	return at == r->start || at[-1] == '\n';
}

/* The name of an included file, owned by the source; NULL without memory. */
static const char *
resolve(struct source *source, const char *name, size_t length)
{
	const char *main_file = source->files[0];
	const char *slash = strrchr(main_file, '/');
	size_t folder = name[0] == '/' || slash == NULL
	    ? 0
	    : (size_t)(slash - main_file) + 1;
	char **files =
	    realloc(source->files, (source->file_count + 1) * sizeof *files);
	char *file = calloc(1, folder + length + 1);

	if (files != NULL)
		source->files = files;
	if (files == NULL || file == NULL) {
		source->is_out_of_memory = true;
		free(file);
		return NULL;
	}
	memcpy(file, main_file, folder);
	memcpy(file + folder, name, length);
	files[source->file_count++] = file;
	return file;
}

/*
 * The directive's line becomes the first of the included text and, after it,
 * a line of its own again, for what may follow the directive.
 */
static void
include(struct reader *r, const char *name, size_t length)
{
	struct source *source = r->source;
	const char *file;

	if (r->depth == DEPTH_MAX) {
		conf_complain(source->report, r->file, r->line,
		    "@include nested more than %d deep", DEPTH_MAX);
		return;
	}
	if (source->file_count == FILES_MAX) {
		conf_complain(source->report, r->file, r->line,
		    "more than %d files", FILES_MAX);
		return;
	}
	file = resolve(source, name, length);
	if (file == NULL)
		return;
	put(source, '\n');
	put_place(source, file, 1);
	copy_file(source, file, r);
	put(source, '\n');
	put_place(source, r->file, r->line);
}

/*
 * The name in the directive that the reader is at, with its closing quote
 * behind it. NULL when it is no whole directive at the start of a line.
 */
static const char *
directive_name(const struct reader *r, size_t *length_out)
{
	static const char word[] = "@include";
	const char *name = r->at + strlen(word);

	if (!is_at(r, word) || !is_at_line_start(r))
		return NULL;
	name += strspn(name, " \t");
	if (*name++ != '"')
		return NULL;
	*length_out = strcspn(name, "\"\n");
	return name[*length_out] == '"' ? name : NULL;
}

static void
copy_at_sign(struct reader *r)
{
	size_t length;
	const char *name = directive_name(r, &length);

	if (name == NULL) {
		conf_complain(
		    r->source->report, r->file, r->line, "syntax error");
		r->at++;
		return;
	}
	r->at = name + length + 1;
	include(r, name, length);
}

static void
copy_token(struct reader *r)
{
	unsigned char byte = (unsigned char)*r->at;

	if (byte == '"')
		copy_string(r);
	else if (byte == '#' || is_at(r, "//"))
		skip_line_comment(r);
	else if (is_at(r, "/*"))
		skip_block_comment(r);
	else if (byte == '@')
		copy_at_sign(r);
	else if (isalpha(byte) || byte == '*')
		copy_while(r, is_in_name);
	else if (isdigit(byte) || byte == '+' || byte == '-' || byte == '.')
		copy_number(r);
	else
		copy(r);
}

/*
 * Returns the bytes of the stream and a NUL, the caller's to free; a little
 * more than allowed when there is more. NULL without memory.
 */
static char *
slurp(struct source *source, FILE *stream, size_t *length_out)
{
	char *bytes = NULL;
	size_t length = 0, room = READ_BYTES;

	do {
		char *grown = realloc(bytes, room *= 2);

		if (grown == NULL) {
			source->is_out_of_memory = true;
			free(bytes);
			return NULL;
		}
		bytes = grown;
		length += fread(bytes + length, 1, room - 1 - length, stream);
	} while (length == room - 1 && length <= TEXT_MAX_BYTES);
	bytes[length] = '\0';
	*length_out = length;
	return bytes;
}

/* errno tells why. */
static void
complain_unreadable(const struct reader *r)
{
	const struct reader *includer = r->includer;
	const char *why = strerror(errno);

	if (includer == NULL)
		conf_complain(r->source->report, r->file, 0, "%s", why);
	else
		conf_complain(r->source->report, includer->file, includer->line,
		    "cannot include %s: %s", r->file, why);
}

/* Whether the file is one of those that led to it. */
static bool
includes_itself(const struct reader *r)
{
	const struct reader *by = r->includer;

	while (by != NULL && (by->device != r->device || by->inode != r->inode))
		by = by->includer;
	return by != NULL;
}

/* Returns 0, or -1 with errno. */
static int
identify(struct reader *r, FILE *stream)
{
	struct stat status;

	if (fstat(fileno(stream), &status) == -1)
		return -1;
	r->device = status.st_dev;
	r->inode = status.st_ino;
	return 0;
}

/* The bytes of the reader's file, as slurp() gives them; NULL without memory
 * or after a complaint. */
static char *
read_file(struct reader *r, size_t *length_out)
{
	FILE *stream = fopen(r->file, "r");
	char *bytes = NULL;

	if (stream == NULL || identify(r, stream) == -1) {
		complain_unreadable(r);
	} else if (includes_itself(r)) {
		conf_complain(r->source->report, r->includer->file,
		    r->includer->line, "%s includes itself", r->file);
	} else {
		bytes = slurp(r->source, stream, length_out);
		if (bytes != NULL && ferror(stream)) {
			complain_unreadable(r);
			free(bytes);
			bytes = NULL;
		}
	}
	if (stream != NULL)
		fclose(stream);
	return bytes;
}

static void
copy_file(
    struct source *source, const char *file, const struct reader *includer)
{
	struct reader r = {.source = source,
	    .includer = includer,
	    .file = file,
	    .line = 1,
	    .depth = includer == NULL ? 0 : includer->depth + 1};
	size_t length = 0;
	char *bytes = read_file(&r, &length);

	if (bytes == NULL)
		return;
	r.start = r.at = bytes;
	r.end = bytes + length;
	if (source->length + length > TEXT_MAX_BYTES) {
		conf_complain(source->report, file, 0, "too much text");
		r.at = r.end;
	}
	while (r.at < r.end && !source->is_out_of_memory)
		copy_token(&r);
	free(bytes);
}

struct source *
source_read(const char *file, struct conf_report *report)
{
	unsigned before = report->count;
	struct source *source = calloc(1, sizeof *source);

	if (source == NULL)
		goto out_of_memory;
	source->report = report;
	source->files = calloc(1, sizeof *source->files);
	if (source->files == NULL)
		goto out_of_memory;
	source->files[0] = strdup(file);
	if (source->files[0] == NULL)
		goto out_of_memory;
	source->file_count = 1;
	put_place(source, source->files[0], 1);
	copy_file(source, source->files[0], NULL);
	put(source, '\0');
	if (source->is_out_of_memory)
		goto out_of_memory;
	if (report->count > before)
		source_free(&source);
	return source;

out_of_memory:
	conf_complain(report, file, 0, "out of memory");
	source_free(&source);
	return NULL;
}

void
source_free(struct source **source)
{
	struct source *s = *source;

	if (s == NULL)
		return;
	for (size_t i = 0; i < s->file_count; i++)
		free(s->files[i]);
	free(s->files);
	free(s->places);
	free(s->text);
	free(s);
	*source = NULL;
}

const char *
source_text(const struct source *source)
{
	return source->text;
}

struct source_place
source_place(const struct source *source, unsigned line)
{
	if (line == 0 || line > source->place_count)
		return (struct source_place){source->files[0], 0};
	return source->places[line - 1];
}

/*
 * Both versions are collected until they can be judged: a line up to its end, or
 * a binary header up to the end of the addresses. What follows these is counted
 * and not kept.
 */
#include "proto/proxy.h"

#include <arpa/inet.h>

#include "base/endian.h"

enum {
	VERSION_COMMAND = 12, /* where these bytes stand */
	FAMILY = 13,
	LENGTH = 14,
	COMMAND_LOCAL = 0x20,
	COMMAND_PROXY = 0x21,
	/* bytes of addresses and ports */
	IPV4_BYTES = 12,
	IPV6_BYTES = 36,
	UNIX_BYTES = 216,
	WORDS = 6 /* of a line that says all */
};

/* Version 2 begins so (§2.2): no line of text does. */
static const uint8_t signature[] = {
    '\r', '\n', '\r', '\n', 0, '\r', '\n', 'Q', 'U', 'I', 'T', '\n'};
static const uint8_t word[] = {'P', 'R', 'O', 'X', 'Y', ' '};

static enum parse
refuse(struct proto_error *error_out, const char *text)
{
	error_out->code = 0;
	error_out->text = text;
	return PARSE_BAD;
}

/* Whether what is kept agrees with how a version begins, as far as it goes. */
static bool
begins_with(
    const struct proxy_reader *reader, const uint8_t *start, size_t length)
{
	size_t have = reader->have < length ? reader->have : length;

	return memcmp(reader->bytes, start, have) == 0;
}

/* A decimal number up to 65535, without zeros ahead. */
static int
read_port(struct span text, uint16_t *port_out)
{
	uint32_t port = 0;

	if (text.length < 1 || text.length > 5 ||
	    (text.length > 1 && text.data[0] == '0'))
		return -1;
	for (size_t i = 0; i < text.length; i++) {
		if (text.data[i] < '0' || text.data[i] > '9')
			return -1;
		port = 10 * port + (text.data[i] - '0');
	}
	*port_out = (uint16_t)port;
	return port <= UINT16_MAX ? 0 : -1;
}

static int
read_ip(int family, struct span text, uint8_t ip_out[16])
{
	char string[INET6_ADDRSTRLEN];

	if (text.length >= sizeof(string))
		return -1;
	memcpy(string, text.data, text.length);
	string[text.length] = '\0';
	return inet_pton(family, string, ip_out) == 1 ? 0 : -1;
}

/* Splits at single blanks. Returns how many words there are, or WORDS + 1. */
static size_t
split(struct span line, struct span words[WORDS])
{
	for (size_t count = 1;; count++) {
		size_t end = span_find(line, ' ');

		words[count - 1] = span_from(line.data, end);
		if (end == line.length)
			return count;
		if (count == WORDS)
			return WORDS + 1;
		line = span_from(line.data + end + 1, line.length - end - 1);
	}
}

/* PROXY TCP4|TCP6 source destination port port (§2.1). */
static enum parse
judge_line(struct span line, struct proxy_source *source_out,
    struct proto_error *error_out)
{
	struct span words[WORDS];
	size_t count = split(line, words);
	uint8_t other[16];
	uint16_t port;
	int family;

	/* whatever follows that is to be ignored */
	if (count > 1 && span_is_equal(words[1], SPAN_LITERAL("UNKNOWN")))
		return PARSE_DONE;
	if (count == WORDS && span_is_equal(words[1], SPAN_LITERAL("TCP4"))) {
		source_out->family = PROXY_IPV4;
		family = AF_INET;
	} else if (count == WORDS &&
	    span_is_equal(words[1], SPAN_LITERAL("TCP6"))) {
		source_out->family = PROXY_IPV6;
		family = AF_INET6;
	} else {
		return refuse(error_out, "proxy line is malformed");
	}
	if (read_ip(family, words[2], source_out->ip) == -1 ||
	    read_ip(family, words[3], other) == -1 ||
	    read_port(words[4], &source_out->port) == -1 ||
	    read_port(words[5], &port) == -1)
		return refuse(error_out, "proxy line has a bad address");
	return PARSE_DONE;
}

/* One more byte of a line; it is over at LF, which only CR may precede. */
static enum parse
take_line_byte(struct proxy_reader *reader, uint8_t byte,
    struct proxy_source *source_out, struct proto_error *error_out)
{
	bool has_return =
	    reader->have > 0 && reader->bytes[reader->have - 1] == '\r';

	if ((byte == '\n') != has_return)
		return refuse(error_out, "proxy line does not end with CRLF");
	if (byte == '\n')
		return judge_line(span_from(reader->bytes, reader->have - 1u),
		    source_out, error_out);
	/* room for the LF, which is not kept */
	if (reader->have == PROXY_LINE_MAX - 1)
		return refuse(error_out, "proxy line is too long");
	reader->bytes[reader->have++] = byte;
	return begins_with(reader, word, sizeof(word))
	    ? PARSE_MORE
	    : refuse(error_out, "proxy header is missing");
}

/* Bytes of addresses that the family is followed by; 0: none are read. */
static size_t
address_bytes(const struct proxy_reader *reader)
{
	if (reader->bytes[VERSION_COMMAND] == COMMAND_LOCAL)
		return 0;
	switch (reader->bytes[FAMILY] >> 4) {
	case 1:
		return IPV4_BYTES;
	case 2:
		return IPV6_BYTES;
	case 3:
		return UNIX_BYTES;
	default:
		return 0;
	}
}

/* The bytes up to the addresses are here (§2.2). */
static enum parse
judge_fixed(struct proxy_reader *reader, struct proto_error *error_out)
{
	uint8_t command = reader->bytes[VERSION_COMMAND];
	uint8_t family = reader->bytes[FAMILY];
	uint16_t length = get_be16(reader->bytes + LENGTH);

	if (command != COMMAND_LOCAL && command != COMMAND_PROXY)
		return refuse(error_out, "proxy header of an unknown version");
	if (family >> 4 > 3 || (family & 0x0f) > 2)
		return refuse(error_out, "proxy header of an unknown family");
	if (length > PROXY_BINARY_MAX - PROXY_BINARY_LENGTH)
		return refuse(error_out, "proxy header is too long");
	if (length < address_bytes(reader))
		return refuse(error_out, "proxy header lacks an address");
	reader->skip = length;
	return PARSE_MORE;
}

/* Bytes to be kept, of which some may not be here: addresses of the internet are
 * read, all else is skipped. */
static size_t
kept_bytes(const struct proxy_reader *reader)
{
	size_t length = address_bytes(reader);

	return PROXY_BINARY_LENGTH + (length <= IPV6_BYTES ? length : 0);
}

static void
read_addresses(
    const struct proxy_reader *reader, struct proxy_source *source_out)
{
	const uint8_t *at = reader->bytes + PROXY_BINARY_LENGTH;

	switch (address_bytes(reader)) {
	case IPV4_BYTES:
		source_out->family = PROXY_IPV4;
		memcpy(source_out->ip, at, 4);
		source_out->port = get_be16(at + 8);
		break;
	case IPV6_BYTES:
		source_out->family = PROXY_IPV6;
		memcpy(source_out->ip, at, 16);
		source_out->port = get_be16(at + 32);
		break;
	case UNIX_BYTES:
		source_out->family = PROXY_UNIX;
		break;
	}
}

/* One more byte of a binary header. */
static enum parse
take_binary_byte(struct proxy_reader *reader, uint8_t byte,
    struct proxy_source *source_out, struct proto_error *error_out)
{
	enum parse parse = PARSE_MORE;

	if (reader->have < PROXY_BINARY_LENGTH ||
	    reader->have < kept_bytes(reader))
		reader->bytes[reader->have++] = byte;
	if (reader->is_skipping)
		reader->skip--;
	else if (reader->have < PROXY_BINARY_LENGTH)
		return begins_with(reader, signature, sizeof(signature))
		    ? PARSE_MORE
		    : refuse(error_out, "proxy header is missing");
	else
		parse = judge_fixed(reader, error_out);
	reader->is_skipping = true;
	if (parse != PARSE_MORE || reader->skip > 0)
		return parse;
	read_addresses(reader, source_out);
	return PARSE_DONE;
}

enum parse
proxy_read(struct proxy_reader *reader, struct span *in,
    struct proxy_source *source_out, struct proto_error *error_out)
{
	enum parse parse = PARSE_MORE;

	*source_out = (struct proxy_source){.family = PROXY_NONE};
	while (parse == PARSE_MORE && in->length > 0) {
		uint8_t byte = in->data[0];
		bool is_binary = reader->have > 0
		    ? reader->bytes[0] == signature[0]
		    : byte == signature[0];

		*in = span_from(in->data + 1, in->length - 1);
		parse = is_binary
		    ? take_binary_byte(reader, byte, source_out, error_out)
		    : take_line_byte(reader, byte, source_out, error_out);
	}
	return parse;
}

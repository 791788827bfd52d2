/*
 * The PROXY protocol: the first byte chooses a cut, and what is read in two
 * pieces is what is read in one: the same answer, the same source, the same
 * bytes taken.
 */
#undef NDEBUG
#include <assert.h>

#include "proto/proxy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct outcome {
	enum parse parse;
	struct proxy_source source;
	size_t taken;
};

static void
read_on(struct proxy_reader *reader, struct span in, struct outcome *outcome)
{
	size_t given = in.length;
	struct proto_error error = {1, NULL};

	outcome->parse = proxy_read(reader, &in, &outcome->source, &error);
	outcome->taken += given - in.length;
	assert(outcome->parse != PARSE_MORE || in.length == 0);
	assert(outcome->parse != PARSE_BAD ||
	    (error.code == 0 && error.text != NULL));
	assert(outcome->taken <= PROXY_BINARY_MAX);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct proxy_reader one = {0}, other = {0};
	struct outcome whole = {.taken = 0}, pieces = {.taken = 0};
	size_t cut;

	if (size == 0)
		return 0;
	cut = data[0] < size - 1 ? data[0] : size - 1;
	data++;
	size--;
	read_on(&one, span_from(data, size), &whole);
	read_on(&other, span_from(data, cut), &pieces);
	if (pieces.parse == PARSE_MORE)
		read_on(&other, span_from(data + cut, size - cut), &pieces);
	assert(whole.parse == pieces.parse && whole.taken == pieces.taken);
	if (whole.parse != PARSE_DONE)
		return 0;
	assert(whole.source.family == pieces.source.family);
	assert(whole.source.port == pieces.source.port);
	assert(memcmp(whole.source.ip, pieces.source.ip, 16) == 0);
	return 0;
}

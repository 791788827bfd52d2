#include "proto/origin.h"

#include "base/guard.h"

static const struct {
	enum origin_scheme scheme;
	struct span start;
	struct span port; /* that goes without saying */
} schemes[] = {
    {ORIGIN_HTTP, SPAN_LITERAL("http://"), SPAN_LITERAL("80")},
    {ORIGIN_HTTPS, SPAN_LITERAL("https://"), SPAN_LITERAL("443")},
};

/* Cuts the port off an authority, without its colon. Empty: there is none. */
static struct span
cut_port(struct span *authority)
{
	size_t colon = authority->length;
	struct span port;

	/* digits, back to a colon that is not one of an address in brackets */
	while (colon > 0 && authority->data[colon - 1] >= '0' &&
	    authority->data[colon - 1] <= '9')
		colon--;
	if (colon == 0 || authority->data[colon - 1] != ':')
		return span_from(NULL, 0);
	port = span_cut(authority, colon);
	authority->length = colon - 1;
	return port;
}

static bool
is_same_authority(struct span a, struct span b, struct span usual_port)
{
	struct span a_port = cut_port(&a), b_port = cut_port(&b);

	if (a_port.length == 0)
		a_port = usual_port;
	if (b_port.length == 0)
		b_port = usual_port;
	return span_is_equal(a_port, b_port) && span_is_equal_nocase(a, b);
}

bool
origin_is_same(struct span origin, enum origin_scheme scheme, struct span host)
{
	for (size_t i = 0; i < ARRAY_LENGTH(schemes); i++) {
		struct span start = origin, rest;

		if (origin.length <= schemes[i].start.length ||
		    (scheme != ORIGIN_ANY && scheme != schemes[i].scheme))
			continue;
		rest = span_cut(&start, schemes[i].start.length);
		if (span_is_equal_nocase(start, schemes[i].start))
			return is_same_authority(rest, host, schemes[i].port);
	}
	return false;
}

bool
origin_is_listed(struct span origin, struct span list)
{
	while (list.length > 0) {
		struct span one = list;
		struct span rest = span_cut(&one, span_find(list, '\n'));

		if (span_is_equal(one, origin) ||
		    span_is_equal(one, SPAN_LITERAL("*")))
			return true;
		list = span_from(rest.data + 1, rest.length - 1);
	}
	return false;
}

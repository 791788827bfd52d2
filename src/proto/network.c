#include "proto/network.h"

#include <arpa/inet.h>

enum { TEXT_SIZE = INET6_ADDRSTRLEN };

/* Whether the bits from `from` on are zero. */
static bool
has_zeros(const uint8_t *ip, unsigned from, unsigned total)
{
	for (unsigned bit = from; bit < total; bit++)
		if ((ip[bit / 8] & 0x80u >> bit % 8) != 0)
			return false;
	return true;
}

/* One to three digits, without zeros ahead. */
static int
read_bits(struct span text, unsigned max, uint8_t *bits_out)
{
	unsigned bits = 0;

	if (text.length < 1 || text.length > 3 ||
	    (text.length > 1 && text.data[0] == '0'))
		return -1;
	for (size_t i = 0; i < text.length; i++) {
		if (text.data[i] < '0' || text.data[i] > '9')
			return -1;
		bits = 10 * bits + (text.data[i] - '0');
	}
	*bits_out = (uint8_t)bits;
	return bits <= max ? 0 : -1;
}

int
network_parse(struct span text, struct network *network_out)
{
	struct span ip = text;
	struct span bits = span_cut(&ip, span_find(text, '/'));
	char string[TEXT_SIZE];
	unsigned total;

	*network_out =
	    (struct network){.is_ipv6 = span_find(ip, ':') < ip.length};
	total = network_out->is_ipv6 ? 128 : 32;
	if (ip.length >= sizeof(string))
		return -1;
	memcpy(string, ip.data, ip.length);
	string[ip.length] = '\0';
	if (inet_pton(network_out->is_ipv6 ? AF_INET6 : AF_INET, string,
	        network_out->ip) != 1)
		return -1;
	network_out->bits = (uint8_t)total;
	if (bits.length == 0)
		return 0;
	if (read_bits(span_from(bits.data + 1, bits.length - 1), total,
	        &network_out->bits) == -1)
		return -1;
	return has_zeros(network_out->ip, network_out->bits, total) ? 0 : -1;
}

bool
network_holds(const struct network *network, bool is_ipv6, const uint8_t *ip)
{
	unsigned bytes = network->bits / 8, rest = network->bits % 8;

	if (network->is_ipv6 != is_ipv6 || memcmp(network->ip, ip, bytes) != 0)
		return false;
	return rest == 0 || (network->ip[bytes] ^ ip[bytes]) >> (8 - rest) == 0;
}

/* Cuts the first text off a list. */
static struct span
take_text(struct span *list)
{
	struct span text = *list;
	struct span rest = span_cut(&text, span_find(text, '\n'));

	*list = span_cut(&rest, 1);
	return text;
}

bool
network_list_holds(struct span list, bool is_ipv6, const uint8_t *ip)
{
	struct network network;

	while (list.length > 0)
		if (network_parse(take_text(&list), &network) == 0 &&
		    network_holds(&network, is_ipv6, ip))
			return true;
	return false;
}

bool
network_list_has_unix(struct span list)
{
	while (list.length > 0)
		if (span_is_equal(take_text(&list), SPAN_LITERAL(NETWORK_UNIX)))
			return true;
	return false;
}

/*
 * Most samples use the masking key 0, which leaves the text readable; those
 * of RFC 6455 §5.7 have a real one.
 */
#include "tests/unit/proto/samples.h"

#define KEY         "\0\0\0\0"
#define EMPTY_KEYED "\x80" KEY

const struct frame_rules small_server = {
    .max_frame_bytes = 32,
    .max_message_bytes = 48,
    .role = FRAME_SERVER,
};

const struct frame_rules small_client = {
    .max_frame_bytes = 32,
    .max_message_bytes = 48,
    .role = FRAME_CLIENT,
};

const struct frame_rules large_server = {
    .max_frame_bytes = 1 << 20,
    .max_message_bytes = 1 << 20,
    .role = FRAME_SERVER,
};

#define SERVER(bytes) SPAN_LITERAL(bytes), &small_server
#define CLIENT(bytes) SPAN_LITERAL(bytes), &small_client

/* clang-format off */
const struct sample samples[] = {
    {"rfc: unmasked text", CLIENT("\x81\x05Hello"), "text=Hello ."},
    {"rfc: masked text",
	SERVER("\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58"),
	"text=Hello ."},
    {"rfc: two fragments", CLIENT("\x01\x03Hel\x80\x02lo"),
	"text=Hello ."},
    {"rfc: ping", CLIENT("\x89\x05Hello"), "ping=Hello ."},
    {"rfc: masked pong",
	SERVER("\x8a\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58"),
	"pong=Hello ."},
    {"nothing", SERVER(""), "."},
    {"two at once", SERVER("\x82\x82" KEY "ab\x82\x81" KEY "c"),
	"binary=ab binary=c ."},
    {"empty text", SERVER("\x81" EMPTY_KEYED), "text= ."},
    {"empty close and binary", CLIENT("\x88\0\x82\0"), "close= binary= ."},
    {"empty message of three fragments", CLIENT("\1\0\0\0\x80\0"),
	"text= ."},
    {"empty fragments about others",
	SERVER("\2" EMPTY_KEYED "\0\x82" KEY "ab\0" EMPTY_KEYED "\0\x81" KEY
	    "c\x80" EMPTY_KEYED),
	"binary=abc ."},
    {"masked fragments, each with a key",
	SERVER("\1\x83" "aaaa" "\x29\x04\x0d" "\x80\x82" "bbbb" "\x0e\x0d"),
	"text=Hello ."},
    {"ping between fragments",
	SERVER("\1\x82" KEY "ab\x89\x82" KEY "hi\x80\x81" KEY "c"),
	"ping=hi text=abc ."},
    {"control frames between empty fragments",
	CLIENT("\1\0\x89\0\x8a\1p\x80\0"), "ping= pong=p text= ."},
    {"close inside a message", SERVER("\1\x81" KEY "a\x88\x82" KEY "\3\xe8"),
	"close=\3\xe8 +"},
    {"a message after a fragmented one",
	CLIENT("\1\1a\x80\1b\x81\1c\2\1d\x80\1e"),
	"text=ab text=c binary=de ."},
    {"cut in the first byte's company", SERVER("\x81"), "+"},
    {"cut in the key", SERVER("\x81\x85" "abc"), "+"},
    {"cut in the payload", CLIENT("\x82\5Hell"), "+"},
    {"cut in a ping", CLIENT("\x82\1a\x89\5Hell"), "binary=a +"},
    {"cut between fragments", CLIENT("\1\2ab"), "+"},
    {"cut between empty fragments", CLIENT("\1\0"), "+"},
    {"continuation without a start", CLIENT("\x80\1a"), "1002"},
    {"continuation after the end", CLIENT("\1\1a\x80\1b\x80\1c"),
	"text=ab 1002"},
    {"continuation after a whole message", CLIENT("\x81\1a\0\1b"),
	"text=a 1002"},
    {"new message inside a fragmented one", CLIENT("\1\1a\x81\1b"), "1002"},
    {"new binary message inside a text", CLIENT("\1\0\2\1b"), "1002"},
    {"order is judged before the sum", CLIENT("\1\x20" "0123456789abcdef"
	"0123456789abcdef" "\1\x20"), "1002"},
    {"unmasked to a server", SERVER("\x82\1a"), "1002"},
    {"masked to a client", CLIENT("\x82\x81"), "1002"},
    {"fragmented ping", CLIENT("\x82\1a\x09\1a"), "binary=a 1002"},
    {"reserved bit", SERVER("\xc1\x81" KEY "a"), "1002"},
    {"reserved opcode", CLIENT("\x83\0"), "1002"},
    {"length not minimal", CLIENT("\x82\x7e\0\x05Hello"), "1002"},
    {"frame at the limit", CLIENT("\x82\x20" "0123456789abcdef"
	"0123456789abcdef"), "binary=0123456789abcdef0123456789abcdef ."},
    {"frame above the limit", SERVER("\x82\xa1"), "1009"},
    {"whole frame above the limit", CLIENT("\x81\1a\x82\x21"
	"0123456789abcdef" "0123456789abcdef" "0"), "text=a 1009"},
    {"announced 2^63 - 1",
	SERVER("\x82\xff\x7f\xff\xff\xff\xff\xff\xff\xff"), "1009"},
    {"message at the limit", CLIENT("\2\x20" "0123456789abcdef"
	"0123456789abcdef" "\x80\x10" "0123456789abcdef"),
	"binary=0123456789abcdef0123456789abcdef0123456789abcdef ."},
    {"message above the limit", CLIENT("\2\x20" "0123456789abcdef"
	"0123456789abcdef" "\x89\0\x80\x11"), "ping= 1009"},
    {"control frames are not under the limits",
	CLIENT("\x89\x28" "0123456789012345678901234567890123456789"),
	"ping=0123456789012345678901234567890123456789 ."},
    {"text of each length", CLIENT("\x81\x0a\x24\xc2\xa2\xe2\x82\xac"
	"\xf0\x90\x8d\x88"), "text=\x24\xc2\xa2\xe2\x82\xac\xf0\x90\x8d\x88 ."},
    {"character over fragments",
	CLIENT("\1\2\xf0\x90\x89\0\0\1\x8d\x80\1\x88"),
	"ping= text=\xf0\x90\x8d\x88 ."},
    {"wrong byte in whole text", CLIENT("\x81\3a\xff" "b"), "1007"},
    {"wrong byte, frame unfinished", CLIENT("\x81\x20" "a\xff"), "1007"},
    {"wrong byte in a fragment", CLIENT("\1\1a\0\3\xed\xa0"), "1007"},
    {"wrong byte, masked",
	SERVER("\x81\x90" "abcd" "\0\0\0\x9b"), "1007"},
    {"character cut by the end", CLIENT("\x81\2a\xc3"), "1007"},
    {"character cut by the last fragment",
	CLIENT("\1\2\xe2\x82\0\0\x80\0"), "1007"},
    {"binary may be anything", CLIENT("\2\1\xff\x80\1\xc3"),
	"binary=\xff\xc3 ."},
    {"text after binary starts afresh", CLIENT("\x82\1\xe2\x81\1a"),
	"binary=\xe2 text=a ."},
    {"close body is not judged here", CLIENT("\x88\1\xff"), "close=\xff ."},
};
/* clang-format on */

const size_t sample_count = ARRAY_LENGTH(samples);

/*
 * Most samples use the masking key 0, which leaves the text readable; those
 * of RFC 6455 §5.7 have a real one.
 */
#include "tests/unit/proto/samples.h"

#define KEY         "\0\0\0\0"
#define EMPTY_KEYED "\x80" KEY

#define SMALL   .max_frame_bytes = 32, .max_message_bytes = 48
#define ENCODED .rsv_allowed = FRAME_RSV1 | FRAME_RSV2

const struct frame_rules small_server = {SMALL, .role = FRAME_SERVER};
const struct frame_rules small_client = {SMALL, .role = FRAME_CLIENT};
const struct frame_rules encoded_server = {
    SMALL, .role = FRAME_SERVER, ENCODED};
const struct frame_rules encoded_client = {
    SMALL, .role = FRAME_CLIENT, ENCODED};
const struct frame_rules raw_server = {
    SMALL, .role = FRAME_SERVER, .is_raw = true, .rsv_allowed = FRAME_RSV1};
const struct frame_rules raw_client = {
    SMALL, .role = FRAME_CLIENT, .is_raw = true};

const struct frame_rules large_server = {
    .max_frame_bytes = 1 << 20,
    .max_message_bytes = 1 << 20,
    .role = FRAME_SERVER,
};

#define SERVER(bytes) SPAN_LITERAL(bytes), &small_server
#define CLIENT(bytes) SPAN_LITERAL(bytes), &small_client

/* The same, with an extension or raw. */
#define SERVER_ENCODED(bytes) SPAN_LITERAL(bytes), &encoded_server
#define CLIENT_ENCODED(bytes) SPAN_LITERAL(bytes), &encoded_client
#define SERVER_RAW(bytes)     SPAN_LITERAL(bytes), &raw_server
#define CLIENT_RAW(bytes)     SPAN_LITERAL(bytes), &raw_client

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

    {"encoded text is not judged", CLIENT_ENCODED("\xc1\1\xff"),
	"text1=\xff ."},
    {"encoded text, masked",
	SERVER_ENCODED("\xc1\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58"),
	"text1=Hello ."},
    {"encoded binary", SERVER_ENCODED("\xc2\x81" KEY "a"), "binary1=a ."},
    {"another extension's bit", CLIENT_ENCODED("\xa2\1a"), "binary2=a ."},
    {"both extensions' bits", CLIENT_ENCODED("\xe1\0"), "text12= ."},
    {"no extension's bit", CLIENT_ENCODED("\x91\1a"), "1002"},
    {"no extension's bit beside a good one", SERVER_ENCODED("\xd1"), "1002"},
    {"encoded text of many fragments",
	SERVER_ENCODED("\x41\x81" KEY "\xff\0" EMPTY_KEYED "\0\x81" KEY
	    "\xc3\x80\x81" KEY "\xe2"), "text1=\xff\xc3\xe2 ."},
    {"ping inside an encoded text", CLIENT_ENCODED("\x41\1\xc3\x89\1p\x80\0"),
	"ping=p text1=\xc3 ."},
    {"reserved bit inside a message", CLIENT_ENCODED("\x41\1a\xc0\1b"), "1002"},
    {"reserved bit of a ping", CLIENT_ENCODED("\xc9\0"), "1002"},
    {"encoded message inside another", CLIENT_ENCODED("\x41\1a\xc1\0"),
	"1002"},
    {"plain text after an encoded one is judged",
	CLIENT_ENCODED("\xc1\1\xff\x81\1\xff"), "text1=\xff 1007"},
    {"plain fragments after encoded ones are judged",
	CLIENT_ENCODED("\x41\1\xff\x80\0\1\1\xc3\x80\1\xff"),
	"text1=\xff 1007"},
    {"bits go with their message",
	CLIENT_ENCODED("\x41\1a\x80\1b\2\1c\x80\1d\x62\0\x80\0"),
	"text1=ab binary=cd binary12= ."},
    {"cut in an encoded text", CLIENT_ENCODED("\xc1\5\xff\xff"), "+"},
    {"cut between encoded fragments", CLIENT_ENCODED("\x41\0"), "+"},
    {"encoded frame above the limit", CLIENT_ENCODED("\xc1\x21"), "1009"},
    {"encoded message above the limit", CLIENT_ENCODED("\x42\x20"
	"0123456789abcdef" "0123456789abcdef" "\x80\x11"), "1009"},

    {"raw: text", CLIENT_RAW("\x81\x05Hello"), "text=Hello ."},
    {"raw: fragments, each with a key",
	SERVER_RAW("\1\x83" "aaaa" "\x29\x04\x0d" "\x80\x82" "bbbb"
	    "\x0e\x0d"), "text-=Hel continuation=lo ."},
    {"raw: fragments", CLIENT_RAW("\2\1a\0\1b\x80\1c"),
	"binary-=a continuation-=b continuation=c ."},
    {"raw: empty fragments", CLIENT_RAW("\1\0\0\0\x80\0"),
	"text-= continuation-= continuation= ."},
    {"raw: control frames between fragments",
	SERVER_RAW("\1\x82" KEY "ab\x89\x82" KEY "hi\x8a" EMPTY_KEYED
	    "\x80\x81" KEY "c"),
	"text-=ab ping=hi pong= continuation=c ."},
    {"raw: frames after a close", CLIENT_RAW("\x88\1\xff\x82\1a"),
	"close=\xff binary=a ."},
    {"raw: continuation without a start", CLIENT_RAW("\0\1a\x80\1b"),
	"continuation-=a continuation=b ."},
    {"raw: new messages inside a fragmented one",
	CLIENT_RAW("\1\1a\2\1b\x81\1c"), "text-=a binary-=b text=c ."},
    {"raw: text is not judged", CLIENT_RAW("\x81\1\xff\1\2\xff\xc3\x81\1\xc3"),
	"text=\xff text-=\xff\xc3 text=\xc3 ."},
    {"raw: the sum is not judged", CLIENT_RAW("\2\x20" "0123456789abcdef"
	"0123456789abcdef" "\x80\x20" "0123456789abcdef" "0123456789abcdef"),
	"binary-=0123456789abcdef0123456789abcdef "
	"continuation=0123456789abcdef0123456789abcdef ."},
    {"raw: an extension's bit", SERVER_RAW("\x41\x81" KEY "a\xc2" EMPTY_KEYED),
	"text1-=a binary1= ."},
    {"raw: reserved bit of a continuation", SERVER_RAW("\xc0"), "1002"},
    {"raw: reserved bit", CLIENT_RAW("\1\1a\xc1\1a"), "text-=a 1002"},
    {"raw: reserved opcode", CLIENT_RAW("\x83\0"), "1002"},
    {"raw: fragmented ping", CLIENT_RAW("\0\1a\x09\1a"),
	"continuation-=a 1002"},
    {"raw: long ping", CLIENT_RAW("\x89\x7e"), "1002"},
    {"raw: unmasked to a server", SERVER_RAW("\0\1a"), "1002"},
    {"raw: masked to a client", CLIENT_RAW("\x82\x81"), "1002"},
    {"raw: length not minimal", CLIENT_RAW("\0\x7e\0\x05Hello"), "1002"},
    {"raw: frame above the limit", SERVER_RAW("\0\xa1"), "1009"},
    {"raw: cut in a payload", CLIENT_RAW("\1\1a\0\5Hell"), "text-=a +"},
    {"raw: cut in a ping", SERVER_RAW("\x89\x85" KEY "Hell"), "+"},
    {"raw: cut in a header", SERVER_RAW("\0\x85" "abc"), "+"},
};
/* clang-format on */

const size_t sample_count = ARRAY_LENGTH(samples);

/*
 * The head of an HTTP/1.1 request or response: start line and header fields,
 * read strictly (RFC 9112 §2–§5, RFC 9110 §5). Pure: works on the caller's
 * bytes.
 */
#ifndef FRAMED_PROTO_HTTP_H
#define FRAMED_PROTO_HTTP_H

#include "base/guard.h"
#include "base/span.h"
#include "proto/parse.h"

/* A piece of the head, by offset: the caller's buffer may move while it grows. */
struct http_slice {
	uint32_t offset;
	uint32_t length;
};

struct http_header {
	struct http_slice name;
	struct http_slice value; /* without white space around it */
};

struct http_limits {
	uint32_t max_bytes;   /* start line and header section together */
	uint32_t max_headers; /* header lines */
};

enum http_kind { HTTP_REQUEST, HTTP_RESPONSE };

/*
 * Reads one head. Embedded by the caller, who also owns the array of headers.
 * The fields below "facts" are valid after PARSE_DONE; those of the other kind
 * of head are zero.
 */
struct http_parser {
	struct http_limits limits;
	struct http_header *headers; /* limits.max_headers of them, borrowed */
	/* progress: internal */
	uint32_t scanned; /* bytes judged so far */
	uint32_t mark;    /* where the element being read began */
	uint8_t kind;     /* enum http_kind */
	uint8_t phase;
	uint8_t seen; /* which of the headers that come once were there */
	/* facts */
	uint8_t version_minor; /* of HTTP/1.x */
	uint32_t header_count;
	uint32_t length; /* bytes of the head, final empty line included */
	uint64_t content_length; /* 0 also when the header is absent */
	/* facts of a response */
	uint16_t status;          /* 100 to 599 */
	struct http_slice reason; /* the phrase behind it, or empty */
	/* facts of a request */
	struct http_slice method;
	struct http_slice target;    /* as it was sent */
	struct http_slice authority; /* of an absolute-form target, or empty */
	struct http_slice path; /* of the target: "/" and on, up to the query */
	struct http_slice query; /* behind the "?", or empty */
};

/*
 * Begins a request head. headers holds limits.max_headers entries and outlives
 * the parser.
 */
void http_parser_init(struct http_parser *parser,
    const struct http_limits *limits, struct http_header *headers);

/* The same for a response head. */
void http_parser_init_response(struct http_parser *parser,
    const struct http_limits *limits, struct http_header *headers);

/*
 * Reads on. head is every byte since the head began, including those seen in
 * earlier calls (no byte is judged twice), and may reach beyond the head.
 * PARSE_MORE is never answered once limits.max_bytes have been read, so a
 * buffer of that size suffices.
 *
 * On PARSE_BAD the parser is of no more use. error_out holds the status for a
 * request: 400, 414 or 431 (too long, in the request line or behind it; 431
 * also for too many headers) or 505. For a response its code is 0: nobody is
 * to be told.
 *
 * A request that is PARSE_DONE has an origin-form target, or an absolute-form
 * one of scheme ws, wss, http or https. Host is there exactly once and well
 * formed (HTTP/1.0 may lack it); Sec-WebSocket-Key, Sec-WebSocket-Version,
 * Origin and Content-Length are there at most once.
 *
 * A response that is PARSE_DONE has Sec-WebSocket-Accept,
 * Sec-WebSocket-Protocol, Sec-WebSocket-Extensions (RFC 6455 §11.3) and
 * Content-Length at most once. It may be an interim one (RFC 9110 §15.2), with
 * another head behind its last byte.
 */
MUST_CHECK enum parse http_parse(struct http_parser *parser, struct span head,
    struct proto_error *error_out);

/* The bytes of a slice; head is what http_parse() was given. */
static inline struct span
http_slice_get(struct span head, struct http_slice slice)
{
	return span_from(head.data + slice.offset, slice.length);
}

/*
 * A head read whole, together with its bytes: what judges (handshake.h) look
 * at. Borrows both, as do the spans that are given out.
 */
struct http_head {
	const struct http_parser *parser;
	struct span bytes;
};

/*
 * The value of the first header of this name (any case), in value_out.
 * Returns how many there are; value_out is untouched when there is none.
 */
unsigned http_head_header(
    const struct http_head *head, const char *name, struct span *value_out);

/*
 * The host the request names: authority of an absolute-form target, else Host
 * (RFC 9112 §3.2.2). With its port, when it has one; empty when an HTTP/1.0
 * request names none.
 */
struct span http_request_host(const struct http_head *request);

/*
 * Puts a NUL behind the method, the target and each header's name and value of
 * a head that is PARSE_DONE, over the delimiter there: they are strings then,
 * and the query too; empty ones are left alone. What goes by length, as all else
 * here does, finds the same as before. bytes are the head's own.
 */
void http_head_terminate(const struct http_parser *parser, uint8_t *bytes);

/*
 * Walks the elements of a list header (RFC 9110 §5.6.1) over all its lines;
 * empty elements are skipped. A comma inside a quoted string parts nothing.
 */
struct http_list {
	const struct http_head *head;
	const char *name;
	uint32_t line;    /* internal: header to look at next */
	struct span rest; /* internal: of the value before */
};

/* name, in any case, outlives the walk. */
void http_list_init(
    struct http_list *list, const struct http_head *head, const char *name);

/* Gives the next element in element_out, or returns false at the end. */
bool http_list_next(struct http_list *list, struct span *element_out);

/* Whether the list header `name` has this element, letters of any case. */
bool http_head_has_element(
    const struct http_head *head, const char *name, struct span element);

/* A small response that ends the connection. */
struct http_response {
	uint16_t status;
	const char *extra_headers; /* "" or complete lines with CRLF */
	const char *text;          /* the body, without a line end */
	int64_t now;               /* for Date: seconds since the epoch */
	struct span method; /* of the request, or empty: HEAD gets no body */
};

/*
 * Writes it whole: status line, Date, Content-Type text/plain, Content-Length,
 * Connection: close, the extra headers, the text as one line (none with 304).
 * When extra_headers has a Connection line, no second one is written.
 * Returns the length, or 0 when size does not suffice (512 always does for
 * our own texts) or now is beyond the calendar.
 */
MUST_CHECK size_t http_response_write(
    const struct http_response *response, char *buffer, size_t size);

/* The reason phrase of a status we send, such as "Upgrade Required"; "" for
 * one that is not known here, which is a legal phrase (RFC 9112 §4). */
const char *http_status_name(uint16_t status);

#endif

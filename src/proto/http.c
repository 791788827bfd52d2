/*
 * Reads a head in one pass. The state is a phase; each phase knows
 * which bytes go on with the element it reads, and has a function to call on
 * the first byte that does not. Nothing looks ahead, so that it cannot matter
 * where the input was cut.
 */
#include "proto/http.h"

#include "proto/http_chars.h"
#include "proto/http_target.h"

enum phase {
	PHASE_START,
	PHASE_START_LF,
	PHASE_METHOD,
	PHASE_TARGET,
	PHASE_VERSION,
	PHASE_REQUEST_LF,
	PHASE_STATUS, /* here begins a response */
	PHASE_STATUS_END,
	PHASE_REASON,
	PHASE_STATUS_LF,
	PHASE_LINE, /* the first one behind the start line */
	PHASE_NAME,
	PHASE_VALUE,
	PHASE_LINE_LF,
	PHASE_FINAL_LF,
	PHASE_DONE
};

static const struct proto_error bad_start = {400, "malformed request line"};
static const struct proto_error bad_method = {400, "malformed method"};
static const struct proto_error bad_target = {400, "malformed request target"};
static const struct proto_error bad_version = {400, "malformed HTTP version"};
static const struct proto_error bad_status_line = {
    400, "malformed status line"};
static const struct proto_error bad_status = {400, "no such status"};
static const struct proto_error bad_line_end = {400, "lines must end in CRLF"};
static const struct proto_error bad_name = {400, "malformed header name"};
static const struct proto_error bad_value = {400, "malformed header value"};
static const struct proto_error repeated = {400, "header must come only once"};
static const struct proto_error no_host = {400, "missing Host header"};
static const struct proto_error target_too_long = {
    414, "request line too long"};
static const struct proto_error status_line_too_long = {
    431, "status line too long"};
static const struct proto_error head_too_long = {431, "headers too long"};
static const struct proto_error too_many_headers = {431, "too many headers"};
static const struct proto_error other_version = {505, "only HTTP/1 is spoken"};

static struct http_slice
slice_from(struct span head, struct span part)
{
	if (part.length == 0)
		return (struct http_slice){0, 0};
	return (struct http_slice){
	    (uint32_t)(part.data - head.data), (uint32_t)part.length};
}

/* What lies between the mark and the byte being judged. */
static struct http_slice
marked(const struct http_parser *parser)
{
	return (struct http_slice){
	    parser->mark, parser->scanned - parser->mark};
}

/* Goes to a phase whose element begins behind the byte being judged. */
static void
begin_next(struct http_parser *parser, enum phase phase)
{
	parser->mark = parser->scanned + 1;
	parser->phase = phase;
}

/* 1*DIGIT (RFC 9110 §8.6); what does not fit is no length. */
static int
read_content_length(struct http_parser *parser, struct span value)
{
	uint64_t length = 0;

	for (size_t i = 0; i < value.length; i++) {
		unsigned digit = value.data[i] - '0';

		if (!http_char_is(value.data[i], HTTP_DIGIT) ||
		    length > (UINT64_MAX - digit) / 10)
			return -1;
		length = length * 10 + digit;
	}
	parser->content_length = length;
	return value.length > 0 ? 0 : -1;
}

static int
read_host(struct http_parser *parser, struct span value)
{
	(void)parser;
	return http_authority_is_valid(value) ? 0 : -1;
}

enum { IN_REQUEST = 1 << HTTP_REQUEST, IN_RESPONSE = 1 << HTTP_RESPONSE };

/* Headers that come once, so that no two readers can pick different ones. */
static const struct single {
	const char *name;
	unsigned kinds; /* of heads in which that holds */
	int (*read)(struct http_parser *parser, struct span value);
} singles[] = {
    {"Host", IN_REQUEST, read_host}, /* the first: is_host_missing() */
    {"Content-Length", IN_REQUEST | IN_RESPONSE, read_content_length},
    {"Origin", IN_REQUEST, NULL},
    {"Sec-WebSocket-Key", IN_REQUEST, NULL},
    {"Sec-WebSocket-Version", IN_REQUEST, NULL},
    {"Sec-WebSocket-Accept", IN_RESPONSE, NULL},
    {"Sec-WebSocket-Extensions", IN_RESPONSE, NULL},
    {"Sec-WebSocket-Protocol", IN_RESPONSE, NULL},
};

enum { SEEN_HOST = 1 << 0 };

_Static_assert(ARRAY_LENGTH(singles) <= 8, "seen has a bit for each");

/* RFC 9112 §3.2; HTTP/1.0 does not know Host. */
static bool
is_host_missing(const struct http_parser *parser)
{
	return parser->kind == HTTP_REQUEST && parser->version_minor > 0 &&
	    !(parser->seen & SEEN_HOST);
}

static const struct proto_error *
judge_header(
    struct http_parser *parser, struct span head, struct http_header header)
{
	struct span name = http_slice_get(head, header.name);

	for (size_t i = 0; i < ARRAY_LENGTH(singles); i++) {
		const struct single *single = &singles[i];

		if (!(single->kinds & 1u << parser->kind) ||
		    !span_is_equal_nocase(name, span_from_string(single->name)))
			continue;
		if (parser->seen & 1u << i)
			return &repeated;
		parser->seen |= (uint8_t)(1u << i);
		if (single->read != NULL &&
		    single->read(parser, http_slice_get(head, header.value)))
			return &bad_value;
	}
	return NULL;
}

/*
 * The steps. Each one is given the byte at parser->scanned, which its phase
 * does not take, and answers NULL to go on behind it.
 */

/* One empty line before the request line is skipped (RFC 9112 §2.2). */
static const struct proto_error *
step_start(struct http_parser *parser, struct span head, uint8_t byte)
{
	(void)head;
	if (byte == '\r' && parser->scanned == 0) {
		parser->phase = PHASE_START_LF;
		return NULL;
	}
	if (!http_char_is(byte, HTTP_TOKEN))
		return &bad_start;
	parser->mark = parser->scanned;
	parser->phase = PHASE_METHOD;
	return NULL;
}

static const struct proto_error *
step_start_lf(struct http_parser *parser, struct span head, uint8_t byte)
{
	(void)head;
	if (byte != '\n')
		return &bad_line_end;
	parser->phase = PHASE_START;
	return NULL;
}

static const struct proto_error *
step_method(struct http_parser *parser, struct span head, uint8_t byte)
{
	(void)head;
	if (byte != ' ')
		return &bad_method;
	parser->method = marked(parser);
	begin_next(parser, PHASE_TARGET);
	return NULL;
}

static const struct proto_error *
step_target(struct http_parser *parser, struct span head, uint8_t byte)
{
	(void)head;
	if (byte != ' ')
		return &bad_target;
	parser->target = marked(parser);
	begin_next(parser, PHASE_VERSION);
	return NULL;
}

enum { MAJOR_AT = 5, MINOR_AT = 7 }; /* within HTTP-version */

/* Whether the byte goes on with an element of this form; "0" is any digit. */
static bool
is_of_form(const struct http_parser *parser, const char *form, uint8_t byte)
{
	uint8_t wanted = (uint8_t)form[parser->scanned - parser->mark];

	return wanted == '0' ? http_char_is(byte, HTTP_DIGIT) : byte == wanted;
}

/* HTTP-version of RFC 9112 §2.3, case-sensitive, and the CR behind it. */
static const struct proto_error *
step_version(struct http_parser *parser, struct span head, uint8_t byte)
{
	(void)head;
	if (!is_of_form(parser, "HTTP/0.0\r", byte))
		return &bad_version;
	if (byte == '\r')
		parser->phase = PHASE_REQUEST_LF;
	return NULL;
}

/* The form of the target is judged last: it means something in HTTP/1 only. */
static const struct proto_error *
step_request_lf(struct http_parser *parser, struct span head, uint8_t byte)
{
	const uint8_t *version = head.data + parser->mark;
	struct http_target target;

	if (byte != '\n')
		return &bad_line_end;
	if (version[MAJOR_AT] != '1')
		return &other_version;
	if (http_target_split(http_slice_get(head, parser->target), &target))
		return &bad_target;
	parser->version_minor = version[MINOR_AT] - '0';
	parser->authority = slice_from(head, target.authority);
	parser->path = slice_from(head, target.path);
	parser->query = slice_from(head, target.query);
	parser->phase = PHASE_LINE;
	return NULL;
}

enum { STATUS_AT = 9 }; /* within status-line */

/*
 * status-line = HTTP-version SP status-code SP [ reason-phrase ] (RFC 9112 §4).
 * Nothing is skipped before it: it begins where the head does.
 */
static const struct proto_error *
step_status(struct http_parser *parser, struct span head, uint8_t byte)
{
	(void)head;
	if (!is_of_form(parser, "HTTP/0.0 000", byte))
		return &bad_status_line;
	if (parser->scanned == STATUS_AT + 2)
		parser->phase = PHASE_STATUS_END;
	return NULL;
}

/*
 * Servers must send the second SP, yet some leave it out where there is no
 * phrase. §4 lets a client go by the words, and this much of it is taken.
 */
static const struct proto_error *
step_status_end(struct http_parser *parser, struct span head, uint8_t byte)
{
	(void)head;
	if (byte != ' ' && byte != '\r')
		return &bad_status_line;
	begin_next(parser, byte == ' ' ? PHASE_REASON : PHASE_STATUS_LF);
	return NULL;
}

static const struct proto_error *
step_reason(struct http_parser *parser, struct span head, uint8_t byte)
{
	(void)head;
	if (byte != '\r')
		return byte == '\n' ? &bad_line_end : &bad_status_line;
	parser->reason = marked(parser);
	parser->phase = PHASE_STATUS_LF;
	return NULL;
}

/* As with targets, the code is judged last. */
static const struct proto_error *
step_status_lf(struct http_parser *parser, struct span head, uint8_t byte)
{
	const uint8_t *status = head.data + STATUS_AT;

	if (byte != '\n')
		return &bad_line_end;
	if (head.data[MAJOR_AT] != '1')
		return &other_version;
	if (status[0] < '1' || status[0] > '5')
		return &bad_status;
	parser->version_minor = head.data[MINOR_AT] - '0';
	parser->status = (uint16_t)((status[0] - '0') * 100 +
	    (status[1] - '0') * 10 + (status[2] - '0'));
	parser->phase = PHASE_LINE;
	return NULL;
}

/* The first byte of a header line. */
static const struct proto_error *
step_line(struct http_parser *parser, struct span head, uint8_t byte)
{
	(void)head;
	if (byte == '\r') {
		parser->phase = PHASE_FINAL_LF;
		return NULL;
	}
	/*
	 * Nor is a blank a token: obs-fold (RFC 9112 §5.2) and white space
	 * before the first header (§2.2) end here.
	 */
	if (!http_char_is(byte, HTTP_TOKEN))
		return &bad_name;
	/* Refused, not dropped: what is dropped may be what matters. */
	if (parser->header_count == parser->limits.max_headers)
		return &too_many_headers;
	parser->mark = parser->scanned;
	parser->phase = PHASE_NAME;
	return NULL;
}

static const struct proto_error *
step_name(struct http_parser *parser, struct span head, uint8_t byte)
{
	(void)head;
	if (byte != ':')
		return &bad_name;
	parser->headers[parser->header_count].name = marked(parser);
	begin_next(parser, PHASE_VALUE);
	return NULL;
}

static const struct proto_error *
step_value(struct http_parser *parser, struct span head, uint8_t byte)
{
	struct span value = http_slice_get(head, marked(parser));

	if (byte != '\r')
		return byte == '\n' ? &bad_line_end : &bad_value;
	parser->headers[parser->header_count].value =
	    slice_from(head, http_trim(value));
	parser->phase = PHASE_LINE_LF;
	return NULL;
}

static const struct proto_error *
step_line_lf(struct http_parser *parser, struct span head, uint8_t byte)
{
	if (byte != '\n')
		return &bad_line_end;
	parser->phase = PHASE_LINE;
	return judge_header(
	    parser, head, parser->headers[parser->header_count++]);
}

static const struct proto_error *
step_final_lf(struct http_parser *parser, struct span head, uint8_t byte)
{
	(void)head;
	if (byte != '\n')
		return &bad_line_end;
	if (is_host_missing(parser))
		return &no_host;
	parser->length = parser->scanned + 1;
	parser->phase = PHASE_DONE;
	return NULL;
}

static const struct {
	unsigned run; /* classes of the bytes that need no step */
	const struct proto_error *(*step)(
	    struct http_parser *parser, struct span head, uint8_t byte);
} phases[PHASE_DONE] = {
    [PHASE_START] = {0, step_start},
    [PHASE_START_LF] = {0, step_start_lf},
    [PHASE_METHOD] = {HTTP_TOKEN, step_method},
    [PHASE_TARGET] = {HTTP_TARGET, step_target},
    [PHASE_VERSION] = {0, step_version},
    [PHASE_REQUEST_LF] = {0, step_request_lf},
    [PHASE_STATUS] = {0, step_status},
    [PHASE_STATUS_END] = {0, step_status_end},
    [PHASE_REASON] = {HTTP_FIELD, step_reason},
    [PHASE_STATUS_LF] = {0, step_status_lf},
    [PHASE_LINE] = {0, step_line},
    [PHASE_NAME] = {HTTP_TOKEN, step_name},
    [PHASE_VALUE] = {HTTP_FIELD, step_value},
    [PHASE_LINE_LF] = {0, step_line_lf},
    [PHASE_FINAL_LF] = {0, step_final_lf},
};

void
http_parser_init(struct http_parser *parser, const struct http_limits *limits,
    struct http_header *headers)
{
	*parser = (struct http_parser){
	    .limits = *limits,
	    .headers = headers,
	    .kind = HTTP_REQUEST,
	    .phase = PHASE_START,
	};
}

void
http_parser_init_response(struct http_parser *parser,
    const struct http_limits *limits, struct http_header *headers)
{
	*parser = (struct http_parser){
	    .limits = *limits,
	    .headers = headers,
	    .kind = HTTP_RESPONSE,
	    .phase = PHASE_STATUS,
	};
}

/* Judges bytes up to end, the end of the head, or the first wrong one. */
static const struct proto_error *
scan(struct http_parser *parser, struct span head, uint32_t end)
{
	const struct proto_error *error = NULL;

	while (parser->phase != PHASE_DONE && parser->scanned < end) {
		uint8_t byte = head.data[parser->scanned];

		if (!http_char_is(byte, phases[parser->phase].run))
			error = phases[parser->phase].step(parser, head, byte);
		if (error != NULL)
			return error;
		parser->scanned++;
	}
	return NULL;
}

/* Which limit it was that ended the bytes. */
static const struct proto_error *
too_long(const struct http_parser *parser)
{
	if (parser->phase >= PHASE_LINE)
		return &head_too_long;
	return parser->kind == HTTP_REQUEST ? &target_too_long
	                                    : &status_line_too_long;
}

enum parse
http_parse(
    struct http_parser *parser, struct span head, struct proto_error *error_out)
{
	uint32_t max = parser->limits.max_bytes;
	const struct proto_error *error =
	    scan(parser, head, head.length < max ? (uint32_t)head.length : max);

	if (error == NULL && parser->phase == PHASE_DONE)
		return PARSE_DONE;
	if (error == NULL && parser->scanned < max)
		return PARSE_MORE;
	if (error == NULL)
		error = too_long(parser);
	*error_out = *error;
	if (parser->kind == HTTP_RESPONSE)
		error_out->code = 0;
	return PARSE_BAD;
}

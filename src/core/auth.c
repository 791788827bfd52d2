/* Files of tokens and secrets, and what is asked of them. */
#include "core/auth.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/log.h"
#include "proto/credential.h"
#include "proto/http_chars.h"

enum { FILE_BYTES_MAX = 1 << 20, DIGEST_BYTES = 32 };

/* Of a token only its digest is kept: all are compared, whole, so that the time
 * it takes tells nothing. */
struct token {
	uint8_t digest[DIGEST_BYTES];
	char *user; /* NULL: not told */
};

struct auth {
	const struct conf_auth *conf;
	struct token *tokens;
	size_t token_count;
	uint8_t *secret;
	size_t secret_length;
};

/* The text of a file, with NUL, the caller's to free; its length is in
 * length_out. NULL with errno. */
static char *
read_file(const char *path, size_t *length_out)
{
	FILE *file = fopen(path, "re");
	char *text = malloc(FILE_BYTES_MAX + 1);
	struct stat status;

	if (file == NULL || text == NULL || fstat(fileno(file), &status) == -1)
		goto fail;
	if (status.st_mode & S_IROTH)
		log_warnx("everybody may read secrets file=%s", path);
	*length_out = fread(text, 1, FILE_BYTES_MAX, file);
	if (ferror(file))
		goto fail;
	if (fgetc(file) != EOF) {
		errno = EFBIG;
		goto fail;
	}
	text[*length_out] = '\0';
	fclose(file);
	return text;
fail:
	if (file != NULL)
		fclose(file);
	free(text);
	return NULL;
}

static int
digest(struct span token, uint8_t out[DIGEST_BYTES])
{
	return EVP_Digest(
	           token.data, token.length, out, NULL, EVP_sha256(), NULL) == 1
	    ? 0
	    : -1;
}

/* Whose token it is: the rest of the line, without the blanks around it. */
static struct span
cut_user(struct span line, size_t token_length)
{
	struct span user =
	    span_from(line.data + token_length, line.length - token_length);

	return http_trim(user);
}

/* One line: a token and, behind blanks, whose it is. Returns NULL, or what is
 * wrong. */
static const char *
add_token(struct auth *auth, struct span line)
{
	size_t length = 0;
	struct token *longer, *token;
	struct span user;

	while (length < line.length && line.data[length] != ' ' &&
	    line.data[length] != '\t')
		length++;
	if (length == 0 || line.data[0] == '#')
		return NULL;
	user = cut_user(line, length);
	if (user.length >= AUTH_USER_SIZE)
		return "a name has at most 255 bytes";
	longer = realloc(
	    auth->tokens, (auth->token_count + 1) * sizeof(*auth->tokens));
	if (longer == NULL)
		return "out of memory";
	auth->tokens = longer;
	token = &auth->tokens[auth->token_count++];
	*token = (struct token){.user = NULL};
	if (user.length > 0)
		token->user = strndup((const char *)user.data, user.length);
	if (digest(span_from(line.data, length), token->digest) == -1 ||
	    (user.length > 0 && token->user == NULL))
		return "out of memory";
	return NULL;
}

/* Cuts a line off, without its end, which may be of another system. */
static struct span
take_line(struct span *text)
{
	struct span line = *text;

	*text = span_cut(&line, span_find(line, '\n'));
	if (text->length > 0)
		*text = span_cut(text, 1);
	if (line.length > 0 && line.data[line.length - 1] == '\r')
		line.length--;
	return line;
}

/* Returns NULL, or what is wrong. */
static const char *
take_tokens(struct auth *auth, struct span text)
{
	const char *wrong = NULL;

	while (wrong == NULL && text.length > 0)
		wrong = add_token(auth, take_line(&text));
	if (wrong == NULL && auth->token_count == 0)
		return "no tokens";
	return wrong;
}

static const char *
take_secret(struct auth *auth, struct span text)
{
	struct span rest = text, line = take_line(&rest);

	/* one that spans lines is taken whole */
	if (rest.length > 0)
		line = text;
	if (line.length < JWT_SECRET_MIN)
		return "a secret has 32 bytes at least";
	auth->secret = malloc(line.length);
	if (auth->secret == NULL)
		return "out of memory";
	memcpy(auth->secret, line.data, line.length);
	auth->secret_length = line.length;
	return NULL;
}

/* Returns NULL, or what is wrong. */
static const char *
load(struct auth *auth)
{
	const char *wrong = NULL;
	size_t length;
	char *text;

	if (auth->conf->type == AUTH_OFF)
		return NULL;
	text = read_file(auth->conf->file, &length);
	if (text == NULL)
		return strerror(errno);
	if (auth->conf->type == AUTH_TOKEN_FILE)
		wrong = take_tokens(auth, span_from(text, length));
	else
		wrong = take_secret(auth, span_from(text, length));
	OPENSSL_cleanse(text, length);
	free(text);
	return wrong;
}

int
auth_set_init(
    struct auth_set *set, const struct conf *conf, struct conf_report *report)
{
	unsigned before = report->count;

	set->count = 0;
	set->list = calloc(conf->endpoint_count + 1, sizeof(*set->list));
	if (set->list == NULL) {
		conf_complain(report, conf->file, 0, "out of memory");
		return -1;
	}
	set->count = conf->endpoint_count;
	for (size_t i = 0; i < conf->endpoint_count; i++) {
		const struct conf_endpoint *endpoint = &conf->endpoints[i];
		const char *wrong;

		set->list[i].conf = &endpoint->auth;
		wrong = load(&set->list[i]);
		if (wrong != NULL)
			conf_complain(report, endpoint->file, endpoint->line,
			    "auth: file \"%s\": %s", endpoint->auth.file,
			    wrong);
	}
	return report->count == before ? 0 : -1;
}

void
auth_set_release(struct auth_set *set)
{
	for (size_t i = 0; i < set->count; i++) {
		struct auth *auth = &set->list[i];

		for (size_t k = 0; k < auth->token_count; k++)
			free(auth->tokens[k].user);
		free(auth->tokens);
		if (auth->secret != NULL)
			OPENSSL_cleanse(auth->secret, auth->secret_length);
		free(auth->secret);
	}
	free(set->list);
	*set = (struct auth_set){0};
}

/* Looks at every token, whether it was found or not. */
static bool
is_listed(
    const struct auth *auth, struct span token, char user_out[AUTH_USER_SIZE])
{
	const struct token *found = NULL;
	uint8_t wanted[DIGEST_BYTES];

	if (digest(token, wanted) == -1)
		return false;
	for (size_t i = 0; i < auth->token_count; i++)
		if (CRYPTO_memcmp(
		        auth->tokens[i].digest, wanted, sizeof(wanted)) == 0)
			found = &auth->tokens[i];
	if (found != NULL && found->user != NULL)
		snprintf(user_out, AUTH_USER_SIZE, "%s", found->user);
	return found != NULL;
}

static enum auth_verdict
check_jwt(const struct auth *auth, struct span token, int64_t now_s,
    char user_out[AUTH_USER_SIZE], const char **why_out)
{
	const struct jwt_rules rules = {
	    .secret = span_from(auth->secret, auth->secret_length),
	    .audience = auth->conf->audience,
	    .issuer = auth->conf->issuer,
	    .leeway_s = auth->conf->leeway_ms / 1000,
	};
	enum jwt_verdict verdict = jwt_verify(token, &rules, now_s, user_out);

	*why_out = jwt_verdict_text(verdict);
	return verdict == JWT_GOOD ? AUTH_GOOD : AUTH_WRONG;
}

enum auth_verdict
auth_check(const struct auth_set *set, size_t endpoint,
    const struct http_head *request, int64_t now_s,
    char user_out[AUTH_USER_SIZE], const char **why_out)
{
	const struct auth *auth = &set->list[endpoint];
	UNINITIALIZED char token[CREDENTIAL_MAX];
	enum auth_verdict verdict = AUTH_WRONG;
	size_t length;

	user_out[0] = '\0';
	if (auth->conf->type == AUTH_OFF)
		return AUTH_GOOD;
	*why_out = "no token";
	length = credential_find(
	    request, span_from_string(auth->conf->places), token);
	if (length == 0)
		return AUTH_MISSING;
	*why_out = "token is not listed";
	if (auth->conf->type == AUTH_JWT)
		verdict = check_jwt(
		    auth, span_from(token, length), now_s, user_out, why_out);
	else if (is_listed(auth, span_from(token, length), user_out))
		verdict = AUTH_GOOD;
	OPENSSL_cleanse(token, length);
	return verdict;
}

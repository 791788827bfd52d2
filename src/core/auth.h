/*
 * Who may open sessions of an endpoint, without code in its module: whoever
 * shows a token that stands in a file, or that is signed with a secret in one.
 */
#ifndef FRAMED_CORE_AUTH_H
#define FRAMED_CORE_AUTH_H

#include <stdint.h>

#include "base/guard.h"
#include "conf/conf.h"
#include "conf/load.h"
#include "proto/http.h"
#include "proto/jwt.h"

struct auth;

/* Of all endpoints, in the order of the configuration. */
struct auth_set {
	struct auth *list;
	size_t count;
};

/* Reads all files of tokens and secrets. Returns 0, or -1 after a complaint for
 * each that cannot be; auth_set_release() is due in both cases. Warns in the log
 * of files that everybody may read. */
MUST_CHECK int auth_set_init(
    struct auth_set *set, const struct conf *conf, struct conf_report *report);
void auth_set_release(struct auth_set *set);

enum auth_verdict {
	AUTH_GOOD,
	AUTH_MISSING, /* there is no token, or a place has a malformed one */
	AUTH_WRONG
};

enum { AUTH_USER_SIZE = JWT_SUBJECT_SIZE };

/*
 * Judges the token of a request to the endpoint of this place, at a time in
 * seconds since 1970. user_out gets whom a good one is for, "" where that is not
 * told; why_out, of others, a sentence for the log. Any thread.
 */
MUST_CHECK enum auth_verdict auth_check(const struct auth_set *set,
    size_t endpoint, const struct http_head *request, int64_t now_s,
    char user_out[AUTH_USER_SIZE], const char **why_out);

#endif

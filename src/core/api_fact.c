/* What modules call: what is known of a session beside its request. */
#include "core/api.h"
#include "core/extra.h"
#include "net/tls_stream.h"

/* The place of a fact in tls_stream.h. */
static enum tls_fact
tls_fact_of(enum framed_fact fact)
{
	static const enum tls_fact facts[] = {
	    [FRAMED_FACT_TLS_PROTOCOL] = TLS_FACT_PROTOCOL,
	    [FRAMED_FACT_TLS_CIPHER] = TLS_FACT_CIPHER,
	    [FRAMED_FACT_TLS_SERVER_NAME] = TLS_FACT_SERVER_NAME,
	    [FRAMED_FACT_TLS_RESUMED] = TLS_FACT_RESUMED,
	    [FRAMED_FACT_TLS_SUBJECT] = TLS_FACT_SUBJECT,
	    [FRAMED_FACT_TLS_ISSUER] = TLS_FACT_ISSUER,
	    [FRAMED_FACT_TLS_SERIAL] = TLS_FACT_SERIAL,
	    [FRAMED_FACT_TLS_FINGERPRINT] = TLS_FACT_FINGERPRINT,
	};

	return facts[fact];
}

const char *
api_fact(const struct framed_session *opaque, enum framed_fact fact)
{
	static _Thread_local char text[TLS_FACT_MAX];
	const struct session *session = session_from_const(opaque);
	const struct session_extra *extra = session->extra;

	if (extra == NULL || fact > FRAMED_FACT_TLS_FINGERPRINT)
		return NULL;
	if (fact == FRAMED_FACT_USER)
		return extra->user;
	if (extra->tls == NULL ||
	    tls_stream_fact(extra->tls, tls_fact_of(fact), text) == 0)
		return NULL;
	return text;
}

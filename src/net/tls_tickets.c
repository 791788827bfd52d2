/* Ticket keys, and OpenSSL's question for them. */
#include "net/tls_tickets.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/entropy.h"

enum { NAME_BYTES = 16, SECRET_BYTES = 32 };

struct ticket_key {
	uint8_t name[NAME_BYTES]; /* stands in the ticket */
	uint8_t cipher[SECRET_BYTES];
	uint8_t mac[SECRET_BYTES];
};

struct tls_tickets {
	pthread_mutex_t lock;
	uint32_t period_ms;
	uint64_t made_ms;          /* when the newest was */
	struct ticket_key keys[2]; /* the newest, and the one before */
};

static void
key_make(struct ticket_key *key)
{
	entropy_fill(key, sizeof(*key));
}

struct tls_tickets *
tls_tickets_new(uint32_t period_ms)
{
	struct tls_tickets *tickets = malloc(sizeof(*tickets));

	if (tickets == NULL)
		return NULL;
	pthread_mutex_init(&tickets->lock, NULL);
	tickets->period_ms = period_ms;
	tickets->made_ms = clock_now_ms();
	key_make(&tickets->keys[0]);
	key_make(&tickets->keys[1]);
	return tickets;
}

void
tls_tickets_free(struct tls_tickets **tickets)
{
	if (*tickets == NULL)
		return;
	pthread_mutex_destroy(&(*tickets)->lock);
	OPENSSL_cleanse(*tickets, sizeof(**tickets));
	free(*tickets);
	*tickets = NULL;
}

/* Replaces what is old. After two periods without a handshake, both keys are. */
static void
rotate(struct tls_tickets *tickets)
{
	uint64_t now_ms = clock_now_ms();
	uint64_t age_ms = now_ms - tickets->made_ms;

	if (age_ms < tickets->period_ms)
		return;
	tickets->keys[1] = tickets->keys[0];
	if (age_ms / 2 >= tickets->period_ms)
		key_make(&tickets->keys[1]);
	key_make(&tickets->keys[0]);
	tickets->made_ms = now_ms;
}

/* Copies the key of a name, or the newest where name is NULL. Returns how many
 * are newer, or -1 when there is none. */
static int
find_key(struct tls_tickets *tickets, const uint8_t *name,
    struct ticket_key *key_out)
{
	int found = name == NULL ? 0 : -1;

	pthread_mutex_lock(&tickets->lock);
	rotate(tickets);
	for (int i = 0; i < 2 && found == -1; i++)
		if (memcmp(tickets->keys[i].name, name, NAME_BYTES) == 0)
			found = i;
	if (found != -1)
		*key_out = tickets->keys[found];
	pthread_mutex_unlock(&tickets->lock);
	return found;
}

static int
set_mac(EVP_MAC_CTX *mac, struct ticket_key *key)
{
	static char digest[] = "SHA256";
	const OSSL_PARAM parameters[] = {
	    OSSL_PARAM_construct_octet_string(
	        OSSL_MAC_PARAM_KEY, key->mac, sizeof(key->mac)),
	    OSSL_PARAM_construct_utf8_string(
	        OSSL_MAC_PARAM_DIGEST, digest, sizeof(digest) - 1),
	    OSSL_PARAM_construct_end(),
	};

	return EVP_MAC_CTX_set_params(mac, parameters);
}

static int tickets_index(void);

/* As SSL_CTX_set_tlsext_ticket_key_evp_cb(3) has it: -1 fails the handshake, 0
 * has it go on without resumption, 2 asks for a new ticket. */
static int
on_ticket(SSL *ssl, unsigned char *name, unsigned char *iv,
    EVP_CIPHER_CTX *cipher, EVP_MAC_CTX *mac, int is_sealing)
{
	struct tls_tickets *tickets =
	    SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), tickets_index());
	struct ticket_key key;
	int found, result = -1;

	found = find_key(tickets, is_sealing ? NULL : name, &key);
	if (found == -1)
		return 0;
	if (is_sealing) {
		memcpy(name, key.name, NAME_BYTES);
		if (RAND_bytes(iv, EVP_MAX_IV_LENGTH) == 1 &&
		    EVP_EncryptInit_ex(
		        cipher, EVP_aes_256_cbc(), NULL, key.cipher, iv) == 1)
			result = 1;
	} else if (EVP_DecryptInit_ex(
	               cipher, EVP_aes_256_cbc(), NULL, key.cipher, iv) == 1) {
		result = found == 0 ? 1 : 2;
	}
	if (result != -1 && set_mac(mac, &key) != 1)
		result = -1;
	OPENSSL_cleanse(&key, sizeof(key));
	return result;
}

static int index_of_tickets = -1;

static void
make_index(void)
{
	index_of_tickets = SSL_CTX_get_ex_new_index(0, NULL, NULL, NULL, NULL);
}

/* Where a context keeps its tickets; -1 without memory. */
static int
tickets_index(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, make_index);
	return index_of_tickets;
}

int
tls_tickets_attach(struct tls_tickets *tickets, SSL_CTX *ctx)
{
	if (tickets_index() == -1 ||
	    SSL_CTX_set_ex_data(ctx, tickets_index(), tickets) != 1 ||
	    SSL_CTX_set_tlsext_ticket_key_evp_cb(ctx, on_ticket) != 1)
		return -1;
	return 0;
}

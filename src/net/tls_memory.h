/*
 * OpenSSL's memory. Connections give back their buffers whenever they are empty
 * (SSL_MODE_RELEASE_BUFFERS), and get others with the next record; those go from
 * hand to hand here, instead of through the heap each time.
 */
#ifndef FRAMED_NET_TLS_MEMORY_H
#define FRAMED_NET_TLS_MEMORY_H

/* Once, before anything of OpenSSL is used; later it would do nothing. */
void tls_memory_init(void);

#endif

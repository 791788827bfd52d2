/* What the values of a configuration must look like, apart and together. */
#ifndef FRAMED_CONF_CHECK_H
#define FRAMED_CONF_CHECK_H

#include "conf/conf.h"
#include "conf/load.h"

/*
 * Each judges one string. Returns NULL when it is right, else a constant
 * ending for the sentence that begins with the option's name.
 */
const char *check_address(const char *text); /* numeric IPv4 or IPv6 */
const char *check_socket(const char *text);  /* "/a/b" or "@name" */
const char *check_area(const char *text);    /* "session:debug" */
const char *check_fd_name(const char *text); /* as systemd has them */
const char *check_mode(const char *text);    /* "660" */
const char *check_file(const char *text);    /* printable */
const char *check_path(const char *text);    /* "/a" or "/a/…*" */
const char *check_module(const char *text);  /* a plain file name */
const char *check_host(const char *text);    /* no port; IPv6 in brackets */
const char *check_subprotocol(const char *text);
const char *check_origin(const char *text);
const char *check_network(const char *text); /* with /bits, or "unix" */
const char *check_place(const char *text);   /* of tokens */

/* The same of a number: what sessions are closed with when the server ends. */
const char *check_drain_code(int64_t code);

/*
 * Reports what no single value shows: two listeners on one address and port,
 * two endpoints for the same requests, times that do not fit.
 */
void check_conf(const struct conf *conf, struct conf_report *report);

#endif

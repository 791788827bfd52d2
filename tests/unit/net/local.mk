net_ldadd = tests/unit/libharness.a src/net/libnet.a src/conf/libconf.a \
	src/proto/libproto.a src/base/libbase.a $(CONFIG_LIBS) \
	$(net_libs) $(CRYPTO_LIBS) $(CHECK_LIBS)

%C%_test_addr_LDADD = $(net_ldadd)
%C%_test_bind_LDADD = $(net_ldadd)
%C%_test_dial_LDADD = $(net_ldadd)
%C%_test_listener_LDADD = $(net_ldadd)
%C%_test_lookup_LDADD = $(net_ldadd)
%C%_test_tls_stream_SOURCES = %D%/certificate.c %D%/certificate.h \
	%D%/test_tls_stream.c
%C%_test_tls_stream_LDADD = $(net_ldadd)
%C%_test_tls_tickets_SOURCES = %D%/certificate.c %D%/certificate.h \
	%D%/test_tls_tickets.c
%C%_test_tls_tickets_LDADD = $(net_ldadd)
%C%_test_tls_tickets_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=clock_now_ms
%C%_test_transport_LDADD = $(net_ldadd)

unit_tests += %D%/test_addr %D%/test_bind %D%/test_dial %D%/test_listener \
	%D%/test_lookup %D%/test_tls_stream %D%/test_tls_tickets \
	%D%/test_transport

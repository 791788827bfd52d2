# Fuzz targets: with --enable-fuzzers libFuzzer drives them; otherwise they
# are tests, which send the corpus through them once.
if WITH_FUZZERS
fuzz_ldflags = $(AM_LDFLAGS) -fsanitize=fuzzer
fuzz_main =
else
fuzz_ldflags = $(AM_LDFLAGS)
fuzz_main = %D%/libreplay.a
check_LIBRARIES += %D%/libreplay.a
%C%_libreplay_a_SOURCES = %D%/replay.c
TESTS += $(fuzz_targets)
endif

fuzz_proto_libs = src/proto/libproto.a src/base/libbase.a $(proto_libs)
fuzz_proto = $(fuzz_main) $(fuzz_proto_libs)

fuzz_heads = tests/unit/proto/head_reading.c \
	tests/unit/proto/head_reading.h

fuzz_targets = %D%/fuzz_close %D%/fuzz_conf %D%/fuzz_extension \
	%D%/fuzz_forwarded \
	%D%/fuzz_http %D%/fuzz_inflate %D%/fuzz_jwt %D%/fuzz_message %D%/fuzz_proxy \
	%D%/fuzz_response %D%/fuzz_url
%C%_fuzz_close_LDADD = $(fuzz_proto)
%C%_fuzz_close_LDFLAGS = $(fuzz_ldflags)
%C%_fuzz_conf_LDADD = $(fuzz_main) src/conf/libconf.a $(fuzz_proto_libs) \
	$(CONFIG_LIBS)
%C%_fuzz_conf_LDFLAGS = $(fuzz_ldflags)
%C%_fuzz_extension_LDADD = $(fuzz_proto)
%C%_fuzz_extension_LDFLAGS = $(fuzz_ldflags)
%C%_fuzz_forwarded_LDADD = $(fuzz_proto)
%C%_fuzz_forwarded_LDFLAGS = $(fuzz_ldflags)
%C%_fuzz_http_SOURCES = %D%/fuzz_http.c $(fuzz_heads)
%C%_fuzz_http_LDADD = $(fuzz_proto)
%C%_fuzz_http_LDFLAGS = $(fuzz_ldflags)
%C%_fuzz_inflate_LDADD = $(fuzz_proto)
%C%_fuzz_inflate_LDFLAGS = $(fuzz_ldflags)
%C%_fuzz_jwt_LDADD = $(fuzz_proto)
%C%_fuzz_jwt_LDFLAGS = $(fuzz_ldflags)
%C%_fuzz_message_SOURCES = %D%/fuzz_message.c tests/unit/proto/random.h \
	tests/unit/proto/trace.c tests/unit/proto/trace.h
%C%_fuzz_message_LDADD = $(fuzz_proto)
%C%_fuzz_message_LDFLAGS = $(fuzz_ldflags)
%C%_fuzz_proxy_LDADD = $(fuzz_proto)
%C%_fuzz_proxy_LDFLAGS = $(fuzz_ldflags)
%C%_fuzz_response_SOURCES = %D%/fuzz_response.c $(fuzz_heads)
%C%_fuzz_response_LDADD = $(fuzz_proto)
%C%_fuzz_response_LDFLAGS = $(fuzz_ldflags)
%C%_fuzz_url_LDADD = $(fuzz_proto)
%C%_fuzz_url_LDFLAGS = $(fuzz_ldflags)

check_PROGRAMS += $(fuzz_targets)
EXTRA_DIST += %D%/corpus

noinst_LIBRARIES += %D%/libproto.a
%C%_libproto_a_SOURCES = \
	%D%/base64.c \
	%D%/base64.h \
	%D%/closecode.c \
	%D%/closecode.h \
	%D%/credential.c \
	%D%/credential.h \
	%D%/deflate_engine.c \
	%D%/deflate_engine.h \
	%D%/deflate_offer.c \
	%D%/deflate_offer.h \
	%D%/deflate_whole.h \
	%D%/extension.c \
	%D%/extension.h \
	%D%/forwarded.c \
	%D%/forwarded.h \
	%D%/frame.c \
	%D%/frame.h \
	%D%/frame_fast.h \
	%D%/handshake.c \
	%D%/handshake.h \
	%D%/handshake_client.c \
	%D%/handshake_client.h \
	%D%/http.c \
	%D%/http.h \
	%D%/http_chars.c \
	%D%/http_chars.h \
	%D%/http_head.c \
	%D%/http_host.c \
	%D%/http_host.h \
	%D%/http_lines.c \
	%D%/http_lines.h \
	%D%/http_response.c \
	%D%/http_target.c \
	%D%/http_target.h \
	%D%/jwt.c \
	%D%/jwt.h \
	%D%/mask.c \
	%D%/mask.h \
	%D%/mask_engine.h \
	%D%/message.c \
	%D%/message.h \
	%D%/network.c \
	%D%/network.h \
	%D%/origin.c \
	%D%/origin.h \
	%D%/parse.h \
	%D%/proxy.c \
	%D%/proxy.h \
	%D%/simd.h \
	%D%/url.c \
	%D%/url.h \
	%D%/utf8.c \
	%D%/utf8.h \
	%D%/utf8_avx2.c \
	%D%/utf8_engine.h
if WITH_LIBDEFLATE
%C%_libproto_a_SOURCES += %D%/deflate_whole.c
endif

# What whoever links it needs.
proto_libs = $(JANSSON_LIBS) $(CRYPTO_LIBS) $(ZLIB_LIBS) $(LIBDEFLATE_LIBS)

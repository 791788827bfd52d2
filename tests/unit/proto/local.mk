proto_ldadd = tests/unit/libharness.a src/proto/libproto.a src/base/libbase.a \
	$(proto_libs) $(CHECK_LIBS)
head_reading = %D%/head_reading.c %D%/head_reading.h
deflate_peer = %D%/deflate_peer.c %D%/deflate_peer.h %D%/random.h

%C%_test_base64_LDADD = $(proto_ldadd)
%C%_test_closecode_LDADD = $(proto_ldadd)
%C%_test_credential_SOURCES = %D%/test_credential.c %D%/head_sample.h
%C%_test_credential_LDADD = $(proto_ldadd)
%C%_test_deflate_decode_SOURCES = %D%/test_deflate_decode.c $(deflate_peer)
%C%_test_deflate_decode_LDADD = $(proto_ldadd)
%C%_test_deflate_decode_LDFLAGS = $(AM_LDFLAGS) \
	-Wl,--wrap=inflate,--wrap=libdeflate_deflate_decompress_ex
%C%_test_deflate_engine_SOURCES = %D%/test_deflate_engine.c %D%/alloc_fail.c \
	%D%/alloc_fail.h $(deflate_peer)
%C%_test_deflate_engine_LDADD = $(proto_ldadd)
%C%_test_deflate_engine_LDFLAGS = $(fail_alloc_ldflags)
%C%_test_deflate_offer_SOURCES = %D%/test_deflate_offer.c %D%/head_sample.h
%C%_test_deflate_offer_LDADD = $(proto_ldadd)
%C%_test_extension_SOURCES = %D%/test_extension.c %D%/head_sample.h
%C%_test_extension_LDADD = $(proto_ldadd)
%C%_test_frame_SOURCES = %D%/test_frame.c %D%/random.h
%C%_test_frame_LDADD = $(proto_ldadd)
%C%_test_handshake_SOURCES = %D%/test_handshake.c %D%/head_sample.h
%C%_test_handshake_LDADD = $(proto_ldadd)
%C%_test_handshake_client_SOURCES = %D%/test_handshake_client.c \
	%D%/head_sample.h
%C%_test_handshake_client_LDADD = $(proto_ldadd)
%C%_test_http_SOURCES = %D%/test_http.c $(head_reading) %D%/head_sample.h
%C%_test_http_LDADD = $(proto_ldadd)
%C%_test_http_head_SOURCES = %D%/test_http_head.c %D%/head_sample.h
%C%_test_http_head_LDADD = $(proto_ldadd)
%C%_test_http_host_LDADD = $(proto_ldadd)
%C%_test_http_lines_LDADD = $(proto_ldadd)
%C%_test_http_response_LDADD = $(proto_ldadd)
%C%_test_http_response_head_SOURCES = %D%/test_http_response_head.c \
	$(head_reading) %D%/head_sample.h
%C%_test_http_response_head_LDADD = $(proto_ldadd)
%C%_test_http_target_SOURCES = %D%/test_http_target.c %D%/head_sample.h
%C%_test_http_target_LDADD = $(proto_ldadd)
%C%_test_mask_SOURCES = %D%/test_mask.c %D%/random.h
%C%_test_mask_LDADD = $(proto_ldadd)
%C%_test_message_SOURCES = %D%/test_message.c %D%/alloc_fail.c \
	%D%/alloc_fail.h %D%/builder.c %D%/builder.h %D%/opcode_name.h \
	%D%/random.h %D%/samples.c %D%/samples.h %D%/trace.c %D%/trace.h
%C%_test_message_LDADD = $(proto_ldadd)
%C%_test_message_LDFLAGS = $(fail_alloc_ldflags)
%C%_test_message_room_SOURCES = %D%/test_message_room.c %D%/alloc_fail.c \
	%D%/alloc_fail.h %D%/samples.c %D%/samples.h
%C%_test_message_room_LDADD = $(proto_ldadd)
%C%_test_message_room_LDFLAGS = $(fail_alloc_ldflags)
%C%_test_network_LDADD = $(proto_ldadd)
%C%_test_forwarded_SOURCES = %D%/test_forwarded.c %D%/head_sample.h
%C%_test_forwarded_LDADD = $(proto_ldadd)
%C%_test_jwt_SOURCES = %D%/test_jwt.c %D%/alloc_fail.c %D%/alloc_fail.h
%C%_test_jwt_LDADD = $(proto_ldadd)
%C%_test_jwt_LDFLAGS = $(fail_alloc_ldflags)
%C%_test_origin_LDADD = $(proto_ldadd)
%C%_test_proxy_LDADD = $(proto_ldadd)
%C%_test_url_SOURCES = %D%/test_url.c %D%/head_sample.h
%C%_test_url_LDADD = $(proto_ldadd)
%C%_test_utf8_SOURCES = %D%/test_utf8.c %D%/random.h
%C%_test_utf8_LDADD = $(proto_ldadd)

unit_tests += \
	%D%/test_base64 \
	%D%/test_closecode \
	%D%/test_credential \
	%D%/test_deflate_decode \
	%D%/test_deflate_engine \
	%D%/test_deflate_offer \
	%D%/test_extension \
	%D%/test_frame \
	%D%/test_handshake \
	%D%/test_handshake_client \
	%D%/test_http \
	%D%/test_http_head \
	%D%/test_http_host \
	%D%/test_http_lines \
	%D%/test_http_response \
	%D%/test_http_response_head \
	%D%/test_http_target \
	%D%/test_mask \
	%D%/test_message \
	%D%/test_message_room \
	%D%/test_network \
	%D%/test_forwarded \
	%D%/test_jwt \
	%D%/test_origin \
	%D%/test_proxy \
	%D%/test_url \
	%D%/test_utf8

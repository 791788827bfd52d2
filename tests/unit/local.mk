# Unit tests: one program for each source file, named after it. They link the
# archives of their folder and those below it and nothing more, so that a
# layer which reaches up does not link.
if HAVE_CHECK
check_LIBRARIES += %D%/libharness.a
%C%_libharness_a_SOURCES = %D%/harness.c %D%/harness.h

unit_base = %D%/libharness.a src/base/libbase.a $(CHECK_LIBS)
unit_proto = %D%/libharness.a src/proto/libproto.a src/base/libbase.a \
	$(CRYPTO_LIBS) $(CHECK_LIBS)

unit_tests = \
	%D%/base/test_clock \
	%D%/base/test_escape \
	%D%/base/test_log \
	%D%/proto/test_closecode \
	%D%/proto/test_frame \
	%D%/proto/test_mask \
	%D%/proto/test_utf8

%C%_base_test_clock_LDADD = $(unit_base)
%C%_base_test_escape_LDADD = $(unit_base)
%C%_base_test_log_LDADD = $(unit_base)

%C%_proto_test_closecode_LDADD = $(unit_proto)
%C%_proto_test_frame_SOURCES = %D%/proto/test_frame.c %D%/proto/random.h
%C%_proto_test_frame_LDADD = $(unit_proto)
%C%_proto_test_mask_SOURCES = %D%/proto/test_mask.c %D%/proto/random.h
%C%_proto_test_mask_LDADD = $(unit_proto)
%C%_proto_test_utf8_SOURCES = %D%/proto/test_utf8.c %D%/proto/random.h
%C%_proto_test_utf8_LDADD = $(unit_proto)

check_PROGRAMS += $(unit_tests)
TESTS += $(unit_tests)
endif

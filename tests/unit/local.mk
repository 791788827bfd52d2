# Unit tests: one program for each source file, named after it. They link the
# archives of their folder and those below it and nothing more, so that a
# layer which reaches up does not link.
if HAVE_CHECK
check_LIBRARIES += %D%/libharness.a
%C%_libharness_a_SOURCES = %D%/harness.c %D%/harness.h

unit_base = %D%/libharness.a src/base/libbase.a $(CHECK_LIBS)

unit_tests = \
	%D%/base/test_clock \
	%D%/base/test_escape \
	%D%/base/test_log

%C%_base_test_clock_LDADD = $(unit_base)
%C%_base_test_escape_LDADD = $(unit_base)
%C%_base_test_log_LDADD = $(unit_base)

check_PROGRAMS += $(unit_tests)
TESTS += $(unit_tests)
endif

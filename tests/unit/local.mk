# Unit tests: one program for each source file, named after it. They link the
# archives of their folder and those below it and nothing more, so that a
# layer which reaches up does not link.
if HAVE_CHECK
check_LIBRARIES += %D%/libharness.a
%C%_libharness_a_SOURCES = %D%/harness.c %D%/harness.h

# For tests with alloc_fail.c: the n-th allocation fails.
fail_alloc_ldflags = $(AM_LDFLAGS) \
	-Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc

unit_tests =
include %D%/base/local.mk
include %D%/bench/local.mk
include %D%/client/local.mk
include %D%/conf/local.mk
include %D%/core/local.mk
include %D%/fake/local.mk
include %D%/host/local.mk
include %D%/modules/local.mk
include %D%/net/local.mk
include %D%/proto/local.mk

check_PROGRAMS += $(unit_tests)
TESTS += $(unit_tests)
endif

# Unit tests, fuzz targets and lint. Programs without a suffix speak TAP, as
# do those in .tap, and so every case is counted; .sh answer by exit status.
TEST_EXTENSIONS = .sh .tap
LOG_DRIVER = env AM_TAP_AWK='$(AWK)' $(SHELL) \
	$(top_srcdir)/build-aux/tap-driver.sh
TAP_LOG_DRIVER = $(LOG_DRIVER)
AM_TESTS_ENVIRONMENT = \
	CC='$(CC)'; CXX='$(CXX)'; export CC CXX; \
	required_flags='$(FRAMED_REQUIRED_FLAGS)'; export required_flags; \
	hardening=$(enable_hardening); sanitizers=$(enable_sanitizers); \
	CK_TIMEOUT_MULTIPLIER=5; \
	export CK_TIMEOUT_MULTIPLIER hardening sanitizers;

# Lint. What needs only a shell is part of `make check`.
lint_scripts = \
	%D%/lint/format.sh \
	%D%/lint/headers.sh \
	%D%/lint/interface.sh \
	%D%/lint/layers.sh \
	%D%/lint/manuals.sh \
	%D%/lint/reasons.sh \
	%D%/lint/scripts.sh \
	%D%/lint/selftest.sh \
	%D%/lint/size.sh
dist_check_SCRIPTS += $(lint_scripts) %D%/lint/run
TESTS += %D%/lint/interface.sh %D%/lint/layers.sh %D%/lint/reasons.sh \
	%D%/lint/selftest.sh %D%/lint/size.sh

dist_check_SCRIPTS += %D%/hardening.sh
TESTS += %D%/hardening.sh

.PHONY: check-headers check-long lint
check-headers:
	CC='$(CC)' CXX='$(CXX)' CFLAGS='$(FRAMED_CFLAGS) $(CHECK_CFLAGS)' \
	    $(SHELL) $(srcdir)/%D%/lint/headers.sh $(srcdir)
# Everything in this one build, with what scripts/test leaves out of some of its
# parts; and, where libFuzzer is linked, a minute of each fuzz target.
check-long: all
	FRAMED_SKIP= $(MAKE) check
if WITH_FUZZERS
	$(MAKE) $(fuzz_targets)
	for target in $(fuzz_targets); do \
		corpus=$${target##*/fuzz_}; \
		mkdir -p "fuzzed/$$corpus" && \
		"$$target" -max_total_time=60 -print_final_stats=0 \
		    "fuzzed/$$corpus" \
		    "$(srcdir)/tests/fuzz/corpus/$$corpus" || exit 1; \
	done
endif
clean-local:
	rm -rf fuzzed
lint:
	CC='$(CC)' CXX='$(CXX)' CFLAGS='$(FRAMED_CFLAGS) $(CHECK_CFLAGS)' \
	    $(SHELL) $(srcdir)/%D%/lint/run $(srcdir)

include %D%/bench/local.mk
include %D%/fuzz/local.mk
include %D%/integration/local.mk
include %D%/kit/local.mk
include %D%/unit/local.mk

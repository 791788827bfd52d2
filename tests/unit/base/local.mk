base_ldadd = tests/unit/libharness.a src/base/libbase.a $(CHECK_LIBS)

%C%_test_clock_LDADD = $(base_ldadd)
%C%_test_entropy_LDADD = $(base_ldadd)
%C%_test_escape_LDADD = $(base_ldadd)
%C%_test_log_LDADD = $(base_ldadd)
%C%_test_number_LDADD = $(base_ldadd)
%C%_test_rate_LDADD = $(base_ldadd)
%C%_test_spread_LDADD = $(base_ldadd)
%C%_test_tally_LDADD = $(base_ldadd)

unit_tests += \
	%D%/test_clock \
	%D%/test_entropy \
	%D%/test_escape \
	%D%/test_log \
	%D%/test_number \
	%D%/test_rate \
	%D%/test_spread \
	%D%/test_tally

client_ldadd = tests/unit/libharness.a src/client/libclient.a $(core_ldadd)

%C%_test_arguments_LDADD = $(client_ldadd)
%C%_test_profile_LDADD = $(client_ldadd)

unit_tests += %D%/test_arguments %D%/test_profile

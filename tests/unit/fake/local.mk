# The host for tests of modules, with a module that notes what it is told. A
# program for each thing a test does with it, since its files do little alone.
fake_noted = %D%/noted.c %D%/noted.h
fake_ldadd = tests/unit/libharness.a libframed-fake.a $(CHECK_LIBS)

%C%_test_calls_SOURCES = %D%/test_calls.c $(fake_noted)
%C%_test_calls_LDADD = $(fake_ldadd)
%C%_test_fake_SOURCES = %D%/test_fake.c $(fake_noted)
%C%_test_fake_LDADD = $(fake_ldadd)
%C%_test_groups_SOURCES = %D%/test_groups.c $(fake_noted)
%C%_test_groups_LDADD = $(fake_ldadd)
%C%_test_session_SOURCES = %D%/test_session.c $(fake_noted)
%C%_test_session_LDADD = $(fake_ldadd)
%C%_test_turn_SOURCES = %D%/test_turn.c $(fake_noted)
%C%_test_turn_LDADD = $(fake_ldadd)

unit_tests += %D%/test_calls %D%/test_fake %D%/test_groups %D%/test_session \
	%D%/test_turn

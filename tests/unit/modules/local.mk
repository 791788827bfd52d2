# Each program is a module linked with the host for tests.
modules_ldadd = tests/unit/libharness.a libframed-fake.a $(CHECK_LIBS)

%C%_test_broadcast_SOURCES = %D%/test_broadcast.c \
	src/modules/broadcast/broadcast.c
%C%_test_broadcast_LDADD = $(modules_ldadd)
%C%_test_echo_SOURCES = %D%/test_echo.c src/modules/echo/echo.c
%C%_test_echo_LDADD = $(modules_ldadd)

unit_tests += %D%/test_broadcast %D%/test_echo

# Each program is a module linked with a host of the test's own.
modules_fake = %D%/fake_host.c %D%/fake_host.h

%C%_test_broadcast_SOURCES = %D%/test_broadcast.c $(modules_fake) \
	src/modules/broadcast/broadcast.c
%C%_test_broadcast_LDADD = tests/unit/libharness.a $(CHECK_LIBS)
%C%_test_echo_SOURCES = %D%/test_echo.c $(modules_fake) \
	src/modules/echo/echo.c
%C%_test_echo_LDADD = tests/unit/libharness.a $(CHECK_LIBS)

unit_tests += %D%/test_broadcast %D%/test_echo

# The modules that ship with the daemon. They are strangers to it: only the
# public header is in reach, and no macro of ours.
modules_ldflags = $(AM_LDFLAGS) $(FRAMED_MODULE_LDFLAGS) \
	-module -avoid-version -shared

module_LTLIBRARIES = %D%/broadcast.la %D%/echo.la
%C%_broadcast_la_SOURCES = %D%/broadcast/broadcast.c
%C%_broadcast_la_CPPFLAGS = -I$(top_srcdir)/src
%C%_broadcast_la_LDFLAGS = $(modules_ldflags)
%C%_echo_la_SOURCES = %D%/echo/echo.c
%C%_echo_la_CPPFLAGS = -I$(top_srcdir)/src
%C%_echo_la_LDFLAGS = $(modules_ldflags)

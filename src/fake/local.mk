# The host for tests of modules, which is installed: it sees nothing of the
# daemon, and is compiled as a module is.
lib_LIBRARIES += libframed-fake.a
libframed_fake_a_SOURCES = \
	%D%/calls_limit.c \
	%D%/calls_request.c \
	%D%/calls_send.c \
	%D%/calls_work.c \
	%D%/client.c \
	%D%/deliver.c \
	%D%/fake.c \
	%D%/head.c \
	%D%/host.c \
	%D%/note.c \
	%D%/parts.h \
	%D%/session.c \
	%D%/settings.c \
	%D%/topics.c \
	%D%/turn.c
libframed_fake_a_CPPFLAGS = -D_GNU_SOURCE= -I$(top_srcdir)/src
pkgconfig_DATA += %D%/framed-fake.pc

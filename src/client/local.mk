# framed-cat: the client, on the archives of the daemon.
noinst_LIBRARIES += %D%/libclient.a
%C%_libclient_a_SOURCES = \
	%D%/arguments.c \
	%D%/arguments.h \
	%D%/cat.c \
	%D%/cat.h \
	%D%/input.c \
	%D%/input.h \
	%D%/profile.c \
	%D%/profile.h
%C%_libclient_a_CPPFLAGS = $(AM_CPPFLAGS) \
	-DFRAMED_VERSION='"$(PACKAGE_VERSION)"'

bin_PROGRAMS += framed-cat
framed_cat_SOURCES = %D%/main.c
framed_cat_LDFLAGS = $(AM_LDFLAGS) $(FRAMED_PIE_LDFLAGS)
framed_cat_LDADD = %D%/libclient.a src/core/libcore.a src/host/libhost.a \
	src/net/libnet.a src/conf/libconf.a src/proto/libproto.a \
	src/base/libbase.a $(CONFIG_LIBS) $(net_libs) $(proto_libs)

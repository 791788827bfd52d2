# The daemon: the archives of all layers, from the highest to the lowest.
sbin_PROGRAMS = framed
framed_SOURCES = %D%/main.c
framed_CPPFLAGS = $(AM_CPPFLAGS) $(directory_cppflags) \
	-DFRAMED_VERSION='"$(PACKAGE_VERSION)"'
framed_LDFLAGS = $(AM_LDFLAGS) $(FRAMED_PIE_LDFLAGS)
framed_LDADD = %D%/core/libcore.a %D%/host/libhost.a %D%/net/libnet.a \
	%D%/conf/libconf.a %D%/proto/libproto.a %D%/base/libbase.a \
	$(CONFIG_LIBS) $(LIBEVENT_LIBS) $(proto_libs)

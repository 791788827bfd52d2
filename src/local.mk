# The daemon: the archives of all layers, from the highest to the lowest.
sbin_PROGRAMS = framed
framed_SOURCES = %D%/main.c
framed_CPPFLAGS = $(AM_CPPFLAGS) $(directory_cppflags) \
	-DFRAMED_VERSION='"$(PACKAGE_VERSION)"'
framed_LDFLAGS = $(AM_LDFLAGS) $(FRAMED_PIE_LDFLAGS)
framed_LDADD = %D%/core/libcore.a %D%/host/libhost.a %D%/net/libnet.a \
	%D%/conf/libconf.a %D%/proto/libproto.a %D%/base/libbase.a \
	$(CONFIG_LIBS) $(net_libs) $(proto_libs)

# What module authors try their modules with: the loader of the daemon, and the
# host for tests as the one that is shown to them.
bin_PROGRAMS += framed-modcheck
framed_modcheck_SOURCES = %D%/modcheck.c
framed_modcheck_CPPFLAGS = $(framed_CPPFLAGS)
framed_modcheck_LDFLAGS = $(framed_LDFLAGS)
framed_modcheck_LDADD = %D%/host/libhost.a libframed-fake.a \
	%D%/conf/libconf.a %D%/proto/libproto.a %D%/base/libbase.a \
	$(CONFIG_LIBS) $(proto_libs)

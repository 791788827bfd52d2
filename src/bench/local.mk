# framed-bench: the load, on the protocol code of the daemon.
noinst_LIBRARIES += %D%/libbench.a
%C%_libbench_a_SOURCES = \
	%D%/arguments.c \
	%D%/arguments.h \
	%D%/broadcast.c \
	%D%/connect.c \
	%D%/connection.c \
	%D%/connection.h \
	%D%/echo.c \
	%D%/histogram.c \
	%D%/histogram.h \
	%D%/idle.c \
	%D%/load.c \
	%D%/load.h \
	%D%/modes.h \
	%D%/payloads.c \
	%D%/payloads.h \
	%D%/pieces.c \
	%D%/pieces.h \
	%D%/process.c \
	%D%/process.h \
	%D%/report.c \
	%D%/report.h \
	%D%/upgrade.c \
	%D%/upgrade.h
%C%_libbench_a_CPPFLAGS = $(AM_CPPFLAGS) \
	-DFRAMED_VERSION='"$(PACKAGE_VERSION)"'

bin_PROGRAMS += framed-bench
framed_bench_SOURCES = %D%/main.c
framed_bench_LDFLAGS = $(AM_LDFLAGS) $(FRAMED_PIE_LDFLAGS)
framed_bench_LDADD = %D%/libbench.a src/net/libnet.a src/conf/libconf.a \
	src/proto/libproto.a src/base/libbase.a $(CONFIG_LIBS) \
	$(net_libs) $(proto_libs)

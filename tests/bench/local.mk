# Measurements, run by hand. What they need is built when one asks for it.
EXTRA_DIST += \
	%D%/README.md \
	%D%/cases.py \
	%D%/common.py \
	%D%/cost.svg \
	%D%/loading.py \
	%D%/package-lock.json \
	%D%/package.json \
	%D%/peers/bun.mjs \
	%D%/peers/ws.mjs \
	%D%/plot.py \
	%D%/recorded-scaling.json \
	%D%/recorded.json \
	%D%/results.py \
	%D%/run \
	%D%/scaling \
	%D%/scaling-connections.svg \
	%D%/scaling-workers-broadcast.svg \
	%D%/scaling-workers-echo.svg \
	%D%/servers.py \
	%D%/syscalls

EXTRA_PROGRAMS = %D%/floor %D%/lws %D%/vectors
%C%_floor_SOURCES = %D%/peers/floor.c
%C%_floor_LDADD = src/proto/libproto.a src/base/libbase.a $(proto_libs)
%C%_lws_SOURCES = %D%/peers/lws.c
%C%_lws_LDADD = -lwebsockets
%C%_vectors_SOURCES = %D%/vectors.c
%C%_vectors_LDADD = src/proto/libproto.a src/base/libbase.a
CLEANFILES += $(EXTRA_PROGRAMS)

# Measurements, run by hand. The load is built when one asks for it.
EXTRA_DIST += \
	%D%/README.md \
	%D%/common.py \
	%D%/deflate \
	%D%/idle \
	%D%/package-lock.json \
	%D%/package.json \
	%D%/peers/echo_bun.mjs \
	%D%/syscalls

EXTRA_PROGRAMS = %D%/load %D%/vectors
%C%_load_SOURCES = %D%/load.c %D%/messages.c %D%/messages.h
%C%_load_LDADD = src/proto/libproto.a src/base/libbase.a $(proto_libs)
%C%_vectors_SOURCES = %D%/vectors.c
%C%_vectors_LDADD = src/proto/libproto.a src/base/libbase.a
CLEANFILES = $(EXTRA_PROGRAMS)

noinst_LIBRARIES += %D%/libnet.a
%C%_libnet_a_SOURCES = \
	%D%/addr.c \
	%D%/addr.h \
	%D%/dial.c \
	%D%/dial.h \
	%D%/listener.c \
	%D%/listener.h \
	%D%/lookup.c \
	%D%/lookup.h \
	%D%/transport.c \
	%D%/transport.h

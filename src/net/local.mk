noinst_LIBRARIES += %D%/libnet.a
%C%_libnet_a_SOURCES = \
	%D%/addr.c \
	%D%/addr.h \
	%D%/bind.c \
	%D%/bind.h \
	%D%/bind_unix.c \
	%D%/dial.c \
	%D%/dial.h \
	%D%/inherit.c \
	%D%/inherit.h \
	%D%/listener.c \
	%D%/listener.h \
	%D%/lookup.c \
	%D%/lookup.h \
	%D%/tls_context.c \
	%D%/tls_context.h \
	%D%/tls_fact.c \
	%D%/tls_memory.c \
	%D%/tls_memory.h \
	%D%/tls_stream.c \
	%D%/tls_stream.h \
	%D%/tls_stream_parts.h \
	%D%/tls_tickets.c \
	%D%/tls_tickets.h \
	%D%/transport.c \
	%D%/transport.h

# What whoever links it needs, beside proto_libs.
net_libs = $(LIBEVENT_LIBS) $(SSL_LIBS)

noinst_LIBRARIES += %D%/libbase.a
%C%_libbase_a_SOURCES = \
	%D%/clock.c \
	%D%/clock.h \
	%D%/endian.h \
	%D%/entropy.c \
	%D%/entropy.h \
	%D%/escape.c \
	%D%/escape.h \
	%D%/guard.h \
	%D%/heap.c \
	%D%/heap.h \
	%D%/log.c \
	%D%/log.h \
	%D%/log_limit.c \
	%D%/log_limit.h \
	%D%/log_sink.c \
	%D%/log_sink.h \
	%D%/notify.c \
	%D%/notify.h \
	%D%/number.c \
	%D%/number.h \
	%D%/rate.h \
	%D%/span.h \
	%D%/spread.h \
	%D%/tally.c \
	%D%/tally.h

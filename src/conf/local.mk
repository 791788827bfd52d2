noinst_LIBRARIES += %D%/libconf.a
%C%_libconf_a_SOURCES = \
	%D%/check.c \
	%D%/check.h \
	%D%/conf.c \
	%D%/conf.h \
	%D%/load.c \
	%D%/load.h \
	%D%/load_value.c \
	%D%/loader.h \
	%D%/options.c \
	%D%/options.h \
	%D%/print.c \
	%D%/report.c \
	%D%/report.h \
	%D%/same.c \
	%D%/same.h \
	%D%/source.c \
	%D%/source.h
%C%_libconf_a_CPPFLAGS = $(AM_CPPFLAGS) $(directory_cppflags)

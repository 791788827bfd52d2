noinst_LIBRARIES += %D%/libhost.a
%C%_libhost_a_SOURCES = \
	%D%/loader.c \
	%D%/loader.h \
	%D%/object.c \
	%D%/object.h \
	%D%/registry.c \
	%D%/registry.h \
	%D%/settings.c \
	%D%/settings.h

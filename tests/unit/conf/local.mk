conf_ldadd = tests/unit/libharness.a src/conf/libconf.a src/proto/libproto.a \
	src/base/libbase.a $(CONFIG_LIBS) $(CRYPTO_LIBS) $(CHECK_LIBS)

%C%_test_check_SOURCES = %D%/test_check.c %D%/text_file.c %D%/text_file.h
%C%_test_check_LDADD = $(conf_ldadd)
%C%_test_load_SOURCES = %D%/test_load.c %D%/text_file.c %D%/text_file.h \
	tests/unit/proto/alloc_fail.c tests/unit/proto/alloc_fail.h
%C%_test_load_LDADD = $(conf_ldadd)
%C%_test_load_LDFLAGS = $(fail_alloc_ldflags) -Wl,--wrap=strdup
%C%_test_options_SOURCES = %D%/test_options.c %D%/text_file.c %D%/text_file.h
%C%_test_options_LDADD = $(conf_ldadd)
%C%_test_print_SOURCES = %D%/test_print.c %D%/text_file.c %D%/text_file.h
%C%_test_print_LDADD = $(conf_ldadd)
%C%_test_print_CPPFLAGS = $(AM_CPPFLAGS) $(directory_cppflags)
%C%_test_same_LDADD = $(conf_ldadd)
%C%_test_source_SOURCES = %D%/test_source.c %D%/text_file.c %D%/text_file.h
%C%_test_source_LDADD = $(conf_ldadd)

unit_tests += \
	%D%/test_check \
	%D%/test_load \
	%D%/test_options \
	%D%/test_print \
	%D%/test_same \
	%D%/test_source

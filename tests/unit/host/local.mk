# The tests of the loader need modules that fit and such that do not: shared
# objects, which libtool makes of a library only if it is to go somewhere.
host_modules = \
	%D%/modules/abi_1_0.la \
	%D%/modules/fickle.la \
	%D%/modules/good.la \
	%D%/modules/greedy.la \
	%D%/modules/mute.la \
	%D%/modules/newer_minor.la \
	%D%/modules/no_name.la \
	%D%/modules/no_struct.la \
	%D%/modules/no_symbol.la \
	%D%/modules/no_version.la \
	%D%/modules/older.la \
	%D%/modules/other_major.la \
	%D%/modules/plain.la \
	%D%/modules/raw.la \
	%D%/modules/too_short.la \
	%D%/modules/wrong_magic.la
check_LTLIBRARIES += $(host_modules)
host_modules_ldflags = $(AM_LDFLAGS) -module -avoid-version -shared \
	-rpath /nowhere

%C%_modules_abi_1_0_la_SOURCES = %D%/modules/abi_1_0.c
%C%_modules_abi_1_0_la_LDFLAGS = $(host_modules_ldflags)
%C%_modules_fickle_la_SOURCES = %D%/modules/fickle.c
%C%_modules_fickle_la_LDFLAGS = $(host_modules_ldflags)
%C%_modules_good_la_SOURCES = %D%/modules/good.c
%C%_modules_good_la_LDFLAGS = $(host_modules_ldflags)
%C%_modules_greedy_la_SOURCES = %D%/modules/greedy.c
%C%_modules_greedy_la_LDFLAGS = $(host_modules_ldflags)
%C%_modules_mute_la_SOURCES = %D%/modules/mute.c
%C%_modules_mute_la_LDFLAGS = $(host_modules_ldflags)
%C%_modules_newer_minor_la_SOURCES = %D%/modules/newer_minor.c
%C%_modules_newer_minor_la_LDFLAGS = $(host_modules_ldflags)
%C%_modules_no_name_la_SOURCES = %D%/modules/no_name.c
%C%_modules_no_name_la_LDFLAGS = $(host_modules_ldflags)
%C%_modules_no_struct_la_SOURCES = %D%/modules/no_struct.c
%C%_modules_no_struct_la_LDFLAGS = $(host_modules_ldflags)
%C%_modules_no_symbol_la_SOURCES = %D%/modules/no_symbol.c
%C%_modules_no_symbol_la_LDFLAGS = $(host_modules_ldflags)
%C%_modules_no_version_la_SOURCES = %D%/modules/no_version.c
%C%_modules_no_version_la_LDFLAGS = $(host_modules_ldflags)
%C%_modules_older_la_SOURCES = %D%/modules/older.c
%C%_modules_older_la_LDFLAGS = $(host_modules_ldflags)
%C%_modules_other_major_la_SOURCES = %D%/modules/other_major.c
%C%_modules_other_major_la_LDFLAGS = $(host_modules_ldflags)
%C%_modules_plain_la_SOURCES = %D%/modules/plain.c
%C%_modules_plain_la_LDFLAGS = $(host_modules_ldflags)
%C%_modules_raw_la_SOURCES = %D%/modules/raw.c
%C%_modules_raw_la_LDFLAGS = $(host_modules_ldflags)
%C%_modules_too_short_la_SOURCES = %D%/modules/too_short.c
%C%_modules_too_short_la_LDFLAGS = $(host_modules_ldflags)
%C%_modules_wrong_magic_la_SOURCES = %D%/modules/wrong_magic.c
%C%_modules_wrong_magic_la_LDFLAGS = $(host_modules_ldflags)

# Modules are found by absolute path, so that a test can be run from anywhere.
host_cppflags = $(AM_CPPFLAGS) \
	-DTEST_MODULE_DIR='"$(abs_builddir)/%D%/modules/.libs"'
host_support = %D%/support.c %D%/support.h
host_ldadd = tests/unit/libharness.a src/host/libhost.a src/conf/libconf.a \
	src/proto/libproto.a src/base/libbase.a $(CONFIG_LIBS) \
	$(CRYPTO_LIBS) $(CHECK_LIBS)

%C%_test_loader_SOURCES = %D%/test_loader.c $(host_support)
%C%_test_loader_CPPFLAGS = $(host_cppflags)
%C%_test_loader_LDADD = $(host_ldadd)
%C%_test_object_SOURCES = %D%/test_object.c
%C%_test_object_CPPFLAGS = $(host_cppflags)
%C%_test_object_LDADD = $(host_ldadd)
%C%_test_registry_SOURCES = %D%/test_registry.c $(host_support) \
	tests/unit/proto/alloc_fail.c tests/unit/proto/alloc_fail.h
%C%_test_registry_CPPFLAGS = $(host_cppflags)
%C%_test_registry_LDADD = $(host_ldadd)
%C%_test_registry_LDFLAGS = $(fail_alloc_ldflags) -Wl,--wrap=strdup
%C%_test_settings_SOURCES = %D%/test_settings.c $(host_support)
%C%_test_settings_CPPFLAGS = $(host_cppflags)
%C%_test_settings_LDADD = $(host_ldadd)

unit_tests += %D%/test_loader %D%/test_object %D%/test_registry \
	%D%/test_settings

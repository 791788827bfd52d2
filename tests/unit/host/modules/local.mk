# Modules for the loader to take or to refuse. -rpath makes shared objects of
# them, though they are never installed.
unit_module_ldflags = $(AM_LDFLAGS) $(FRAMED_MODULE_LDFLAGS) \
	-module -avoid-version -shared -rpath /nowhere

check_LTLIBRARIES += \
	%D%/fickle.la \
	%D%/good.la \
	%D%/greedy.la \
	%D%/mute.la \
	%D%/newer_minor.la \
	%D%/no_name.la \
	%D%/no_struct.la \
	%D%/no_symbol.la \
	%D%/no_version.la \
	%D%/older.la \
	%D%/other_major.la \
	%D%/plain.la \
	%D%/too_short.la \
	%D%/wrong_magic.la

%C%_fickle_la_LDFLAGS = $(unit_module_ldflags)
%C%_good_la_LDFLAGS = $(unit_module_ldflags)
%C%_greedy_la_LDFLAGS = $(unit_module_ldflags)
%C%_mute_la_LDFLAGS = $(unit_module_ldflags)
%C%_newer_minor_la_LDFLAGS = $(unit_module_ldflags)
%C%_no_name_la_LDFLAGS = $(unit_module_ldflags)
%C%_no_struct_la_LDFLAGS = $(unit_module_ldflags)
%C%_no_symbol_la_LDFLAGS = $(unit_module_ldflags)
%C%_no_version_la_LDFLAGS = $(unit_module_ldflags)
%C%_older_la_LDFLAGS = $(unit_module_ldflags)
%C%_other_major_la_LDFLAGS = $(unit_module_ldflags)
%C%_plain_la_LDFLAGS = $(unit_module_ldflags)
%C%_too_short_la_LDFLAGS = $(unit_module_ldflags)
%C%_wrong_magic_la_LDFLAGS = $(unit_module_ldflags)

# Probes of single compiler and linker flags.
#
# Every flag of ours is tried on its own before it is used, so that an older
# or another compiler loses one flag and not the build. -Werror is on while
# probing: compilers only warn about what they do not know.

# _FRAMED_TRY(WORD, FLAG, COMPILE-OR-LINK, VARIABLE)
m4_define([_FRAMED_TRY],
[AS_VAR_PUSHDEF([answer], [framed_cv_$1_$2])dnl
AC_CACHE_CHECK([whether the $1 takes $2], [answer], [
	framed_user_cflags=$CFLAGS
	CFLAGS="$CFLAGS -Werror $2"
	$3([AC_LANG_PROGRAM([[#include <stdio.h>]], [[puts("");]])],
	    [AS_VAR_SET([answer], [yes])], [AS_VAR_SET([answer], [no])])
	CFLAGS=$framed_user_cflags])
AS_VAR_IF([answer], [yes], [AS_VAR_APPEND([$4], [" $2"])])
AS_VAR_POPDEF([answer])dnl
])

# FRAMED_COMPILER_FLAGS(VARIABLE, FLAGS): appends those the compiler takes.
AC_DEFUN([FRAMED_COMPILER_FLAGS],
[m4_foreach_w([framed_flag], [$2],
	[_FRAMED_TRY([compiler], m4_defn([framed_flag]),
		[AC_COMPILE_IFELSE], [$1])])])

# FRAMED_LINKER_FLAGS(VARIABLE, FLAGS): appends those a program links with.
AC_DEFUN([FRAMED_LINKER_FLAGS],
[m4_foreach_w([framed_flag], [$2],
	[_FRAMED_TRY([linker], m4_defn([framed_flag]),
		[AC_LINK_IFELSE], [$1])])])

# FRAMED_REQUIRE_FLAGS(FLAGS): compiles and links with FLAGS, which were asked
# for by name: without them there is no build. What others link with our archives
# needs them too: FRAMED_REQUIRED_FLAGS.
AC_DEFUN([FRAMED_REQUIRE_FLAGS],
[AC_MSG_CHECKING([whether programs build with $1])
framed_user_cflags=$CFLAGS
CFLAGS="$CFLAGS $1"
AC_LINK_IFELSE([AC_LANG_PROGRAM([[#include <stdio.h>]], [[puts("");]])],
	[AC_MSG_RESULT([yes])],
	[AC_MSG_RESULT([no])
	AC_MSG_ERROR([$CC cannot build with $1])])
CFLAGS=$framed_user_cflags
AS_VAR_APPEND([FRAMED_CFLAGS], [" $1"])
AS_VAR_APPEND([FRAMED_LDFLAGS], [" $1"])
AS_VAR_APPEND([FRAMED_REQUIRED_FLAGS], [" $1"])])

#!/bin/sh
# Each lint passes a clean tree and fails on a seeded fault: a lint that
# cannot fail is worth nothing.
#
# usage: selftest.sh
set -u
here=$(cd "$(dirname "$0")" && pwd)
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
failed=0

# The smallest tree that all lints accept.
plant()
{
	rm -rf "${tree:?}"/*
	mkdir -p "$tree/src/base" "$tree/src/proto" "$tree/src/framed" \
	    "$tree/src/core" "$tree/src/fake" "$tree/src/modules" "$tree/tests/unit" "$tree/scripts" \
	    "$tree/man" "$tree/.ci"
	cp "$here/../../.clang-format" "$tree/" 2>/dev/null
	printf '%s\n' '#ifndef FRAMED_BASE_GUARD_H' \
	    '#define FRAMED_BASE_GUARD_H' '' 'int guard(void);' '' \
	    '#endif' >"$tree/src/base/guard.h"
	printf '%s\n' '#ifndef FRAMED_PROTO_PARSE_H' \
	    '#define FRAMED_PROTO_PARSE_H' '' '#endif' \
	    >"$tree/src/proto/parse.h"
	printf '%s\n' '#include "base/guard.h"' >"$tree/src/base/guard.c"
	printf '%s\n' '#!/bin/sh' 'exit 0' >"$tree/scripts/run"
	printf '%s\n' '.Dd January 1, 2026' '.Dt FRAMED 8' '.Os' '.Sh NAME' \
	    '.Nm framed' '.Nd a server' '.Bl -column a b c d' \
	    '.It Li gone Ta info Ta 1001 Ta left' \
	    '.It Li refused Ta warn Ta 4xx, 5xx Ta not let in' '.El' \
	    >"$tree/man/framed.8"
	printf '%s\n' '#ifndef FRAMED_MODULE_H' '#define FRAMED_MODULE_H' '' \
	    '#define FRAMED_MODULE(x) extern int module' '' \
	    'struct framed_module {' '	unsigned size;' '	char *name;' \
	    '	void (*load)(void);' '};' '' 'static inline int' \
	    'framed_send(void)' '{' '	return 0;' '}' '' '#endif' \
	    >"$tree/src/framed/module.h"
	printf '%s\n' '#ifndef FRAMED_FAKE_H' '#define FRAMED_FAKE_H' '' \
	    '#include <framed/module.h>' '' 'int framed_fake_step(void);' '' \
	    '#endif' >"$tree/src/framed/fake.h"
	printf '%s\n' '.Dd January 1, 2026' '.Dt FRAMED-MODULE 3' '.Os' \
	    '.Sh NAME' '.Nm framed-module' '.Nd modules' '.Bl -tag -width Ds' \
	    '.It Fa size , name' 'Filled in.' \
	    '.It Ft void Fn (*load) void' 'Loads.' \
	    '.It Ft int Fn framed_send void' 'See' '.Fn framed_fake_step .' \
	    '.El' >"$tree/man/framed-module.3"
	printf '%s\n' '/* Every way. */' \
	    'CLOSE_REASON(GONE, 1001, LOCAL, INFO, "gone", "")' \
	    'CLOSE_REASON(REFUSED, 0, PEER, WARN,' '    "refused", "no, so")' \
	    >"$tree/src/core/close_reason.def"
}

# lines TEXT COUNT: prints TEXT that many times.
lines()
{
	i=0
	while [ $i -lt "$2" ]; do
		printf '%s\n' "$1"
		i=$((i + 1))
	done
}

# expect VERDICT LINT WHAT: runs one lint over the planted tree.
expect()
{
	sh "$here/$2.sh" "$tree" >"$tree/report" 2>&1
	case $1:$? in
	pass:0|fail:[!07]|fail:12[0-9]|*:77) ;;
	*)
		echo "$2: should $1 on $3"
		sed 's/^/    /' "$tree/report"
		failed=1
		;;
	esac
}

# seed LINT WHAT FILE LINES: adds the lines, from standard input, to FILE of a
# fresh tree; then the lint must fail.
seed()
{
	plant
	cat >>"$tree/$3"
	expect fail "$1" "$2"
}

seed_include()
{
	echo "#include $2" | seed layers "$2 in $1" "$1"
}

plant
for lint in layers size headers format scripts manuals reasons interface; do
	expect pass "$lint" "a clean tree"
done

seed_include src/base/guard.c '"proto/frame.h"'
seed_include src/base/guard.c '"guard.h"'
seed_include src/base/guard.c '<event2/event.h>'
seed_include src/base/guard.c '<libconfig.h>'
seed_include src/base/guard.c '<openssl/ssl.h>'
seed_include src/proto/frame.c '<zlib.h>'
seed_include src/proto/frame.c '<errno.h>'
seed_include src/proto/frame.c '<sys/socket.h>'
seed_include src/proto/frame.c '<openssl/evp.h>'
seed_include src/proto/frame.c '"base/log.h"'
seed_include src/proto/frame.c '<framed/module.h>'
seed_include src/modules/echo.c '"base/guard.h"'
seed_include src/modules/echo.c '<event2/event.h>'
seed_include src/modules/echo.c '<framed/fake.h>'
seed_include src/framed/module.h '"base/guard.h"'
seed_include src/fake/fake.c '"base/guard.h"'
seed_include src/fake/fake.c '<event2/event.h>'
echo 'now = time(NULL);' | seed layers 'a clock in proto' src/proto/frame.c

lines '/* filler */' 601 | seed size 'a long file' src/base/guard.c
{
	printf 'int\nguard(void)\n{\n'
	lines '	work();' 80
	printf '}\n'
} | seed size 'a long function' src/base/guard.c
{
	printf 'int\nguard(void)\n{\n'
	lines '	if (deep) {' 4
	lines '	}' 4
	printf '}\n'
} | seed size 'deep nesting' src/base/guard.c

echo 'size_t length(void);' |
	seed headers 'a header that needs another' src/proto/frame.h
printf '#ifndef GUARD_H\n#define GUARD_H\n#endif\n' |
	seed headers 'a guard of another name' src/proto/frame.h
echo 'extern int *class;' |
	seed headers 'a public header that is not C++' src/framed/module.h
echo 'int guard( void ) { return 1; }' |
	seed format 'another form' src/base/guard.c
# shellcheck disable=SC2016
echo 'rm -rf $1/*' | seed scripts 'an unquoted word' scripts/run
echo '.Foo bar' | seed manuals 'an unknown macro' man/framed.8

echo 'CLOSE_REASON(LOST, 1006, PEER, INFO, "lost", "")' |
	seed reasons 'a reason that is not told' src/core/close_reason.def
echo '.It Li lost Ta info Ta 1006 Ta cut' |
	seed reasons 'a reason that is none' man/framed.8
for change in s/gone/left/ s/1001/1002/ s/info/warn/; do
	plant
	sed "$change" "$tree/man/framed.8" >"$tree/altered"
	mv "$tree/altered" "$tree/man/framed.8"
	expect fail reasons "$change"
done

printf '%s\n' 'static inline int' 'framed_close(void)' '{' '}' |
	seed interface 'a call that is not described' src/framed/module.h
echo '.Fn framed_clsoe .' |
	seed interface 'a call that is none' man/framed-module.3
for change in 's/load/unload/' 's/name;/nom;/'; do
	plant
	sed "$change" "$tree/src/framed/module.h" >"$tree/altered"
	mv "$tree/altered" "$tree/src/framed/module.h"
	expect fail interface "$change"
done

exit $failed

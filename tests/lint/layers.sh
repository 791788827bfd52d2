#!/bin/sh
# Includes go down only: main -> admin -> core -> host, net -> conf -> proto
# -> base. Some libraries belong to one layer. Modules see the public header
# and libc, the host for their tests that of tests as well.
#
# usage: layers.sh [TREE]
set -eu
cd "${1:-${srcdir:-.}}"
failed=0

find src -name '*.[ch]' | sort |
xargs grep -Hn '^[[:blank:]]*#[[:blank:]]*include' | awk '
# What a folder may include, itself among it; "main.c" and "modcheck.c" are
# folders of their own.
BEGIN {
	may["base"] = "base"
	may["proto"] = "base proto"
	may["conf"] = "base proto conf"
	may["net"] = "base proto conf net"
	may["host"] = "base proto conf host framed"
	may["core"] = "base proto conf net host core framed"
	may["admin"] = "base proto conf net host core admin framed"
	may["bench"] = "base proto conf net bench"
	may["client"] = "base proto conf net host core client framed"
	may["main.c"] = "base proto conf net host core admin framed"
	may["modcheck.c"] = "base proto conf host framed"
	may["framed"] = "framed"
	may["fake"] = "fake framed"
	may["modules"] = "framed"

	libc = "^(assert|ctype|errno|float|inttypes|limits|math|pthread|" \
	    "signal|stdalign|stdarg|stdatomic|stdbool|stddef|stdint|stdio|" \
	    "stdlib|stdnoreturn|string|strings|threads|time|unistd)\\.h$"
	# <arpa/inet.h> and <time.h> may stay, for inet_pton() and gmtime_r():
	# text and numbers in, numbers out. Clocks are looked for below.
	impure = "^(sys/(socket|time|select|epoll)|netinet/.*|" \
	    "errno|pthread|unistd)\\.h$"
}

function complain(why) {
	printf "%s:%d: %s\n", file, line, why
	wrong = 1
}

function ours(name,    part) {
	if (split(name, part, "/") < 2)
		complain("\"" name "\" is included without its folder")
	else if (index(" " may[folder] " ", " " part[1] " ") == 0)
		complain(folder " must not include " part[1] "/")
	else if (folder == "modules")
		complain("modules include <framed/module.h>, with <>")
	else if (folder == "proto" && name ~ /^base\/(log|clock)\.h$/)
		complain("proto is pure: no " name)
}

function foreign(name) {
	if (name ~ /^event/ && folder != "net" &&
	    file !~ /^src\/core\/(server|watch|worker)\.c$/)
		complain("libevent stays in net, core/server.c, core/watch.c, core/worker.c")
	if (name == "openssl/ssl.h" && folder != "net")
		complain("TLS stays in net")
	if (name == "libconfig.h" && file != "src/conf/loader.h")
		complain("libconfig stays behind conf/loader.h")
	if (name ~ /^openssl\// && folder == "base")
		complain("base knows no OpenSSL")
	if (name ~ /^openssl\// && folder == "proto" &&
	    file !~ /^src\/proto\/(handshake|jwt)\.c$/)
		complain("proto takes digests in handshake.c and jwt.c only")
	if (name == "jansson.h" && file != "src/proto/jwt.c")
		complain("JSON is read in proto/jwt.c only")
	if (name ~ /^(zlib|libdeflate)\.h$/ && file !~ /^src\/proto\/deflate_/)
		complain("codecs stay in proto/deflate_*.c")
	if (name ~ impure && folder == "proto")
		complain("proto is pure: no <" name ">")
	if (name ~ /^framed\// && index(" " may[folder] " ", " framed ") == 0)
		complain(folder " must not include framed/")
	if ((folder == "modules" || folder == "framed" || folder == "fake") &&
	    name !~ libc && name != "framed/module.h" &&
	    (folder != "fake" || name != "framed/fake.h"))
		complain(folder " may include libc only, not <" name ">")
}

{
	split($0, part, ":")
	file = part[1]
	line = part[2]
	split(file, part, "/")
	folder = part[2]
	if (!(folder in may)) {
		complain("folder " folder " has no layer")
		next
	}
	name = $0
	sub(/^[^<"]*[<"]/, "", name)
	sub(/[>"].*/, "", name)
	if ($0 ~ /include[[:blank:]]*"/)
		ours(name)
	else
		foreign(name)
}

END { exit wrong }
' || failed=1

calls='(clock|clock_[a-z_]+|getrandom|gettimeofday|rand|random|entropy_fill|time)'
calls="$calls *\("
if grep -nE "(^|[^[:alnum:]_>.])$calls" src/proto/*.[ch]; then
	echo "proto is pure: time and randomness are arguments"
	failed=1
fi
exit $failed

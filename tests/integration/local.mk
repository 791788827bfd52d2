# The daemon against independent peers.
dist_check_SCRIPTS += %D%/check.tap
EXTRA_DIST += \
	%D%/browser.py \
	%D%/case.py \
	%D%/certificates.py \
	%D%/conformance.py \
	%D%/daemon.py \
	%D%/deflating.py \
	%D%/package-lock.json \
	%D%/package.json \
	%D%/peer.py \
	%D%/relay.py \
	%D%/run \
	%D%/server.py \
	%D%/test_answer.py \
	%D%/test_async.py \
	%D%/test_auth.py \
	%D%/test_bench.py \
	%D%/test_broadcast.py \
	%D%/test_browser.py \
	%D%/test_cat.py \
	%D%/test_config.py \
	%D%/test_conformance_close.py \
	%D%/test_conformance_deflate.py \
	%D%/test_conformance_framing.py \
	%D%/test_conformance_inflate.py \
	%D%/test_conformance_limits.py \
	%D%/test_conformance_offers.py \
	%D%/test_conformance_utf8.py \
	%D%/test_descriptors.py \
	%D%/test_drain.py \
	%D%/test_echo.py \
	%D%/test_forwarded.py \
	%D%/test_haproxy.py \
	%D%/test_inherited.py \
	%D%/test_limits.py \
	%D%/test_log.py \
	%D%/test_measures.py \
	%D%/test_nginx.py \
	%D%/test_origin.py \
	%D%/test_policies.py \
	%D%/test_proxy.py \
	%D%/test_raw.py \
	%D%/test_relay.py \
	%D%/test_reload.py \
	%D%/test_shutdown.py \
	%D%/test_slow.py \
	%D%/test_start.py \
	%D%/test_storage.py \
	%D%/test_threads.py \
	%D%/test_timers.py \
	%D%/test_tls.py \
	%D%/test_unix.py \
	%D%/test_upgrade.py \
	%D%/ws_client.mjs \
	%D%/ws_server.mjs
TESTS += %D%/check.tap

# Modules that do what no shipped one does. Strangers to the daemon, as those are.
integration_modules_ldflags = $(AM_LDFLAGS) $(FRAMED_MODULE_LDFLAGS) \
	-module -avoid-version -shared -rpath /nowhere

check_LTLIBRARIES += \
	%D%/modules/alarm.la \
	%D%/modules/edition-one.la \
	%D%/modules/edition-two.la \
	%D%/modules/facts.la \
	%D%/modules/farewell.la \
	%D%/modules/feed.la \
	%D%/modules/gate.la \
	%D%/modules/mirror.la \
	%D%/modules/parts.la \
	%D%/modules/reader.la \
	%D%/modules/relay.la \
	%D%/modules/stranger.la \
	%D%/modules/stuck.la \
	%D%/modules/tally.la
%C%_modules_alarm_la_SOURCES = %D%/modules/alarm.c
%C%_modules_alarm_la_CPPFLAGS = -I$(top_srcdir)/src
%C%_modules_alarm_la_LDFLAGS = $(integration_modules_ldflags)
%C%_modules_edition_one_la_SOURCES = %D%/modules/edition.c
%C%_modules_edition_one_la_CPPFLAGS = -I$(top_srcdir)/src -DEDITION='"one"'
%C%_modules_edition_one_la_LDFLAGS = $(integration_modules_ldflags)
%C%_modules_edition_two_la_SOURCES = %D%/modules/edition.c
%C%_modules_edition_two_la_CPPFLAGS = -I$(top_srcdir)/src -DEDITION='"two"'
%C%_modules_edition_two_la_LDFLAGS = $(integration_modules_ldflags)
%C%_modules_facts_la_SOURCES = %D%/modules/facts.c
%C%_modules_facts_la_CPPFLAGS = -I$(top_srcdir)/src
%C%_modules_facts_la_LDFLAGS = $(integration_modules_ldflags)
%C%_modules_farewell_la_SOURCES = %D%/modules/farewell.c
%C%_modules_farewell_la_CPPFLAGS = -I$(top_srcdir)/src
%C%_modules_farewell_la_LDFLAGS = $(integration_modules_ldflags)
%C%_modules_feed_la_SOURCES = %D%/modules/feed.c
%C%_modules_feed_la_CPPFLAGS = -I$(top_srcdir)/src
%C%_modules_feed_la_LDFLAGS = $(integration_modules_ldflags)
%C%_modules_gate_la_SOURCES = %D%/modules/gate.c
%C%_modules_gate_la_CPPFLAGS = -I$(top_srcdir)/src
%C%_modules_gate_la_LDFLAGS = $(integration_modules_ldflags)
%C%_modules_mirror_la_SOURCES = %D%/modules/mirror.c
%C%_modules_mirror_la_CPPFLAGS = -I$(top_srcdir)/src
%C%_modules_mirror_la_LDFLAGS = $(integration_modules_ldflags)
%C%_modules_parts_la_SOURCES = %D%/modules/parts.c
%C%_modules_parts_la_CPPFLAGS = -I$(top_srcdir)/src
%C%_modules_parts_la_LDFLAGS = $(integration_modules_ldflags)
%C%_modules_reader_la_SOURCES = %D%/modules/reader.c
%C%_modules_reader_la_CPPFLAGS = -I$(top_srcdir)/src
%C%_modules_reader_la_LDFLAGS = $(integration_modules_ldflags)
%C%_modules_relay_la_SOURCES = %D%/modules/relay.c
%C%_modules_relay_la_CPPFLAGS = -I$(top_srcdir)/src
%C%_modules_relay_la_LDFLAGS = $(integration_modules_ldflags)
%C%_modules_stranger_la_SOURCES = %D%/modules/stranger.c
%C%_modules_stranger_la_CPPFLAGS = -I$(top_srcdir)/src
%C%_modules_stranger_la_LDFLAGS = $(integration_modules_ldflags)
%C%_modules_stuck_la_SOURCES = %D%/modules/stuck.c
%C%_modules_stuck_la_CPPFLAGS = -I$(top_srcdir)/src
%C%_modules_stuck_la_LDFLAGS = $(integration_modules_ldflags)
%C%_modules_tally_la_SOURCES = %D%/modules/tally.c
%C%_modules_tally_la_CPPFLAGS = -I$(top_srcdir)/src
%C%_modules_tally_la_LDFLAGS = $(integration_modules_ldflags)

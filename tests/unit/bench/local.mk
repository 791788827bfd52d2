bench_ldadd = tests/unit/libharness.a src/bench/libbench.a src/net/libnet.a \
	src/conf/libconf.a src/proto/libproto.a src/base/libbase.a \
	$(CONFIG_LIBS) $(net_libs) $(proto_libs) $(CHECK_LIBS)

%C%_test_arguments_LDADD = $(bench_ldadd)
%C%_test_histogram_LDADD = $(bench_ldadd)
%C%_test_payloads_LDADD = $(bench_ldadd)
%C%_test_pieces_LDADD = $(bench_ldadd)

unit_tests += %D%/test_arguments %D%/test_histogram %D%/test_payloads \
	%D%/test_pieces

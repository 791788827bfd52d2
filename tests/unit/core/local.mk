# Sessions are tested on a bench: workers that the test turns by hand, peers on
# socket pairs, and a clock of the test's own in place of clock_now_ms().
core_ldadd = tests/unit/libharness.a src/core/libcore.a src/host/libhost.a \
	src/net/libnet.a src/conf/libconf.a src/proto/libproto.a \
	src/base/libbase.a $(CONFIG_LIBS) $(net_libs) $(proto_libs) \
	$(CHECK_LIBS)
core_random = tests/unit/proto/random.h
core_bench = %D%/peer.c %D%/support.c %D%/support.h \
	tests/unit/proto/opcode_name.h
# The bench with works that wait for the test.
core_gates = $(core_bench) %D%/gates.c %D%/gates.h
core_bench_ldflags = $(AM_LDFLAGS) -Wl,--wrap=clock_now_ms

%C%_test_addresses_SOURCES = %D%/test_addresses.c $(core_random)
%C%_test_addresses_LDADD = $(core_ldadd)
%C%_test_answer_SOURCES = %D%/test_answer.c $(core_bench)
%C%_test_answer_LDADD = $(core_ldadd)
%C%_test_answer_LDFLAGS = $(core_bench_ldflags)
%C%_test_api_post_SOURCES = %D%/test_api_post.c $(core_bench)
%C%_test_api_post_LDADD = $(core_ldadd)
%C%_test_api_post_LDFLAGS = $(core_bench_ldflags)
%C%_test_api_send_SOURCES = %D%/test_api_send.c $(core_bench)
%C%_test_api_send_LDADD = $(core_ldadd)
%C%_test_api_send_LDFLAGS = $(core_bench_ldflags)
%C%_test_api_worker_SOURCES = %D%/test_api_worker.c $(core_bench)
%C%_test_api_worker_LDADD = $(core_ldadd)
%C%_test_api_worker_LDFLAGS = $(core_bench_ldflags)
%C%_test_api_frame_SOURCES = %D%/test_api_frame.c $(core_bench)
%C%_test_api_frame_LDADD = $(core_ldadd)
%C%_test_api_frame_LDFLAGS = $(core_bench_ldflags)
%C%_test_api_tune_SOURCES = %D%/test_api_tune.c $(core_bench)
%C%_test_api_tune_LDADD = $(core_ldadd)
%C%_test_api_tune_LDFLAGS = $(core_bench_ldflags)
%C%_test_async_SOURCES = %D%/test_async.c $(core_gates) \
	tests/unit/proto/alloc_fail.c tests/unit/proto/alloc_fail.h
%C%_test_async_LDADD = $(core_ldadd)
%C%_test_async_LDFLAGS = $(fail_alloc_ldflags) -Wl,--wrap=clock_now_ms
%C%_test_api_request_SOURCES = %D%/test_api_request.c $(core_bench)
%C%_test_api_request_LDADD = $(core_ldadd)
%C%_test_api_request_LDFLAGS = $(core_bench_ldflags)
%C%_test_auth_SOURCES = %D%/test_auth.c \
	tests/unit/conf/text_file.c tests/unit/conf/text_file.h \
	tests/unit/proto/alloc_fail.c tests/unit/proto/alloc_fail.h \
	tests/unit/proto/head_sample.h
%C%_test_auth_LDADD = $(core_ldadd)
%C%_test_auth_LDFLAGS = $(fail_alloc_ldflags) -Wl,--wrap=strndup
%C%_test_call_SOURCES = %D%/test_call.c $(core_bench)
%C%_test_call_LDADD = $(core_ldadd)
%C%_test_call_LDFLAGS = $(core_bench_ldflags)
%C%_test_change_SOURCES = %D%/test_change.c $(core_bench) \
	tests/unit/proto/alloc_fail.c tests/unit/proto/alloc_fail.h
%C%_test_change_LDADD = $(core_ldadd)
%C%_test_change_LDFLAGS = $(fail_alloc_ldflags) -Wl,--wrap=clock_now_ms
%C%_test_close_reason_LDADD = $(core_ldadd)
%C%_test_deferred_SOURCES = %D%/test_deferred.c $(core_gates)
%C%_test_deferred_LDADD = $(core_ldadd)
%C%_test_deferred_LDFLAGS = $(core_bench_ldflags)
%C%_test_connect_SOURCES = %D%/test_connect.c $(core_bench)
%C%_test_connect_LDADD = $(core_ldadd)
%C%_test_connect_LDFLAGS = $(core_bench_ldflags)
%C%_test_age_SOURCES = %D%/test_age.c $(core_bench) \
	tests/unit/proto/alloc_fail.c tests/unit/proto/alloc_fail.h
%C%_test_age_LDADD = $(core_ldadd)
%C%_test_age_LDFLAGS = $(fail_alloc_ldflags) -Wl,--wrap=clock_now_ms
%C%_test_directory_LDADD = $(core_ldadd)
%C%_test_drain_SOURCES = %D%/test_drain.c $(core_bench) \
	tests/unit/proto/alloc_fail.c tests/unit/proto/alloc_fail.h
%C%_test_drain_LDADD = $(core_ldadd)
%C%_test_drain_LDFLAGS = $(fail_alloc_ldflags) -Wl,--wrap=clock_now_ms
%C%_test_stop_SOURCES = %D%/test_stop.c $(core_bench)
%C%_test_stop_LDADD = $(core_ldadd)
%C%_test_stop_LDFLAGS = $(core_bench_ldflags)
%C%_test_conflation_SOURCES = %D%/test_conflation.c $(core_random)
%C%_test_conflation_LDADD = $(core_ldadd)
%C%_test_host_api_SOURCES = %D%/test_host_api.c $(core_bench)
%C%_test_host_api_LDADD = $(core_ldadd)
%C%_test_host_api_LDFLAGS = $(core_bench_ldflags)
%C%_test_letter_SOURCES = %D%/test_letter.c $(core_bench)
%C%_test_letter_LDADD = $(core_ldadd)
%C%_test_letter_LDFLAGS = $(core_bench_ldflags)
%C%_test_keepalive_SOURCES = %D%/test_keepalive.c $(core_bench)
%C%_test_keepalive_LDADD = $(core_ldadd)
%C%_test_keepalive_LDFLAGS = $(core_bench_ldflags)
%C%_test_mailbox_LDADD = $(core_ldadd)
%C%_test_meter_SOURCES = %D%/test_meter.c $(core_bench)
%C%_test_meter_LDADD = $(core_ldadd)
%C%_test_meter_LDFLAGS = $(core_bench_ldflags)
%C%_test_no_memory_SOURCES = %D%/test_no_memory.c $(core_bench) $(core_random) \
	tests/unit/proto/alloc_fail.c tests/unit/proto/alloc_fail.h
%C%_test_no_memory_LDADD = $(core_ldadd)
%C%_test_no_memory_LDFLAGS = $(fail_alloc_ldflags) -Wl,--wrap=clock_now_ms
%C%_test_output_SOURCES = %D%/test_output.c $(core_bench) $(core_random)
%C%_test_output_LDADD = $(core_ldadd)
%C%_test_output_LDFLAGS = $(core_bench_ldflags)
%C%_test_output_policy_SOURCES = %D%/test_output_policy.c $(core_bench)
%C%_test_output_policy_LDADD = $(core_ldadd)
%C%_test_output_policy_LDFLAGS = $(core_bench_ldflags)
%C%_test_packet_LDADD = $(core_ldadd)
%C%_test_pmce_deflate_SOURCES = %D%/test_pmce_deflate.c $(core_bench) \
	tests/unit/proto/deflate_peer.c tests/unit/proto/deflate_peer.h \
	$(core_random)
%C%_test_pmce_deflate_LDADD = $(core_ldadd)
%C%_test_pmce_deflate_LDFLAGS = $(core_bench_ldflags) \
	-Wl,--wrap=deflate_encode
%C%_test_publication_SOURCES = %D%/test_publication.c $(core_bench)
%C%_test_pool_LDADD = $(core_ldadd)
%C%_test_publication_LDADD = $(core_ldadd)
%C%_test_publication_LDFLAGS = $(core_bench_ldflags)
%C%_test_queue_SOURCES = %D%/test_queue.c \
	tests/unit/proto/alloc_fail.c tests/unit/proto/alloc_fail.h
%C%_test_queue_LDADD = $(core_ldadd)
%C%_test_queue_LDFLAGS = $(fail_alloc_ldflags)
%C%_test_queue_model_SOURCES = %D%/test_queue_model.c $(core_random)
%C%_test_queue_model_LDADD = $(core_ldadd)
%C%_test_receipts_SOURCES = %D%/test_receipts.c $(core_bench)
%C%_test_receipts_LDADD = $(core_ldadd)
%C%_test_receipts_LDFLAGS = $(core_bench_ldflags)
%C%_test_seats_SOURCES = %D%/test_seats.c $(core_bench)
%C%_test_seats_LDADD = $(core_ldadd)
%C%_test_seats_LDFLAGS = $(core_bench_ldflags)
%C%_test_raw_SOURCES = %D%/test_raw.c $(core_bench)
%C%_test_raw_LDADD = $(core_ldadd)
%C%_test_raw_LDFLAGS = $(core_bench_ldflags)
%C%_test_request_LDADD = $(core_ldadd)
%C%_test_session_SOURCES = %D%/test_session.c $(core_bench)
%C%_test_session_LDADD = $(core_ldadd)
%C%_test_session_LDFLAGS = $(core_bench_ldflags)
%C%_test_session_end_SOURCES = %D%/test_session_end.c $(core_bench) \
	tests/unit/net/certificate.c tests/unit/net/certificate.h
%C%_test_session_end_LDADD = $(core_ldadd)
%C%_test_session_end_LDFLAGS = $(core_bench_ldflags)
%C%_test_session_id_SOURCES = %D%/test_session_id.c $(core_bench)
%C%_test_session_id_LDADD = $(core_ldadd)
%C%_test_session_id_LDFLAGS = $(core_bench_ldflags)
%C%_test_stage_closing_SOURCES = %D%/test_stage_closing.c $(core_bench)
%C%_test_stage_closing_LDADD = $(core_ldadd)
%C%_test_stage_closing_LDFLAGS = $(core_bench_ldflags)
%C%_test_stage_connect_SOURCES = %D%/test_stage_connect.c $(core_bench)
%C%_test_stage_connect_LDADD = $(core_ldadd)
%C%_test_stage_connect_LDFLAGS = $(core_bench_ldflags)
%C%_test_stage_open_SOURCES = %D%/test_stage_open.c $(core_bench)
%C%_test_stage_open_LDADD = $(core_ldadd)
%C%_test_stage_open_LDFLAGS = $(core_bench_ldflags)
%C%_test_stage_request_SOURCES = %D%/test_stage_request.c $(core_bench)
%C%_test_stage_request_LDADD = $(core_ldadd)
%C%_test_stage_request_LDFLAGS = $(core_bench_ldflags)
%C%_test_stage_upgrade_SOURCES = %D%/test_stage_upgrade.c $(core_bench)
%C%_test_stage_upgrade_LDADD = $(core_ldadd)
%C%_test_stage_upgrade_LDFLAGS = $(core_bench_ldflags)
%C%_test_table_LDADD = $(core_ldadd)
%C%_test_timers_SOURCES = %D%/test_timers.c $(core_bench) $(core_random) \
	tests/unit/proto/alloc_fail.c tests/unit/proto/alloc_fail.h
%C%_test_timers_LDADD = $(core_ldadd)
%C%_test_timers_LDFLAGS = $(fail_alloc_ldflags) -Wl,--wrap=clock_now_ms
%C%_test_topics_SOURCES = %D%/test_topics.c $(core_bench) $(core_random)
%C%_test_topics_LDADD = $(core_ldadd)
%C%_test_topics_LDFLAGS = $(core_bench_ldflags)
%C%_test_topics_model_SOURCES = %D%/test_topics_model.c $(core_bench) \
	$(core_random)
%C%_test_topics_model_LDADD = $(core_ldadd)
%C%_test_topics_model_LDFLAGS = $(core_bench_ldflags)
%C%_test_wheel_SOURCES = %D%/test_wheel.c $(core_random)
%C%_test_wheel_LDADD = $(core_ldadd)
%C%_test_worker_SOURCES = %D%/test_worker.c $(core_bench)
%C%_test_worker_LDADD = $(core_ldadd)
%C%_test_worker_LDFLAGS = $(core_bench_ldflags)

unit_tests += \
	%D%/test_addresses \
	%D%/test_answer \
	%D%/test_api_post \
	%D%/test_api_send \
	%D%/test_api_worker \
	%D%/test_api_frame \
	%D%/test_api_tune \
	%D%/test_async \
	%D%/test_auth \
	%D%/test_api_request \
	%D%/test_call \
	%D%/test_change \
	%D%/test_close_reason \
	%D%/test_conflation \
	%D%/test_deferred \
	%D%/test_connect \
	%D%/test_age \
	%D%/test_directory \
	%D%/test_drain \
	%D%/test_stop \
	%D%/test_host_api \
	%D%/test_letter \
	%D%/test_keepalive \
	%D%/test_mailbox \
	%D%/test_meter \
	%D%/test_no_memory \
	%D%/test_output \
	%D%/test_output_policy \
	%D%/test_packet \
	%D%/test_pmce_deflate \
	%D%/test_pool \
	%D%/test_publication \
	%D%/test_queue \
	%D%/test_queue_model \
	%D%/test_receipts \
	%D%/test_seats \
	%D%/test_raw \
	%D%/test_request \
	%D%/test_session \
	%D%/test_session_end \
	%D%/test_session_id \
	%D%/test_stage_closing \
	%D%/test_stage_connect \
	%D%/test_stage_open \
	%D%/test_stage_request \
	%D%/test_stage_upgrade \
	%D%/test_table \
	%D%/test_timers \
	%D%/test_topics \
	%D%/test_topics_model \
	%D%/test_wheel \
	%D%/test_worker

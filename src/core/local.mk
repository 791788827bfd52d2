noinst_LIBRARIES += %D%/libcore.a
%C%_libcore_a_SOURCES = \
	%D%/close_reason.c \
	%D%/close_reason.def \
	%D%/close_reason.h \
	%D%/driver.c \
	%D%/driver.h \
	%D%/host_api.c \
	%D%/host_api.h \
	%D%/mailbox.c \
	%D%/mailbox.h \
	%D%/output.c \
	%D%/output.h \
	%D%/packet.c \
	%D%/packet.h \
	%D%/privileges.c \
	%D%/privileges.h \
	%D%/queue.c \
	%D%/queue.h \
	%D%/server.c \
	%D%/server.h \
	%D%/session.c \
	%D%/session.h \
	%D%/stage_closing.c \
	%D%/stage_open.c \
	%D%/stage_request.c \
	%D%/stages.h \
	%D%/stats.h \
	%D%/table.c \
	%D%/table.h \
	%D%/topics.c \
	%D%/topics.h \
	%D%/wheel.c \
	%D%/wheel.h \
	%D%/worker.c \
	%D%/worker.h

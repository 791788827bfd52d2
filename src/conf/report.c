#include "conf/report.h"

enum { COMPLAINTS_MAX = 100 }; /* written; nobody reads more */

void
conf_complain_args(struct conf_report *report, const char *file, unsigned line,
    const char *format, va_list args)
{
	if (report->count++ >= COMPLAINTS_MAX) {
		if (report->count == COMPLAINTS_MAX + 1)
			fputs("framed: more is wrong, but not told here\n",
			    report->stream);
		return;
	}
	fprintf(report->stream, "framed: %s:", file);
	if (line > 0)
		fprintf(report->stream, "%u:", line);
	fputc(' ', report->stream);
	vfprintf(report->stream, format, args);
	fputc('\n', report->stream);
}

void
conf_complain(struct conf_report *report, const char *file, unsigned line,
    const char *format, ...)
{
	va_list args;

	va_start(args, format);
	conf_complain_args(report, file, line, format, args);
	va_end(args);
}

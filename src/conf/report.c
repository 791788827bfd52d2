#include "conf/report.h"

void
conf_complain_args(struct conf_report *report, const char *file, unsigned line,
    const char *format, va_list args)
{
	fprintf(report->stream, "framed: %s:", file);
	if (line > 0)
		fprintf(report->stream, "%u:", line);
	fputc(' ', report->stream);
	vfprintf(report->stream, format, args);
	fputc('\n', report->stream);
	report->count++;
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

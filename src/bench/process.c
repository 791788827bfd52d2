#include "bench/process.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

enum { PATH_SIZE = 320 };

/* The first number in a file. */
static int
read_first(const char *path, uint64_t *number_out)
{
	FILE *file = fopen(path, "re");
	int fields;

	if (file == NULL)
		return -1;
	fields = fscanf(file, "%" SCNu64, number_out);
	fclose(file);
	if (fields != 1)
		errno = EINVAL;
	return fields == 1 ? 0 : -1;
}

/* The first number of schedstat is the time on a processor. */
int
process_cpu_ns(pid_t pid, uint64_t *ns_out)
{
	const struct dirent *entry;
	char path[PATH_SIZE];
	uint64_t ns;
	DIR *threads;

	*ns_out = 0;
	snprintf(path, sizeof(path), "/proc/%ld/task", (long)pid);
	threads = opendir(path);
	if (threads == NULL)
		return -1;
	while ((entry = readdir(threads)) != NULL) {
		snprintf(path, sizeof(path), "/proc/%ld/task/%s/schedstat",
		    (long)pid, entry->d_name);
		/* a thread may just have ended */
		if (entry->d_name[0] != '.' && read_first(path, &ns) == 0)
			*ns_out += ns;
	}
	closedir(threads);
	return 0;
}

int
process_resident_bytes(pid_t pid, uint64_t *bytes_out)
{
	char path[PATH_SIZE], line[128];
	uint64_t kib = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%ld/smaps_rollup", (long)pid);
	file = fopen(path, "re");
	if (file == NULL)
		return -1;
	while (fgets(line, sizeof(line), file) != NULL)
		if (sscanf(line, "Rss: %" SCNu64, &kib) == 1)
			break;
	fclose(file);
	*bytes_out = kib << 10;
	return 0;
}

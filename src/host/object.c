/*
 * Judges files before dlopen(). Mistakes are looked for, not malice: who can
 * write the file can run code in this process anyway.
 */
#include "host/object.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The ELF header of this very program, which the linker tells. */
extern const ElfW(Ehdr) __ehdr_start __attribute__((visibility("hidden")));

/* A file on its way to dlopen(). */
struct object {
	const char *path;
	int fd;
	uint64_t bytes; /* of the file */
	char *error;
	size_t size; /* of error */
};

static int PRINTF(2, 3)
    object_refuse(const struct object *object, const char *format, ...)
{
	char why[128];
	va_list args;

	va_start(args, format);
	vsnprintf(why, sizeof(why), format, args);
	va_end(args);
	snprintf(object->error, object->size, "%s: %s", object->path, why);
	return -1;
}

/* NONBLOCK: nobody need write to a FIFO. */
static int
object_open_file(struct object *object)
{
	struct stat status;

	object->fd = open(object->path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (object->fd == -1 || fstat(object->fd, &status) == -1)
		return object_refuse(object, "%s", strerror(errno));
	if (!S_ISREG(status.st_mode))
		return object_refuse(object, "is not a regular file");
	object->bytes = (uint64_t)status.st_size;
	return 0;
}

static int
object_judge_machine(const struct object *object, const ElfW(Ehdr) * header)
{
	const ElfW(Ehdr) *own = &__ehdr_start;

	if (header->e_ident[EI_CLASS] != own->e_ident[EI_CLASS] ||
	    header->e_ident[EI_DATA] != own->e_ident[EI_DATA] ||
	    header->e_machine != own->e_machine ||
	    header->e_phentsize != own->e_phentsize)
		return object_refuse(object,
		    "is for another machine: ELF class %u, data %u, machine "
		    "%u; this host has %u, %u, %u",
		    header->e_ident[EI_CLASS], header->e_ident[EI_DATA],
		    header->e_machine, own->e_ident[EI_CLASS],
		    own->e_ident[EI_DATA], own->e_machine);
	return 0;
}

/* Every byte that the linker will map must be there: touching one that is not
 * is a SIGBUS. */
static int
object_judge_segments(const struct object *object, const ElfW(Ehdr) * header)
{
	ElfW(Phdr) segment;

	for (unsigned i = 0; i < header->e_phnum; i++) {
		uint64_t at = header->e_phoff + i * sizeof(segment);

		if (pread(object->fd, &segment, sizeof(segment), (off_t)at) !=
		    sizeof(segment))
			return object_refuse(object, "was cut in its headers");
		if (segment.p_type != PT_LOAD ||
		    (segment.p_offset <= object->bytes &&
		        segment.p_filesz <= object->bytes - segment.p_offset))
			continue;
		return object_refuse(object,
		    "was cut: a segment has %llu bytes from byte %llu, the "
		    "file has %llu in all",
		    (unsigned long long)segment.p_filesz,
		    (unsigned long long)segment.p_offset,
		    (unsigned long long)object->bytes);
	}
	return 0;
}

static int
object_judge(struct object *object)
{
	ElfW(Ehdr) header;

	if (object_open_file(object) == -1)
		return -1;
	if (pread(object->fd, &header, sizeof(header), 0) != sizeof(header) ||
	    memcmp(header.e_ident, ELFMAG, SELFMAG) != 0)
		return object_refuse(object, "is not a shared object");
	if (object_judge_machine(object, &header) == -1)
		return -1;
	return object_judge_segments(object, &header);
}

void *
object_open(const char *path, char *error, size_t size)
{
	struct object object = {
	    .path = path, .fd = -1, .error = error, .size = size};
	void *handle = NULL;
	int verdict;

	assert(strchr(path, '/') != NULL);
	verdict = object_judge(&object);
	if (object.fd != -1)
		close(object.fd);
	if (verdict == -1)
		return NULL;
	/* NOW: a missing symbol shows at start, not in the middle of a
	 * session. LOCAL: modules do not see each other's symbols. */
	handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	if (handle == NULL)
		snprintf(error, size, "%s", dlerror());
	return handle;
}

/*
 * Judges files before dlopen(). Mistakes are looked for, not malice: who can
 * write the file can run code in this process anyway.
 */
#include "host/object.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <link.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

/* The ELF header of this very program, which the linker tells. */
extern const ElfW(Ehdr) __ehdr_start __attribute__((visibility("hidden")));

/* Of Linux 6.3; older ones need no word for it. */
#ifndef MFD_EXEC
#define MFD_EXEC 0x0010U
#endif

/* A file on its way to dlopen(). */
struct file {
	const char *path;
	int fd;         /* a copy of it */
	uint64_t bytes; /* of both */
	char *error;
	size_t size; /* of error */
};

static int PRINTF(2, 3)
    file_refuse(const struct file *file, const char *format, ...)
{
	char why[128];
	va_list args;

	va_start(args, format);
	vsnprintf(why, sizeof(why), format, args);
	va_end(args);
	snprintf(file->error, file->size, "%s: %s", file->path, why);
	return -1;
}

/* An empty file in memory that may be executed. Debuggers show its name. */
static int
memory_open(const char *path)
{
	const unsigned flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
	char name[64];
	int fd;

	snprintf(name, sizeof(name), "%s", strrchr(path, '/') + 1);
	fd = memfd_create(name, flags | MFD_EXEC);
	return fd == -1 && errno == EINVAL ? memfd_create(name, flags) : fd;
}

/* Copies all of the file, which may be cut or written to meanwhile: what is
 * judged is the copy. Returns 0, or -1 with errno. */
static int
copy(int from, int to)
{
	ssize_t sent;

	do
		sent = sendfile(to, from, NULL, INT_MAX);
	while (sent > 0 || (sent == -1 && errno == EINTR));
	return sent == 0
	    ? fcntl(to, F_ADD_SEALS,
	          F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL)
	    : -1;
}

/* Copies a file that is open. */
static int
file_copy(struct file *file, int from)
{
	struct stat status;

	if (fstat(from, &status) == -1)
		return file_refuse(file, "%s", strerror(errno));
	if (!S_ISREG(status.st_mode))
		return file_refuse(file, "is not a regular file");
	file->fd = memory_open(file->path);
	if (file->fd == -1 || copy(from, file->fd) == -1 ||
	    fstat(file->fd, &status) == -1)
		return file_refuse(
		    file, "cannot be copied to memory: %s", strerror(errno));
	file->bytes = (uint64_t)status.st_size;
	return 0;
}

/* NONBLOCK: nobody need write to a FIFO. */
static int
file_open(struct file *file)
{
	int from = open(file->path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	int result;

	if (from == -1)
		return file_refuse(file, "%s", strerror(errno));
	result = file_copy(file, from);
	close(from);
	return result;
}

static int
file_judge_machine(const struct file *file, const ElfW(Ehdr) * header)
{
	const ElfW(Ehdr) *own = &__ehdr_start;

	if (header->e_ident[EI_CLASS] != own->e_ident[EI_CLASS] ||
	    header->e_ident[EI_DATA] != own->e_ident[EI_DATA] ||
	    header->e_machine != own->e_machine ||
	    header->e_phentsize != own->e_phentsize)
		return file_refuse(file,
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
file_judge_segments(const struct file *file, const ElfW(Ehdr) * header)
{
	ElfW(Phdr) segment;

	for (unsigned i = 0; i < header->e_phnum; i++) {
		uint64_t at = header->e_phoff + i * sizeof(segment);

		if (pread(file->fd, &segment, sizeof(segment), (off_t)at) !=
		    sizeof(segment))
			return file_refuse(file, "was cut in its headers");
		if (segment.p_type != PT_LOAD ||
		    (segment.p_offset <= file->bytes &&
		        segment.p_filesz <= file->bytes - segment.p_offset))
			continue;
		return file_refuse(file,
		    "was cut: a segment has %llu bytes from byte %llu, the "
		    "file has %llu in all",
		    (unsigned long long)segment.p_filesz,
		    (unsigned long long)segment.p_offset,
		    (unsigned long long)file->bytes);
	}
	return 0;
}

static int
file_judge(const struct file *file)
{
	ElfW(Ehdr) header;

	if (pread(file->fd, &header, sizeof(header), 0) != sizeof(header) ||
	    memcmp(header.e_ident, ELFMAG, SELFMAG) != 0)
		return file_refuse(file, "is not a shared object");
	if (file_judge_machine(file, &header) == -1)
		return -1;
	return file_judge_segments(file, &header);
}

/* Says what the linker said, with the name of the file for that of the copy. */
static void
file_explain(const struct file *file, const char *name, const char *why)
{
	size_t length = strlen(name);

	if (strncmp(why, name, length) == 0 && why[length] == ':')
		snprintf(
		    file->error, file->size, "%s%s", file->path, why + length);
	else
		snprintf(file->error, file->size, "%s: %s", file->path, why);
}

static int
file_link(const struct file *file, struct object *object)
{
	char name[64];

	/* by the number of the process, debuggers find it too */
	snprintf(name, sizeof(name), "/proc/%d/fd/%d", (int)getpid(), file->fd);
	/* NOW: a missing symbol shows at start, not in the middle of a
	 * session. LOCAL: modules do not see each other's symbols. */
	object->handle = dlopen(name, RTLD_NOW | RTLD_LOCAL);
	if (object->handle == NULL) {
		file_explain(file, name, dlerror());
		return -1;
	}
	object->fd = file->fd;
	return 0;
}

int
object_open(struct object *object, const char *path, char *error, size_t size)
{
	struct file file = {
	    .path = path, .fd = -1, .error = error, .size = size};

	assert(strchr(path, '/') != NULL);
	*object = (struct object){.fd = -1};
	if (file_open(&file) == 0 && file_judge(&file) == 0 &&
	    file_link(&file, object) == 0)
		return 0;
	if (file.fd != -1)
		close(file.fd);
	return -1;
}

void
object_close(struct object *object)
{
	if (object->handle != NULL)
		dlclose(object->handle);
	if (object->fd != -1)
		close(object->fd);
	*object = (struct object){.fd = -1};
}

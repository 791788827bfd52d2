/*
 * How fast each engine of masking and of UTF-8 works on this processor, in
 * gigabytes a second: memory that was just touched, as what was just received.
 *
 * usage: vectors
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "proto/mask_engine.h"
#include "proto/utf8_engine.h"

enum {
	ROUNDS = 15,            /* the fastest counts: the rest was disturbed */
	ROUND_BYTES = 32 << 20, /* worked on in a round */
	SIZE_MAX_BYTES = 1 << 20 /* of a payload */
};

static const size_t sizes[] = {64, 1 << 10, 16 << 10, 64 << 10, 1 << 20};

struct text {
	const char *name;
	const char *unit; /* repeated */
};

static const struct text texts[] = {
    {"ascii", "The quick brown fox jumps over the lazy dog. "},
    {"latin",
        "Falsches \xc3\x9c"
        "ben von Xylophonmusik qu\xc3\xa4lt jeden "},
    {"cyrillic", "\xd0\xa1\xd1\x8a\xd0\xb5\xd1\x88\xd1\x8c \xd0\xb5\xd1\x89 "},
    {"cjk", "\xe6\x96\x87\xe5\xad\x97\xe5\x8c\x96\xe3\x81\x91"},
    {"emoji", "\xf0\x9f\x98\x80\xf0\x9f\x9a\x80"},
    {"mixed",
        "Gr\xc3\xbc\xc3\x9f "
        "\xe4\xbd\xa0\xe5\xa5\xbd \xd0\x9f\xd1\x80 \xf0\x9f\x98\x80 "},
};

/* One call of what is measured. */
struct work {
	mask_fn *mask; /* NULL: no masking */
	utf8_fn *utf8; /* NULL: no check */
	uint8_t *data;
	size_t size;
};

static uint64_t
now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static void
run(const struct work *work)
{
	struct utf8 utf8 = {0};

	if (work->mask != NULL)
		work->mask(work->data, work->data, work->size, 0);
	if (work->utf8 != NULL &&
	    !work->utf8(&utf8, (struct span){work->data, work->size}))
		errx(1, "the text is bad");
}

static double
gigabytes_per_second(const struct work *work)
{
	size_t calls = ROUND_BYTES / work->size;
	uint64_t best = UINT64_MAX;

	for (int round = 0; round < ROUNDS; round++) {
		uint64_t start = now_ns(), taken;

		for (size_t i = 0; i < calls; i++)
			run(work);
		taken = now_ns() - start;
		if (taken < best)
			best = taken;
	}
	return (double)(calls * work->size) / (double)best;
}

static void
print_row(const char *engine, const char *what, struct work work)
{
	printf("%-10s%-10s", engine, what);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		work.size = sizes[i];
		printf("%9.2f", gigabytes_per_second(&work));
	}
	printf("\n");
}

static void
fill(uint8_t *data, const char *unit)
{
	size_t length = strlen(unit), at = 0;

	for (; SIZE_MAX_BYTES - at >= length; at += length)
		memcpy(data + at, unit, length);
	memset(data + at, ' ', SIZE_MAX_BYTES - at);
}

/* Sizes cut the text within characters, which is no fault. */
int
main(void)
{
	uint8_t *data = malloc(SIZE_MAX_BYTES);

	if (data == NULL)
		err(1, NULL);
	printf("%-20s%9s%9s%9s%9s%9s\n", "GB/s of payloads of", "64 B", "1 KiB",
	    "16 KiB", "64 KiB", "1 MiB");
	fill(data, texts[0].unit);
	for (const struct mask_engine *mask = mask_engines; mask->name; mask++)
		if (mask->is_usable())
			print_row(mask->name, "mask",
			    (struct work){mask->run, NULL, data, 0});
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		fill(data, texts[i].unit);
		for (const struct utf8_engine *utf8 = utf8_engines; utf8->name;
		     utf8++)
			if (utf8->is_usable())
				print_row(utf8->name, texts[i].name,
				    (struct work){NULL, utf8->run, data, 0});
	}
	free(data);
	return 0;
}

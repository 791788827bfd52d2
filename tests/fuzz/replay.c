/*
 * The main() of a fuzz target where the compiler cannot fuzz: every file of
 * the corpus goes through the target once. Inputs that crashed it in the past
 * live there, so this is a regression test.
 *
 * usage: fuzz_NAME [FILE...]; without arguments all of
 * $srcdir/tests/fuzz/corpus/NAME. Reports in TAP.
 */
#include <glob.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_PATH_BYTES = 4096, MAX_INPUT_BYTES = 1 << 20 };

/* The target; libFuzzer's name for it. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Returns 0, or -1 when the file cannot be read whole. */
static int
replay(const char *file)
{
	FILE *stream = fopen(file, "rb");
	uint8_t *data = malloc(MAX_INPUT_BYTES);
	uint8_t *exact = NULL;
	size_t size;
	int rc = -1;

	if (stream == NULL || data == NULL)
		goto fail;
	size = fread(data, 1, MAX_INPUT_BYTES, stream);
	if (ferror(stream) || size == MAX_INPUT_BYTES)
		goto fail;

	/* A block of the input's own size lets sanitizers see its end. */
	exact = malloc(size > 0 ? size : 1);
	if (exact == NULL)
		goto fail;
	memcpy(exact, data, size);
	LLVMFuzzerTestOneInput(exact, size);
	rc = 0;
fail:
	free(exact);
	free(data);
	if (stream != NULL)
		fclose(stream);
	return rc;
}

/* Returns how many of the files could not be read. */
static size_t
replay_all(size_t count, char *const *files)
{
	size_t unread = 0;

	for (size_t i = 0; i < count; i++) {
		int rc = replay(files[i]);

		printf("%s %zu - %s\n", rc == 0 ? "ok" : "not ok", i + 1,
		    files[i]);
		fflush(stdout);
		unread += rc != 0;
	}
	printf("1..%zu\n", count);
	return unread;
}

/* Finds the corpus by the name of the program. An empty one is a failure: it
 * would test nothing. */
static size_t
replay_corpus(const char *program)
{
	const char *base = strrchr(program, '/');
	const char *name = strstr(base == NULL ? program : base, "fuzz_");
	const char *srcdir = getenv("srcdir");
	char pattern[MAX_PATH_BYTES];
	glob_t found;
	size_t unread;

	if (name == NULL)
		return 1;
	snprintf(pattern, sizeof(pattern), "%s/tests/fuzz/corpus/%s/*",
	    srcdir == NULL ? "." : srcdir, name + strlen("fuzz_"));
	if (glob(pattern, 0, NULL, &found) != 0) {
		fprintf(stderr, "%s: no files match %s\n", program, pattern);
		return 1;
	}
	unread = replay_all(found.gl_pathc, found.gl_pathv);
	globfree(&found);
	return unread;
}

int
main(int argc, char **argv)
{
	size_t unread = argc > 1 ? replay_all((size_t)argc - 1, argv + 1)
	                         : replay_corpus(argv[0]);

	return unread == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

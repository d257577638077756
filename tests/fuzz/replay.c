/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Runs a target without libFuzzer: over every file of its corpus, and over a fixed number of
 * mutations of them, the same ones each time. Usage: TARGET DIRECTORY MUTATIONS
 */

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "fuzz.h"

#define INPUT_MAX_BYTES ((size_t)1 << 16)
#define INPUTS_MAX      1024

struct input {
	uint8_t *bytes;
	size_t size;
};

static struct input inputs[INPUTS_MAX];
static size_t input_count;

/* xorshift64: what a test tries must not depend on the C library. */
static uint64_t state = 0x9e3779b97f4a7c15;

static size_t below(size_t bound)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return bound ? (size_t)(state % bound) : 0;
}

static void read_input(const char *directory, const char *name)
{
	static uint8_t buffer[INPUT_MAX_BYTES];
	char path[PATH_MAX];
	struct input *input = &inputs[input_count];
	ssize_t got;
	int fd;

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	ensure(fd >= 0 && input_count < INPUTS_MAX);
	got = read(fd, buffer, sizeof(buffer));
	ensure(got >= 0 && (size_t)got < sizeof(buffer));
	close(fd);
	input->size = (size_t)got;
	input->bytes = malloc(input->size + 1);
	ensure(input->bytes);
	memcpy(input->bytes, buffer, input->size);
	input_count++;
}

static int by_content(const void *a, const void *b)
{
	const struct input *left = a, *right = b;
	size_t common = left->size < right->size ? left->size : right->size;
	int order = memcmp(left->bytes, right->bytes, common);

	return order ? order : (left->size > right->size) - (left->size < right->size);
}

static void read_corpus(const char *path)
{
	DIR *directory = opendir(path);
	struct dirent *entry;

	ensure(directory);
	while ((entry = readdir(directory)))
		if (entry->d_name[0] != '.')
			read_input(path, entry->d_name);
	closedir(directory);
	ensure(input_count > 0);
	/* In an order that does not depend on the file system either. */
	qsort(inputs, input_count, sizeof(inputs[0]), by_content);
}

/* --- mutations -------------------------------------------------------------------------- */

static size_t change(uint8_t *bytes, size_t size)
{
	static const uint8_t odd[] = {0x00, 0x01, 0x7f, 0x80, 0xff, '\n', '"', 0x1b};
	size_t at = below(size), length = below(16);
	const struct input *other = &inputs[below(input_count)];

	switch (below(7)) {
	case 0:
		bytes[at] ^= (uint8_t)(1 << below(8));
		break;
	case 1:
		bytes[at] = odd[below(sizeof(odd))];
		break;
	case 2:
		bytes[at] = (uint8_t)below(256);
		break;
	case 3:
		size = at; /* cut */
		break;
	case 4: /* a part is gone */
		length = length < size - at ? length : size - at;
		memmove(bytes + at, bytes + at + length, size - at - length);
		size -= length;
		break;
	case 5: /* a part is there twice */
		length = length < size - at ? length : size - at;
		if (size + length > INPUT_MAX_BYTES)
			break;
		memmove(bytes + at + length, bytes + at, size - at);
		size += length;
		break;
	default: /* the end of another one */
		if (at < other->size) {
			memcpy(bytes + at, other->bytes + at, other->size - at);
			size = other->size;
		}
	}
	return size;
}

/* In memory of its exact size, so that a sanitizer sees a read behind it. */
static void try_bytes(const uint8_t *bytes, size_t size)
{
	uint8_t *exact = malloc(size ? size : 1);

	ensure(exact);
	memcpy(exact, bytes, size);
	LLVMFuzzerTestOneInput(exact, size);
	free(exact);
}

static void try_mutation(void)
{
	static uint8_t bytes[INPUT_MAX_BYTES];
	const struct input *from = &inputs[below(input_count)];
	size_t size = from->size;

	memcpy(bytes, from->bytes, size);
	for (size_t changes = 1 + below(4); changes > 0 && size > 0; changes--)
		size = change(bytes, size);
	try_bytes(bytes, size);
}

int main(int argc, char **argv)
{
	long mutations = argc == 3 ? strtol(argv[2], NULL, 10) : -1;

	if (mutations < 0) {
		fprintf(stderr, "usage: %s DIRECTORY MUTATIONS\n", argv[0]);
		return 2;
	}
	read_corpus(argv[1]);
	for (size_t i = 0; i < input_count; i++)
		try_bytes(inputs[i].bytes, inputs[i].size);
	for (long i = 0; i < mutations; i++)
		try_mutation();
	fprintf(stderr, "%zu files, %ld mutations\n", input_count, mutations);
	for (size_t i = 0; i < input_count; i++)
		free(inputs[i].bytes);
	return 0;
}

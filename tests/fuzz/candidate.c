/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Candidate files: decompressed and parsed here, where a sanitizer sees it. What comes out must go
 * through JSON unharmed, for so it leaves the child that does this in the program.
 */

#include <json-c/json.h>
#include <string.h>

#include "../../src/sys/compress.h"
#include "../../src/sys/image.h"
#include "fuzz.h"

static void ensure_round_trip(const struct ds_image *image)
{
	struct json_object *json = ds_record_to_json(&ds_image_record, image);
	const char *text = json_object_to_json_string_ext(json, JSON_C_TO_STRING_PLAIN);
	struct json_object *back = json_tokener_parse(text);
	struct ds_image copy = {0};
	struct ds_error error = {0};

	ensure(ds_record_from_json(&ds_image_record, back, &copy, &error) == 0);
	ensure(ds_record_equal(&ds_image_record, image, &copy));
	ds_record_done(&ds_image_record, &copy);
	json_object_put(back);
	json_object_put(json);
}

static void parse(const struct sys_blob *blob)
{
	struct ds_image image = {0};
	struct ds_error error = {0};

	ensure(sys_image_parse(blob, &image, &error) == 0);
	ensure(image.fault >= 0 && image.fault < DS_IMAGE_FAULT_COUNT);
	ensure_round_trip(&image);
	ds_record_done(&ds_image_record, &image);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct sys_blob stored = {0}, image = {0};
	struct ds_error error = {0};
	/* A page behind the end of a file reads as zeroes; memory of its own size does not. */
	const struct sys_blob exact = {.fd = -1, .bytes = bytes, .size = size};

	if (sys_compression_of(&exact) == DS_COMPRESSION_NONE) {
		parse(&exact);
		return 0;
	}
	ensure(sys_blob_create(&stored, &error) == 0);
	ensure(sys_blob_write(&stored, bytes, size, &error) == 0);
	ensure(sys_blob_seal(&stored, &error) == 0);
	if (sys_decompress(&stored, &image, &error) == 0) {
		parse(&image);
		sys_blob_done(&image);
	} else {
		ensure(error.text[0]);
	}
	sys_blob_done(&stored);
	return 0;
}

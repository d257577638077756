/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Module files through libelf: where the parts are, and whether the whole is one. */

#include "image.h"

#include <errno.h>
#include <gelf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "image_parts.h"

void image_set(struct parser *parser, char **member, const char *text)
{
	if (ds_string_set(member, text) < 0)
		parser->is_out_of_memory = true;
}

/* --- sections --------------------------------------------------------------------------- */

Elf_Scn *image_section(const struct parser *parser, const char *wanted)
{
	Elf_Scn *section = NULL;

	while ((section = elf_nextscn(parser->elf, section))) {
		GElf_Shdr header;
		const char *name =
			gelf_getshdr(section, &header)
				? elf_strptr(parser->elf, parser->name_strings, header.sh_name)
				: NULL;

		if (name && strcmp(name, wanted) == 0)
			return section;
	}
	return NULL;
}

Elf_Data *image_section_data(const struct parser *parser, const char *name)
{
	Elf_Scn *section = image_section(parser, name);
	Elf_Data *data = section ? elf_rawdata(section, NULL) : NULL;

	return data && data->d_buf ? data : NULL;
}

/* --- build-id --------------------------------------------------------------------------- */

#define NOTE_HEADER_BYTES 12
#define NOTE_GNU_BUILD_ID 3

static size_t note_pad(uint32_t bytes)
{
	return ((size_t)bytes + 3) & ~(size_t)3;
}

static char *hex(const unsigned char *bytes, size_t count)
{
	char *text = malloc(count * 2 + 1);

	for (size_t i = 0; text && i < count; i++)
		snprintf(text + 2 * i, 3, "%02x", bytes[i]);
	return text;
}

char *sys_build_id_of_notes(const void *notes, size_t size)
{
	const unsigned char *note = notes;

	while (size >= NOTE_HEADER_BYTES) {
		uint32_t name_bytes, id_bytes, type;
		size_t name_end, note_end;

		memcpy(&name_bytes, note, 4);
		memcpy(&id_bytes, note + 4, 4);
		memcpy(&type, note + 8, 4);
		name_end = NOTE_HEADER_BYTES + note_pad(name_bytes);
		note_end = name_end + note_pad(id_bytes);
		if (name_end > size || name_end + id_bytes > size)
			return NULL;
		if (type == NOTE_GNU_BUILD_ID && name_bytes == 4 && id_bytes > 0 &&
			memcmp(note + NOTE_HEADER_BYTES, "GNU", 4) == 0)
			return hex(note + name_end, id_bytes);
		if (note_end >= size)
			return NULL;
		note += note_end;
		size -= note_end;
	}
	return NULL;
}

static void take_build_id(struct parser *parser)
{
	Elf_Data *data = image_section_data(parser, ".note.gnu.build-id");

	if (data)
		parser->image->identity.build_id = sys_build_id_of_notes(data->d_buf, data->d_size);
}

/* --- the whole -------------------------------------------------------------------------- */

static void take_machine(struct parser *parser, const GElf_Ehdr *header)
{
	static const struct {
		int machine, encoding; /* 0: both byte orders have one name */
		const char *name;
	} machines[] = {
		{EM_X86_64, 0, "x86_64"},
		{EM_386, 0, "i386"},
		{EM_AARCH64, 0, "aarch64"},
		{EM_ARM, 0, "arm"},
		{EM_PPC64, ELFDATA2LSB, "ppc64le"},
		{EM_PPC64, ELFDATA2MSB, "ppc64"},
		{EM_S390, 0, "s390x"},
		{EM_RISCV, 0, "riscv64"},
		{EM_LOONGARCH, 0, "loongarch64"},
	};
	char unknown[16];

	for (size_t i = 0; i < sizeof(machines) / sizeof(machines[0]); i++) {
		if (machines[i].machine == header->e_machine &&
			(!machines[i].encoding ||
				machines[i].encoding == header->e_ident[EI_DATA])) {
			image_set(parser, &parser->image->machine, machines[i].name);
			return;
		}
	}
	snprintf(unknown, sizeof(unknown), DS_MACHINE_UNNAMED "%d", header->e_machine);
	image_set(parser, &parser->image->machine, unknown);
}

static void fault(struct parser *parser, enum ds_image_fault fault, const char *detail)
{
	parser->image->fault = (int)fault;
	if (detail)
		image_set(parser, &parser->image->fault_detail, detail);
}

/*
 * The table of sections and every section must lie inside the file, as the kernel demands
 * (elf_validity_check()). libelf makes of a table behind the end an empty one.
 */
static bool is_whole(struct parser *parser, const GElf_Ehdr *file_header, size_t elf_bytes)
{
	Elf_Scn *section = NULL;

	if (file_header->e_shoff > elf_bytes ||
		(size_t)file_header->e_shnum * file_header->e_shentsize >
			elf_bytes - file_header->e_shoff)
		return false;
	while ((section = elf_nextscn(parser->elf, section))) {
		GElf_Shdr header;

		if (!gelf_getshdr(section, &header))
			return false;
		if (header.sh_type != SHT_NOBITS &&
			(header.sh_offset > elf_bytes ||
				header.sh_size > elf_bytes - header.sh_offset))
			return false;
	}
	return true;
}

static void parse_module(struct parser *parser, size_t elf_bytes)
{
	GElf_Ehdr header;
	Elf_Data *modinfo;

	if (!gelf_getehdr(parser->elf, &header)) {
		fault(parser, DS_IMAGE_TRUNCATED, elf_errmsg(-1));
		return;
	}
	take_machine(parser, &header);
	if (header.e_type != ET_REL) {
		fault(parser, DS_IMAGE_NOT_MODULE, "not relocatable");
		return;
	}
	if (elf_getshdrstrndx(parser->elf, &parser->name_strings) < 0 ||
		!is_whole(parser, &header, elf_bytes)) {
		fault(parser, DS_IMAGE_TRUNCATED, NULL);
		return;
	}
	modinfo = image_section_data(parser, ".modinfo");
	if (!modinfo || !image_section(parser, ".gnu.linkonce.this_module")) {
		fault(parser, DS_IMAGE_NOT_MODULE, "no module information in it");
		return;
	}
	image_take_info(parser, modinfo);
	take_build_id(parser);
	image_take_symbols(parser);
}

static void parse_elf(struct parser *parser, const struct sys_blob *blob, size_t elf_bytes)
{
	if (elf_bytes < SELFMAG || memcmp(blob->bytes, ELFMAG, SELFMAG) != 0) {
		fault(parser, DS_IMAGE_NOT_ELF, NULL);
		return;
	}
	elf_version(EV_CURRENT);
	parser->elf = elf_memory((char *)blob->bytes, elf_bytes);
	if (!parser->elf || elf_kind(parser->elf) != ELF_K_ELF)
		fault(parser, DS_IMAGE_TRUNCATED, elf_errmsg(-1));
	else
		parse_module(parser, elf_bytes);
	elf_end(parser->elf);
}

int sys_image_parse(const struct sys_blob *blob, struct ds_image *ret_image, struct ds_error *error)
{
	struct parser parser = {.image = ret_image};
	size_t elf_bytes;

	ret_image->bytes = (int64_t)blob->size;
	if (blob->size == 0)
		fault(&parser, DS_IMAGE_EMPTY, NULL);
	else if (sys_signature_parse(blob, &elf_bytes, &ret_image->is_signed, &ret_image->signer) <
		 0)
		fault(&parser, DS_IMAGE_BAD_SIGNATURE_BLOCK, NULL);
	else
		parse_elf(&parser, blob, elf_bytes);
	return parser.is_out_of_memory ? ds_error_set(error, -ENOMEM, "out of memory") : 0;
}

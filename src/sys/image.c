/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Module files through libelf. The input is hostile until proven otherwise: libelf checks the
 * headers, every string and array here is bounded by its section.
 */

#include "image.h"

#include <errno.h>
#include <gelf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct parser {
	Elf *elf;
	size_t name_strings; /* index of the section of section names */
	struct ds_image *image;
	bool has_init, has_exit;
	bool is_out_of_memory;
};

static void set(struct parser *parser, char **member, const char *text)
{
	if (ds_string_set(member, text) < 0)
		parser->is_out_of_memory = true;
}

/* --- sections --------------------------------------------------------------------------- */

static Elf_Scn *find_section(const struct parser *parser, const char *wanted)
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

static Elf_Data *section_data(const struct parser *parser, const char *name)
{
	Elf_Scn *section = find_section(parser, name);
	Elf_Data *data = section ? elf_rawdata(section, NULL) : NULL;

	return data && data->d_buf ? data : NULL;
}

/* Calls tell for each NUL-terminated string of a section; an unterminated last one is left out. */
static void each_string(
	const Elf_Data *data, void (*tell)(struct parser *, const char *), struct parser *parser)
{
	const char *text = data->d_buf, *end = text + data->d_size;

	while (text < end) {
		const char *nul = memchr(text, '\0', (size_t)(end - text));

		if (!nul)
			return;
		if (nul > text)
			tell(parser, text);
		text = nul + 1;
	}
}

/* --- .modinfo --------------------------------------------------------------------------- */

static void take_name(struct parser *parser, const char *value)
{
	set(parser, &parser->image->name, value);
	for (char *p = parser->image->name; p && *p; p++)
		if (*p == '-')
			*p = '_';
}

static void take_version(struct parser *parser, const char *value)
{
	set(parser, &parser->image->identity.version, value);
}

static void take_srcversion(struct parser *parser, const char *value)
{
	set(parser, &parser->image->identity.srcversion, value);
}

static void take_vermagic(struct parser *parser, const char *value)
{
	set(parser, &parser->image->vermagic, value);
}

static void take_license(struct parser *parser, const char *value)
{
	if (!parser->image->license)
		set(parser, &parser->image->license, value);
}

static void take_alias(struct parser *parser, const char *value)
{
	if (ds_strings_add(&parser->image->aliases, value) < 0)
		parser->is_out_of_memory = true;
}

static void take_tried_on(struct parser *parser, const char *value)
{
	if (ds_strings_add(&parser->image->tried_on, value) < 0)
		parser->is_out_of_memory = true;
}

static void take_depends(struct parser *parser, const char *value)
{
	while (*value) {
		size_t length = strcspn(value, ",");
		char *name = strndup(value, length);

		if (!name || (length && ds_strings_add(&parser->image->depends, name) < 0))
			parser->is_out_of_memory = true;
		free(name);
		value += length + (value[length] == ',');
	}
}

/* "parmtype=debug:int" has a row for each parameter, "parm=" only for described ones. */
static void take_param(struct parser *parser, const char *value)
{
	char *name = strndup(value, strcspn(value, ":"));
	struct ds_param *param = NULL;

	for (size_t i = 0; name && i < parser->image->params.count; i++) {
		if (strcmp(parser->image->params.items[i].name, name) == 0) {
			free(name);
			return;
		}
	}
	if (name)
		param = ds_list_add(&parser->image->params);
	if (!param) {
		parser->is_out_of_memory = true;
		free(name);
		return;
	}
	param->name = name;
}

static void take_modinfo(struct parser *parser, const char *line)
{
	static const struct {
		const char *key;
		void (*take)(struct parser *parser, const char *value);
	} keys[] = {
		{"name", take_name},
		{"version", take_version},
		{"srcversion", take_srcversion},
		{"vermagic", take_vermagic},
		{"license", take_license},
		{"alias", take_alias},
		{"tried_on", take_tried_on},
		{"depends", take_depends},
		{"parmtype", take_param},
		{"parm", take_param},
	};
	size_t length = strcspn(line, "=");

	if (line[length] != '=')
		return;
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (strlen(keys[i].key) == length && strncmp(keys[i].key, line, length) == 0)
			keys[i].take(parser, line + length + 1);
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
	Elf_Data *data = section_data(parser, ".note.gnu.build-id");

	if (data)
		parser->image->identity.build_id = sys_build_id_of_notes(data->d_buf, data->d_size);
}

/* --- symbols ---------------------------------------------------------------------------- */

static struct ds_symbol *add_import(struct parser *parser, const char *name)
{
	struct ds_symbol *symbol = ds_list_add(&parser->image->imports);

	if (!symbol) {
		parser->is_out_of_memory = true;
		return NULL;
	}
	set(parser, &symbol->name, name);
	return symbol;
}

/* struct modversion_info of include/linux/module.h: a long CRC and a name, 64 bytes on 64 bit. */
static void take_versions(struct parser *parser)
{
	Elf_Data *data = section_data(parser, "__versions");
	size_t crc_bytes = gelf_getclass(parser->elf) == ELFCLASS64 ? 8 : 4;
	size_t record_bytes = 64;

	for (size_t at = 0; data && at + record_bytes <= data->d_size; at += record_bytes) {
		const char *record = (const char *)data->d_buf + at;
		struct ds_symbol *symbol;
		uint32_t crc;

		if (!memchr(record + crc_bytes, '\0', record_bytes - crc_bytes))
			continue;
		symbol = add_import(parser, record + crc_bytes);
		if (!symbol)
			return;
		memcpy(&crc, record, sizeof(crc));
		symbol->has_crc = true;
		symbol->crc = crc;
	}
}

/* From Linux 6.14 on: CRCs and names of any length in two sections. */
static void take_extended_versions(struct parser *parser)
{
	Elf_Data *crcs = section_data(parser, "__version_ext_crcs");
	Elf_Data *names = section_data(parser, "__version_ext_names");
	const char *name = names ? names->d_buf : NULL;
	size_t left = names ? names->d_size : 0;

	for (size_t at = 0; crcs && at + 4 <= crcs->d_size; at += 4) {
		const char *nul = left ? memchr(name, '\0', left) : NULL;
		struct ds_symbol *symbol;
		uint32_t crc;

		if (!nul)
			return;
		symbol = ds_symbol_find(
				 parser->image->imports.items, parser->image->imports.count, name)
				 ? NULL
				 : add_import(parser, name);
		memcpy(&crc, (const char *)crcs->d_buf + at, sizeof(crc));
		if (symbol) {
			symbol->has_crc = true;
			symbol->crc = crc;
		}
		left -= (size_t)(nul + 1 - name);
		name = nul + 1;
	}
}

static bool is_prefixed(const char *name, const char *prefix)
{
	return strncmp(name, prefix, strlen(prefix)) == 0;
}

static struct ds_symbol *get_export(struct parser *parser, const char *name)
{
	struct ds_symbol *symbol = (struct ds_symbol *)ds_symbol_find(
		parser->image->exports.items, parser->image->exports.count, name);

	if (symbol)
		return symbol;
	symbol = ds_list_add(&parser->image->exports);
	if (!symbol)
		parser->is_out_of_memory = true;
	else
		set(parser, &symbol->name, name);
	return symbol;
}

/* __crc_NAME is the CRC itself (absolute) or, since relative CRCs, where in a section it is. */
static void take_export_crc(struct parser *parser, const char *name, const GElf_Sym *elf_symbol)
{
	struct ds_symbol *symbol = get_export(parser, name);
	Elf_Scn *section;
	Elf_Data *data;
	uint32_t crc;

	if (!symbol)
		return;
	if (elf_symbol->st_shndx == SHN_ABS) {
		symbol->has_crc = true;
		symbol->crc = (uint32_t)elf_symbol->st_value;
		return;
	}
	section = elf_getscn(parser->elf, elf_symbol->st_shndx);
	data = section ? elf_rawdata(section, NULL) : NULL;
	if (!data || !data->d_buf || data->d_size < 4 || elf_symbol->st_value > data->d_size - 4)
		return;
	memcpy(&crc, (const char *)data->d_buf + elf_symbol->st_value, sizeof(crc));
	symbol->has_crc = true;
	symbol->crc = crc;
}

/* Weak symbols may stay unresolved (simplify_symbols(), kernel/module/main.c, 6.1). */
static void take_symbol(struct parser *parser, const char *name, const GElf_Sym *symbol)
{
	if (is_prefixed(name, "__crc_"))
		take_export_crc(parser, name + strlen("__crc_"), symbol);
	else if (is_prefixed(name, "__ksymtab_") && symbol->st_shndx != SHN_UNDEF)
		get_export(parser, name + strlen("__ksymtab_"));
	else if (symbol->st_shndx != SHN_UNDEF && strcmp(name, "init_module") == 0)
		parser->has_init = true;
	else if (symbol->st_shndx != SHN_UNDEF && strcmp(name, "cleanup_module") == 0)
		parser->has_exit = true;
	else if (symbol->st_shndx == SHN_UNDEF && *name &&
		 GELF_ST_BIND(symbol->st_info) == STB_GLOBAL &&
		 !ds_symbol_find(parser->image->imports.items, parser->image->imports.count, name))
		add_import(parser, name);
}

static void take_symbols(struct parser *parser)
{
	Elf_Scn *section = find_section(parser, ".symtab");
	GElf_Shdr header;
	Elf_Data *data;
	size_t count;

	if (!section || !gelf_getshdr(section, &header) || header.sh_entsize == 0)
		return;
	data = elf_getdata(section, NULL);
	count = data ? data->d_size / header.sh_entsize : 0;
	for (size_t i = 1; i < count; i++) {
		GElf_Sym symbol;
		const char *name = gelf_getsym(data, (int)i, &symbol)
					   ? elf_strptr(parser->elf, header.sh_link, symbol.st_name)
					   : NULL;

		if (name)
			take_symbol(parser, name, &symbol);
	}
	/* As delete_module(2) sees it (kernel/module/main.c, 6.1). */
	parser->image->is_permanent = parser->has_init && !parser->has_exit;
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
			set(parser, &parser->image->machine, machines[i].name);
			return;
		}
	}
	snprintf(unknown, sizeof(unknown), DS_MACHINE_UNNAMED "%d", header->e_machine);
	set(parser, &parser->image->machine, unknown);
}

static void fault(struct parser *parser, enum ds_image_fault fault, const char *detail)
{
	parser->image->fault = (int)fault;
	if (detail)
		set(parser, &parser->image->fault_detail, detail);
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
	modinfo = section_data(parser, ".modinfo");
	if (!modinfo || !find_section(parser, ".gnu.linkonce.this_module")) {
		fault(parser, DS_IMAGE_NOT_MODULE, "no module information in it");
		return;
	}
	each_string(modinfo, take_modinfo, parser);
	take_build_id(parser);
	take_versions(parser);
	take_extended_versions(parser);
	take_symbols(parser);
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

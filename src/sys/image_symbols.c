/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What a module imports and exports, each with the CRC of its interface where it has one. */

#include <string.h>

#include "image_parts.h"

static struct ds_symbol *add_import(struct parser *parser, const char *name)
{
	struct ds_symbol *symbol = ds_list_add(&parser->image->imports);

	if (!symbol) {
		parser->is_out_of_memory = true;
		return NULL;
	}
	image_set(parser, &symbol->name, name);
	return symbol;
}

/* struct modversion_info of include/linux/module.h: a long CRC and a name, 64 bytes on 64 bit. */
static void take_versions(struct parser *parser)
{
	Elf_Data *data = image_section_data(parser, "__versions");
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
	Elf_Data *crcs = image_section_data(parser, "__version_ext_crcs");
	Elf_Data *names = image_section_data(parser, "__version_ext_names");
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
		image_set(parser, &symbol->name, name);
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

/* What the kernel calls when a module comes and goes. */
struct entries {
	bool has_init, has_exit;
};

/* Weak symbols may stay unresolved (simplify_symbols(), kernel/module/main.c, 6.1). */
static void take_symbol(
	struct parser *parser, struct entries *entries, const char *name, const GElf_Sym *symbol)
{
	if (is_prefixed(name, "__crc_"))
		take_export_crc(parser, name + strlen("__crc_"), symbol);
	else if (is_prefixed(name, "__ksymtab_") && symbol->st_shndx != SHN_UNDEF)
		get_export(parser, name + strlen("__ksymtab_"));
	else if (symbol->st_shndx != SHN_UNDEF && strcmp(name, "init_module") == 0)
		entries->has_init = true;
	else if (symbol->st_shndx != SHN_UNDEF && strcmp(name, "cleanup_module") == 0)
		entries->has_exit = true;
	else if (symbol->st_shndx == SHN_UNDEF && *name &&
		 GELF_ST_BIND(symbol->st_info) == STB_GLOBAL &&
		 !ds_symbol_find(parser->image->imports.items, parser->image->imports.count, name))
		add_import(parser, name);
}

static void take_symbols(struct parser *parser)
{
	Elf_Scn *section = image_section(parser, ".symtab");
	struct entries entries = {0};
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
			take_symbol(parser, &entries, name, &symbol);
	}
	/* As delete_module(2) sees it (kernel/module/main.c, 6.1). */
	parser->image->is_permanent = entries.has_init && !entries.has_exit;
}

void image_take_symbols(struct parser *parser)
{
	take_versions(parser);
	take_extended_versions(parser);
	take_symbols(parser);
}

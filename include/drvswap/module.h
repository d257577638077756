/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DRVSWAP_MODULE_H
#define DRVSWAP_MODULE_H

/*
 * What is known of module files and of the module that runs.
 *
 * "Image" is the content of a module file, uncompressed: what finit_module(2) sees. "File" is
 * the file that holds it, perhaps compressed. The two are kept apart because most rules speak of
 * one of them only: an owner belongs to a file, a build-id to an image.
 */

#include "drvswap/record.h"

/* What tells one build of a module from another, best proof first. */
struct ds_identity {
	char *build_id;   /* hex of NT_GNU_BUILD_ID; survives strip and compression */
	char *srcversion; /* hash of the sources; absent without MODULE_VERSION on most kernels */
	char *version;    /* MODULE_VERSION; two builds often share it */
};

enum ds_same {
	DS_SAME_NO,
	DS_SAME_YES,
	DS_SAME_UNKNOWN, /* neither side carries anything that could tell */
};

/*
 * Compares by the best kind that either side has. A kind that only one side has is a difference:
 * all three come from the same build system, which either writes them or does not.
 * *ret_by, when not NULL, becomes "build-id", "srcversion", "version" or "nothing" (static).
 */
enum ds_same ds_identity_compare(
	const struct ds_identity *a, const struct ds_identity *b, const char **ret_by);

struct ds_symbol {
	char *name;
	bool has_crc;
	int64_t crc;
};

/* One parameter: from modinfo (no value), from /sys or from an options line. */
struct ds_param {
	char *name;
	char *value; /* NULL: a bare name, as "debug" on the kernel command line */
};

enum ds_compression {
	DS_COMPRESSION_NONE,
	DS_COMPRESSION_XZ,
	DS_COMPRESSION_GZIP,
	DS_COMPRESSION_ZSTD,
	DS_COMPRESSION_COUNT
};
extern const char *const ds_compression_names[];

enum ds_file_type {
	DS_FILE_ABSENT,
	DS_FILE_REGULAR,
	DS_FILE_DIRECTORY,
	DS_FILE_FIFO,
	DS_FILE_OTHER,      /* device, socket */
	DS_FILE_UNREADABLE, /* access_errno says why: EACCES, ELOOP, EIO ... */
	DS_FILE_TYPE_COUNT
};

struct ds_file {
	char *path;           /* absolute; symbolic links in the directories resolved */
	int type;             /* enum ds_file_type */
	int64_t access_errno; /* positive errno of the call that failed, 0: none */
	int64_t mode;         /* permission bits */
	int64_t uid, gid;
	int64_t bytes; /* as stored */
	int64_t device, inode, changed_ns;
	int compression;    /* enum ds_compression: by content, not by name */
	bool is_symlink;    /* the name itself is a symbolic link (weak-updates of RHEL and SUSE) */
	bool is_owner_safe; /* owned by root or by the caller */
	bool is_place_safe; /* no directory above it is writable by others (sticky ones aside) */
};

enum ds_image_fault {
	DS_IMAGE_OK,
	DS_IMAGE_EMPTY,
	DS_IMAGE_TOO_LARGE,
	DS_IMAGE_BAD_COMPRESSION, /* damaged stream, or one that kernel and kmod cannot read */
	DS_IMAGE_NOT_ELF,
	DS_IMAGE_TRUNCATED,  /* the headers point behind the end */
	DS_IMAGE_NOT_MODULE, /* ELF, but not relocatable or without .modinfo and module struct */
	DS_IMAGE_BAD_SIGNATURE_BLOCK, /* the marker is there, the block before it is not valid */
	DS_IMAGE_DAMAGED,             /* the process that read it failed; fault_detail says how */
	DS_IMAGE_UNREAD, /* nothing looked at it: no process could give up its privileges first */
	DS_IMAGE_FAULT_COUNT
};

struct ds_image {
	char *digest; /* SHA-256 of the image, hex; of the stored bytes where they are no image */
	int fault;    /* enum ds_image_fault; what follows is empty unless DS_IMAGE_OK */
	char *fault_detail; /* the library's own words; may be NULL */
	int64_t bytes;
	char *name; /* modinfo "name=", else that of the module struct; '-' already made '_' */
	struct ds_identity identity;
	char *vermagic;
	char *license;
	char *machine; /* as `uname -m` would say it; "EM_n" where we do not know a name */
#define DS_MACHINE_UNNAMED "EM_"
	ds_strings depends;
	ds_strings aliases;
	ds_strings tried_on; /* the hosts that its authors tried it on, as patterns of hardware */
	DS_LIST(struct ds_param) params;
	DS_LIST(struct ds_symbol) imports; /* __versions; without CRCs from the symbol table */
	DS_LIST(struct ds_symbol) exports;
	bool is_permanent; /* an init function, and no exit: once loaded it stays */
	bool is_signed;
	char *signer; /* as in the signature; may be NULL even where is_signed */
};

enum ds_module_state {
	DS_MODULE_ABSENT,
	DS_MODULE_BUILTIN,
	DS_MODULE_LIVE,
	DS_MODULE_COMING,
	DS_MODULE_GOING,
	DS_MODULE_STATE_COUNT
};
extern const char *const ds_module_state_names[];

/* A module that uses ours: it must go before and come back after. */
struct ds_holder {
	char *name;
	char *path;    /* its file for modprobe; NULL: none found, it could not come back */
	char *options; /* what modprobe would give it; NULL: none */
	struct ds_identity identity;  /* of the one that runs */
	struct ds_identity installed; /* of the file */
	int64_t foreign_refs; /* references that no holder explains: opened devices, users */
	bool is_permanent;    /* it has no exit function, and so it stays */
	DS_LIST(struct ds_symbol) imports; /* of its file */
};

struct ds_module {
	char *name;                        /* with underscores, as in /proc/modules */
	int state;                         /* enum ds_module_state */
	int64_t refcnt;                    /* -1: the kernel does not tell */
	int64_t foreign_refs;              /* references that no holder explains */
	bool is_permanent;                 /* it has no exit function, and so it stays */
	DS_LIST(struct ds_holder) holders; /* in the order in which they must be unloaded */
	struct ds_identity identity;       /* of the code that runs */
	char *taint;                       /* letters of /sys/module/M/taint */
	char *options;                     /* of modprobe.d and the kernel command line, one line */
	char *given; /* what the last swap gave with --param; NULL: nothing, or not known */
	char *install_command; /* modprobe.d "install": kmod would run it instead; NULL: none */
	DS_LIST(struct ds_param) params; /* of /sys/module/M/parameters, those we may read */
	ds_strings drivers;              /* of /sys/module/M/drivers, as "pci:vmxnet3" */
};

extern const struct ds_record ds_identity_record, ds_symbol_record, ds_param_record, ds_file_record,
	ds_image_record, ds_holder_record, ds_module_record;

/* Looks NAME up in a list of params or symbols; NULL: not there. */
const struct ds_symbol *ds_symbol_find(
	const struct ds_symbol *items, size_t count, const char *name);

#endif

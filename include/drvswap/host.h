/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DRVSWAP_HOST_H
#define DRVSWAP_HOST_H

/*
 * One snapshot of the host, as far as it concerns one module: the only thing that checks, plans
 * and verdicts are made from.
 */

#include "drvswap/health.h"
#include "drvswap/hook.h"
#include "drvswap/module.h"
#include "drvswap/network.h"

enum ds_lockdown {
	DS_LOCKDOWN_UNKNOWN, /* no lockdown LSM, or securityfs is not mounted */
	DS_LOCKDOWN_NONE,
	DS_LOCKDOWN_INTEGRITY,
	DS_LOCKDOWN_CONFIDENTIALITY,
	DS_LOCKDOWN_COUNT
};
extern const char *const ds_lockdown_names[];

struct ds_kernel {
	char *release;   /* of the kernel that the snapshot is about */
	bool is_offline; /* it does not run: of modules there are only files */
	char *machine, *boot_id;
	char *vermagic; /* of a module that this kernel takes; NULL: none was found */
	int lockdown;   /* enum ds_lockdown */
	bool is_sig_enforced, is_modules_disabled;
	bool can_load_modules;  /* CAP_SYS_MODULE in the initial user namespace */
	bool can_admin_network; /* CAP_NET_ADMIN */
	bool can_write_files;   /* root's file access: CAP_DAC_OVERRIDE, or uid 0 */
	int64_t panic_s;        /* kernel.panic; 0: a panic stays */
	int64_t rcu_expedited;  /* /sys/kernel/rcu_expedited; -1: the kernel has none */
	ds_strings keys;        /* descriptions in /proc/keys that could sign modules */
	char *hardware;         /* "dmi:bvnSeaBIOS:...:svnQEMU:..."; NULL: firmware does not say */
};

/* A device that the module drives. */
struct ds_device {
	char *address;  /* "pci/0000:00:02.0" */
	char *modalias; /* "pci:v000015ADd000007B0sv..." */
	char *driver;   /* driver bound now; NULL: none */
	char *module;   /* module of that driver; NULL: built in or none */
	char *override; /* driver_override: bound by name, whatever the aliases say; or NULL */
};

/* One symbol that the candidate imports, compared with what is in force. */
struct ds_requirement {
	char *symbol;
	bool is_known; /* we could find out whether it is exported */
	bool is_exported;
	char *provider; /* module that exports it; NULL: the kernel itself, or unknown */
	bool has_wanted_crc, has_crc_in_force;
	int64_t wanted_crc, crc_in_force;
	char *crc_source; /* where the CRC in force was read */
};

struct ds_dependency {
	char *name;
	bool is_loaded, is_builtin;
	char *path; /* what modprobe would load; NULL: cannot be resolved */
};

/* The directory in which the installed file lies. */
struct ds_place {
	bool is_read_only;
	int64_t free_bytes; /* for us */
	char *filesystem;   /* type, as in /proc/mounts */
	char *indexes;      /* changes whenever depmod writes what it makes for this kernel */
};

/* An image that the boot loader gives to the kernel, and what of the module is in it. */
struct ds_initramfs {
	char *path;
	char *module_path;           /* of the module in it; NULL: it is not in there, or trouble */
	char *module_digest;         /* of that module, as in struct ds_image */
	struct ds_identity identity; /* of that module */
	char *tool;                  /* the program that makes such images; NULL: there is none */
	int64_t bytes, free_bytes;   /* of the image; where it lies, for us */
	bool is_read_only;           /* the file system is */
	bool is_unified;             /* one file with the kernel: signed, and not ours to make */
	char *trouble;               /* why nobody can tell what is in it; NULL: somebody could */
};

/* What of the host comes over a network: without it nothing could be undone. */
struct ds_remote {
	char *what;   /* "/", "/usr", "the swap space", "the journal" ... */
	char *source; /* "nfs4 from 192.0.2.1", "iscsi (sda)" */
	char *link;   /* that it is reached by; NULL: nobody can tell */
};

struct ds_host {
	struct ds_kernel kernel;
	struct ds_module module;

	/* Files: what modprobe would load, its neighbours .new and .old, what is kept. */
	struct ds_file installed, fresh, previous, original;
	struct ds_image installed_image, previous_image, fresh_image;
	struct ds_place place;

	/* The candidate, read once. */
	struct ds_file candidate;
	struct ds_image candidate_image;
	DS_LIST(struct ds_requirement) requirements;
	DS_LIST(struct ds_dependency) dependencies;

	DS_LIST(struct ds_device) devices;
	struct ds_network network;
	struct ds_health health; /* empty until ds_door.probe was asked */

	DS_LIST(struct ds_initramfs) initramfs; /* of this kernel; looked at with a candidate */
	DS_LIST(struct ds_remote) remotes;
	ds_strings at_work; /* who else changes modules or images now; not looked at later on */
	DS_LIST(struct ds_hook) hooks; /* in the order of a run; looked at with a candidate */
	ds_strings package_locks;      /* files by which package managers can be kept out */
	ds_strings unseen;             /* what could not be looked at, and why */
};

extern const struct ds_record ds_kernel_record, ds_device_record, ds_requirement_record,
	ds_dependency_record, ds_place_record, ds_initramfs_record, ds_remote_record,
	ds_host_record;

/* The code that runs is the installed file. Only meaningful where the module is live. */
bool ds_host_runs_installed(const struct ds_host *host);

#endif

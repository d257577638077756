/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Every finding: what makes it, what does not, and what --override can do about it. */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "allocator.h"
#include "drvswap/finding.h"

#define RELEASE "6.1.0-1-amd64"

/* --- a host on which nothing is found --------------------------------------------------- */

static void set(char **member, const char *text)
{
	assert_int_equal(ds_string_set(member, text), 0);
}

static void set_identity(struct ds_identity *identity, const char *build_id)
{
	set(&identity->build_id, build_id);
	set(&identity->version, "1.0");
}

static void set_symbol(struct ds_symbol *symbol, const char *name, int64_t crc)
{
	set(&symbol->name, name);
	symbol->has_crc = true;
	symbol->crc = crc;
}

static void set_image(struct ds_image *image, const char *digest)
{
	set(&image->digest, digest);
	image->bytes = 1 << 20;
	set(&image->name, "net");
	set(&image->machine, "x86_64");
	set(&image->vermagic, RELEASE " SMP mod_unload");
	set_identity(&image->identity, digest);
	ds_strings_add(&image->aliases, "pci:v000015ADd*");
	ds_strings_add(&image->aliases, "pci:v000010*");
	set(&ds_list_add(&image->params)->name, "debug");
	set_symbol(ds_list_add(&image->exports), "net_open", 7);
	image->is_signed = true;
	set(&image->signer, "Distribution key");
}

static void set_file(struct ds_file *file, const char *path)
{
	set(&file->path, path);
	file->type = DS_FILE_REGULAR;
	file->mode = 0644;
	file->is_owner_safe = file->is_place_safe = true;
}

static void set_host(struct ds_host *host)
{
	set(&host->kernel.release, RELEASE);
	set(&host->kernel.machine, "x86_64");
	set(&host->kernel.vermagic, RELEASE " SMP mod_unload");
	host->kernel.lockdown = DS_LOCKDOWN_NONE;
	host->kernel.can_load_modules = host->kernel.can_admin_network = true;
	host->kernel.can_write_files = true;
	set(&host->module.name, "net");
	host->module.state = DS_MODULE_LIVE;
	set_identity(&host->module.identity, "stock");
	set_file(&host->installed, "/m/net.ko");
	set_file(&host->candidate, "/root/net.ko");
	set(&host->fresh.path, "/m/net.ko.new");
	set(&host->previous.path, "/m/net.ko.old");
	set_image(&host->installed_image, "stock");
	set_image(&host->candidate_image, "new");
	host->place.free_bytes = 1 << 30;
	set(&ds_list_add(&host->devices)->address, "pci/0");
	set(&host->devices.items[0].modalias, "pci:v000015ADd000007B0sv");
	set(&ds_list_add(&host->network.links)->name, "eth0");
}

/* --- what makes a finding --------------------------------------------------------------- */

static struct ds_holder *add_holder(struct ds_host *host)
{
	struct ds_holder *holder = ds_list_add(&host->module.holders);

	set(&holder->name, "upper");
	set(&holder->path, "/m/upper.ko");
	set_identity(&holder->identity, "u");
	set_identity(&holder->installed, "u");
	return holder;
}

static void set_import(struct ds_host *host, const char *name, int64_t crc)
{
	set_symbol(ds_list_add(&add_holder(host)->imports), name, crc);
}

static struct ds_requirement *add_need(struct ds_host *host)
{
	struct ds_requirement *need = ds_list_add(&host->requirements);

	set(&need->symbol, "printk");
	need->is_known = need->is_exported = true;
	need->has_wanted_crc = need->has_crc_in_force = true;
	need->wanted_crc = need->crc_in_force = 5;
	return need;
}

static struct ds_dependency *add_dependency(struct ds_host *host)
{
	struct ds_dependency *dependency = ds_list_add(&host->dependencies);

	set(&dependency->name, "base");
	return dependency;
}

static void ask_param(struct ds_request *request, const char *name)
{
	set(&ds_list_add(&request->params)->name, name);
}

static void set_param(struct ds_host *host, const char *name, const char *value)
{
	struct ds_param *param = ds_list_add(&host->module.params);

	set(&param->name, name);
	set(&param->value, value);
}

static void set_fault(struct ds_host *host, enum ds_image_fault fault)
{
	ds_record_done(&ds_image_record, &host->candidate_image);
	host->candidate_image.fault = (int)fault;
}

static void not_installed(struct ds_host *host)
{
	ds_record_done(&ds_file_record, &host->installed);
	ds_record_done(&ds_image_record, &host->installed_image);
}

struct change {
	const char *name, *what;
	bool is_absent; /* it must not be found */
	void (*change)(struct ds_host *host, struct ds_request *request);
};

static void add_image(struct ds_host *host, const char *digest)
{
	struct ds_initramfs *image = ds_list_add(&host->initramfs);

	set(&image->path, "/boot/initrd.img");
	set(&image->module_path, "usr/lib/modules/net.ko");
	set(&image->module_digest, digest);
	set(&image->tool, "/usr/sbin/mkinitramfs");
	image->bytes = 4000000;
	image->free_bytes = INT64_MAX;
}

static void add_remote(struct ds_host *host, const char *link)
{
	struct ds_remote *remote = ds_list_add(&host->remotes);

	set(&remote->what, "/usr");
	set(&remote->source, "nfs4 from 192.0.2.1");
	set(&remote->link, link);
}

/* A change is a statement or a few; the macro spares each the same function header. */
#define CHANGE(function, ...)                                                                      \
	static void function(struct ds_host *host, struct ds_request *request)                     \
	{                                                                                          \
		(void)host;                                                                        \
		(void)request;                                                                     \
		__VA_ARGS__;                                                                       \
	}

CHANGE(no_change, (void)0)
CHANGE(builtin, host->module.state = DS_MODULE_BUILTIN)
CHANGE(absent, host->module.state = DS_MODULE_ABSENT)
CHANGE(coming, host->module.state = DS_MODULE_COMING)
CHANGE(going, host->module.state = DS_MODULE_GOING)
CHANGE(unknown, absent(host, request); not_installed(host))
CHANGE(no_file, not_installed(host))
CHANGE(in_use, host->module.foreign_refs = 2)
CHANGE(permanent, host->module.is_permanent = true)
CHANGE(no_way_back, host->candidate_image.is_permanent = true)
CHANGE(permanent_holder, add_holder(host)->is_permanent = true)
CHANGE(permanent_runs_already, permanent(host, request);
	set_identity(&host->module.identity, "new"))
CHANGE(in_use_runs_already, in_use(host, request); set_identity(&host->module.identity, "new"))
CHANGE(holder_in_use, add_holder(host)->foreign_refs = 1)
CHANGE(holder, add_holder(host))
CHANGE(holder_no_file, set(&add_holder(host)->path, NULL))
CHANGE(holder_other, set(&add_holder(host)->installed.build_id, "v"))
CHANGE(holder_unnamed, struct ds_holder *it = add_holder(host);
	ds_record_done(&ds_identity_record, &it->identity);
	ds_record_done(&ds_identity_record, &it->installed))
CHANGE(import_gone, set_symbol(ds_list_add(&host->installed_image.exports), "net_old", 1);
	set_import(host, "net_old", 1))
CHANGE(import_crc, set_import(host, "net_open", 8))
CHANGE(import_fits, set_import(host, "net_open", 7))
CHANGE(import_foreign, set_import(host, "printk", 9))
CHANGE(runs_other, set(&host->module.identity.build_id, "hand-made"))
CHANGE(runs_unnamed, ds_record_done(&ds_identity_record, &host->module.identity);
	ds_record_done(&ds_identity_record, &host->installed_image.identity))
CHANGE(install_command, set(&host->module.install_command, "/bin/true"))
CHANGE(drift, set(&host->module.options, "debug=1"); set_param(host, "debug", "2"))
CHANGE(drift_flag, set(&host->module.options, "debug"); set_param(host, "debug", "N"))
CHANGE(given_in_force, set(&host->module.given, "debug=9"); set_param(host, "debug", "9"))
CHANGE(given_before, set(&host->module.given, "debug=9"); set_param(host, "debug", "0"))
CHANGE(given_again, given_in_force(host, request); ask_param(request, "debug"))
CHANGE(not_given, set_param(host, "debug", "9"))
CHANGE(no_drift, set(&host->module.options, "debug=0x10"); set_param(host, "debug", "16"))
CHANGE(unreadable_param, set(&host->module.options, "debug=1"))
CHANGE(param_unknown, ask_param(request, "speed"))
CHANGE(param_known, ask_param(request, "debug"))
CHANGE(param_generic, ask_param(request, "async_probe"); ask_param(request, "dyndbg"))
CHANGE(option_unknown, set(&host->module.options, "speed=9"))
CHANGE(option_replaced, set(&host->module.options, "speed=9"); ask_param(request, "debug"))
CHANGE(no_candidate, host->candidate.type = DS_FILE_ABSENT)
CHANGE(no_previous, host->candidate.type = DS_FILE_ABSENT;
	request->candidate_from = DS_FROM_PREVIOUS; set(&host->candidate.path, NULL))
CHANGE(no_original, host->candidate.type = DS_FILE_ABSENT;
	request->candidate_from = DS_FROM_ORIGINAL; set(&host->candidate.path, NULL))
CHANGE(unreadable, host->candidate.type = DS_FILE_UNREADABLE; host->candidate.access_errno = ELOOP)
CHANGE(directory, host->candidate.type = DS_FILE_DIRECTORY)
CHANGE(fifo, host->candidate.type = DS_FILE_FIFO)
CHANGE(socket_file, host->candidate.type = DS_FILE_OTHER)
CHANGE(owner, host->candidate.is_owner_safe = false)
CHANGE(mode_group, host->candidate.mode = 0664)
CHANGE(mode_others, host->candidate.mode = 0602)
CHANGE(place_unsafe, host->candidate.is_place_safe = false)
CHANGE(empty, set_fault(host, DS_IMAGE_EMPTY))
CHANGE(truncated, set_fault(host, DS_IMAGE_TRUNCATED))
CHANGE(too_large, set_fault(host, DS_IMAGE_TOO_LARGE))
CHANGE(bad_stream, set_fault(host, DS_IMAGE_BAD_COMPRESSION))
CHANGE(not_elf, set_fault(host, DS_IMAGE_NOT_ELF))
CHANGE(not_module, set_fault(host, DS_IMAGE_NOT_MODULE))
CHANGE(parser_fails, set_fault(host, DS_IMAGE_DAMAGED))
CHANGE(parser_keeps_privileges, set_fault(host, DS_IMAGE_UNREAD))
CHANGE(bad_signature, set_fault(host, DS_IMAGE_BAD_SIGNATURE_BLOCK))
CHANGE(machine, set(&host->candidate_image.machine, "aarch64"))
#define UNNAMED_MACHINE                                                                            \
	set(&host->kernel.machine, "mips64");                                                      \
	set(&host->candidate_image.machine, "EM_8")
CHANGE(machine_unnamed, UNNAMED_MACHINE; set(&host->installed_image.machine, "EM_8"))
CHANGE(machine_unnamed_other, UNNAMED_MACHINE; set(&host->installed_image.machine, "EM_2"))
CHANGE(machine_unnamed_alone, UNNAMED_MACHINE; not_installed(host))
CHANGE(machine_unnamed_here, set(&host->candidate_image.machine, "EM_8"))
CHANGE(machine_alone, not_installed(host); machine(host, request))
CHANGE(machine_personality, set(&host->kernel.machine, "i386"))
CHANGE(other_name, set(&host->candidate_image.name, "nic"))
CHANGE(no_name, set(&host->candidate_image.name, NULL))
CHANGE(other_release, set(&host->candidate_image.vermagic, "6.2.0 SMP mod_unload"))
CHANGE(release_prefix, set(&host->candidate_image.vermagic, RELEASE "x SMP mod_unload"))
CHANGE(other_flags, set(&host->candidate_image.vermagic, RELEASE " preempt"))
CHANGE(release_crcs, set(&host->candidate_image.vermagic, "6.2.0 SMP mod_unload");
	set_symbol(ds_list_add(&host->candidate_image.imports), "module_layout", 1))
CHANGE(flags_crcs, set(&host->candidate_image.vermagic, RELEASE " preempt");
	set_symbol(ds_list_add(&host->candidate_image.imports), "module_layout", 1))
CHANGE(no_vermagic, set(&host->kernel.vermagic, NULL);
	set(&host->candidate_image.vermagic, RELEASE " preempt"))
CHANGE(symbol_missing, add_need(host)->is_exported = false)
CHANGE(symbol_unsure, struct ds_requirement *it = add_need(host); it->is_exported = false;
	it->is_known = false)
CHANGE(symbol_crc, add_need(host)->wanted_crc = 6)
CHANGE(symbol_fits, add_need(host))
CHANGE(symbol_no_crc, struct ds_requirement *it = add_need(host); it->wanted_crc = 6;
	it->has_crc_in_force = false)
CHANGE(dependency_missing, add_dependency(host))
CHANGE(dependency_loaded, add_dependency(host)->is_loaded = true)
CHANGE(dependency_builtin, add_dependency(host)->is_builtin = true)
CHANGE(dependency_file, set(&add_dependency(host)->path, "/m/base.ko"))
CHANGE(alias_missing, set(&host->devices.items[0].modalias, "pci:v00008086d"))
CHANGE(alias_override, alias_missing(host, request); set(&host->devices.items[0].override, "net"))
CHANGE(alias_unknown, set(&host->devices.items[0].modalias, NULL))
CHANGE(not_offline, set(&request->kernel, RELEASE))
CHANGE(not_offline_same, not_offline(host, request); set_identity(&host->module.identity, "new"))
CHANGE(offline, set(&request->kernel, "6.2.0"); set(&host->kernel.release, "6.2.0");
	absent(host, request); host->kernel.is_offline = true)
CHANGE(tried_elsewhere, ds_strings_add(&host->candidate_image.tried_on, "dmi:*:svnQEMU:*");
	set(&host->kernel.hardware, "dmi:bvnPhoenix:svnVMware,Inc.:pnVMware"))
CHANGE(tried_here, tried_elsewhere(host, request);
	ds_strings_add(&host->candidate_image.tried_on, "dmi:*:svnVMware*"))
CHANGE(tried_unknown, tried_elsewhere(host, request); set(&host->kernel.hardware, NULL))
CHANGE(tried_unsaid, set(&host->kernel.hardware, "dmi:bvnPhoenix:svnVMware,Inc.:pnVMware"))
CHANGE(enforced, host->kernel.is_sig_enforced = true)
CHANGE(unsigned_image, host->candidate_image.is_signed = false;
	set(&host->candidate_image.signer, NULL))
CHANGE(unsigned_enforced, enforced(host, request); unsigned_image(host, request))
CHANGE(unknown_key, enforced(host, request); ds_strings_add(&host->kernel.keys, "Other: 01"))
CHANGE(prefix_key, enforced(host, request);
	ds_strings_add(&host->kernel.keys, "Distribution key 2: 01"))
CHANGE(known_key, enforced(host, request);
	ds_strings_add(&host->kernel.keys, "Distribution key: 01"))
CHANGE(organisation_key, enforced(host, request);
	ds_strings_add(&host->kernel.keys, "Distribution: Distribution key: 01: X509.rsa ab []"))
CHANGE(tail_key, enforced(host, request);
	ds_strings_add(&host->kernel.keys, "My Distribution key: 01"))
CHANGE(unknown_key_locked, ds_strings_add(&host->kernel.keys, "Other: 01");
	host->kernel.lockdown = DS_LOCKDOWN_INTEGRITY)
CHANGE(unknown_key_free, ds_strings_add(&host->kernel.keys, "Other: 01"))
CHANGE(unnamed_signer, unknown_key(host, request); set(&host->candidate_image.signer, NULL))
CHANGE(lockdown, unsigned_image(host, request); host->kernel.lockdown = DS_LOCKDOWN_INTEGRITY)
CHANGE(confidential, unsigned_image(host, request);
	host->kernel.lockdown = DS_LOCKDOWN_CONFIDENTIALITY)
CHANGE(lockdown_signed, host->kernel.lockdown = DS_LOCKDOWN_INTEGRITY)
CHANGE(disabled, host->kernel.is_modules_disabled = true)
CHANGE(disabled_absent, disabled(host, request); absent(host, request))
CHANGE(no_sys_module, host->kernel.can_load_modules = false)
CHANGE(no_net_admin, host->kernel.can_admin_network = false)
CHANGE(no_net_admin_needed, no_net_admin(host, request);
	ds_record_done(&ds_network_record, &host->network))
CHANGE(no_dac, host->kernel.can_write_files = false)
CHANGE(read_only, host->place.is_read_only = true)
CHANGE(full, host->place.free_bytes = 3 << 20; host->place.free_bytes--)
CHANGE(just_enough, host->place.free_bytes = 3 << 20)
CHANGE(installed_damaged, host->installed_image.fault = DS_IMAGE_TRUNCATED)
CHANGE(installed_directory, host->installed.type = DS_FILE_DIRECTORY)
CHANGE(installed_symlink, host->installed.is_symlink = true)
CHANGE(stale, host->fresh.type = DS_FILE_REGULAR; set(&host->fresh_image.digest, "x"))
CHANGE(stale_same, host->fresh.type = DS_FILE_REGULAR; set(&host->fresh_image.digest, "new"))
CHANGE(old_directory, host->previous.type = DS_FILE_DIRECTORY)
CHANGE(old_unreadable, host->previous.type = DS_FILE_UNREADABLE)
CHANGE(old_file, host->previous.type = DS_FILE_REGULAR; set(&host->previous_image.digest, "x"))
CHANGE(initramfs, add_image(host, "stock"))
CHANGE(initramfs_same, add_image(host, "new"))
CHANGE(initramfs_without, add_image(host, "stock");
	set(&host->initramfs.items[0].module_path, NULL))
CHANGE(initramfs_stripped, add_image(host, "stripped"); request->is_initramfs_left = true;
	set(&host->candidate_image.identity.build_id, "aa");
	set(&host->initramfs.items[0].identity.build_id, "aa"))
CHANGE(initramfs_left, add_image(host, "stock"); request->is_initramfs_left = true)
CHANGE(initramfs_live_only, add_image(host, "stock"); no_file(host, request))
CHANGE(initramfs_no_tool, add_image(host, "stock"); set(&host->initramfs.items[0].tool, NULL))
CHANGE(initramfs_no_tool_left, initramfs_no_tool(host, request); request->is_initramfs_left = true)
CHANGE(initramfs_no_tool_needed, initramfs_same(host, request);
	set(&host->initramfs.items[0].tool, NULL))
CHANGE(initramfs_read_only, add_image(host, "stock"); host->initramfs.items[0].is_read_only = true)
CHANGE(initramfs_full, add_image(host, "stock");
	host->initramfs.items[0].free_bytes = 5000000 + (1 << 20) - 1)
CHANGE(initramfs_room, add_image(host, "stock");
	host->initramfs.items[0].free_bytes = 5000000 + (1 << 20))
CHANGE(initramfs_unified, initramfs_without(host, request);
	host->initramfs.items[0].is_unified = true;
	set(&host->initramfs.items[0].trouble, "one file"))
CHANGE(initramfs_unified_left, initramfs_unified(host, request); request->is_initramfs_left = true)
CHANGE(initramfs_damaged, initramfs_without(host, request);
	set(&host->initramfs.items[0].trouble, "truncated"))
CHANGE(remote, add_remote(host, "eth0"))
CHANGE(remote_dependent, add_remote(host, "eth0.7");
	ds_strings_add(&host->network.dependents, "eth0.7"))
CHANGE(remote_unknown, add_remote(host, NULL))
CHANGE(remote_elsewhere, add_remote(host, "ib0"))
CHANGE(remote_absent, remote(host, request); absent(host, request))
CHANGE(dependents, ds_strings_add(&host->network.dependents, "eth0.7"))
CHANGE(dependents_there, struct ds_namespace *it = ds_list_add(&host->network.namespaces);
	set(&it->name, "blue"); set(&it->path, "/run/netns/blue");
	ds_strings_add(&it->network.dependents, "ms0"))
CHANGE(blocked_there, dependents_there(host, request); ds_strings_add(
	&host->network.namespaces.items[0].network.blockers, "eth1 has 4 virtual functions"))
CHANGE(loss_there, dependents_there(host, request);
	ds_strings_add(&host->network.namespaces.items[0].network.losses, "the tc filters of eth1"))
CHANGE(elsewhere, ds_strings_add(&host->network.elsewhere, "pci/0000:00:02.0"))
CHANGE(blocked, ds_strings_add(&host->network.blockers, "eth0 has 4 virtual functions"))
CHANGE(loss, ds_strings_add(&host->network.losses, "the tc filters of eth0"))
CHANGE(loss_absent, loss(host, request); absent(host, request))
CHANGE(ssh, host->network.links.items[0].has_caller_ssh = true)
CHANGE(ssh_absent, ssh(host, request); absent(host, request))
CHANGE(default_route, host->network.links.items[0].has_default_route = true)
CHANGE(at_work, ds_strings_add(&host->at_work, "apt-get (process 8) holds /l"))
CHANGE(lock_free, ds_strings_add(&host->package_locks, "/l"))

/* The default route, and a caller of whom we know what the row says. */
#define CALLER(function, ...)                                                                      \
	CHANGE(function, default_route(host, request); struct ds_caller *it = &request->caller;    \
		__VA_ARGS__;)
CALLER(no_caller, it->kind = DS_CALLER_NOBODY)
CALLER(tmux_pipe, it->kind = DS_CALLER_TERMINAL)
CALLER(tmux, it->kind = DS_CALLER_TERMINAL; it->has_keyboard = true)
CALLER(console, it->kind = DS_CALLER_CONSOLE)
CALLER(console_quiet, it->kind = DS_CALLER_CONSOLE; request->is_quiet = true)
CALLER(confirmed, it->kind = DS_CALLER_NOBODY; request->confirm_s = 60)
CALLER(runs_already, it->kind = DS_CALLER_NOBODY; set_identity(&host->module.identity, "new"))
CALLER(ssh_other_link, it->kind = DS_CALLER_SSH)
#define SSH_CALLER(function, ...)                                                                  \
	CALLER(function, ssh(host, request); it->kind = DS_CALLER_SSH; __VA_ARGS__)
SSH_CALLER(ssh_redirected, it->can_travel = false)
SSH_CALLER(ssh_travels, it->can_travel = true)
SSH_CALLER(ssh_quiet, it->can_travel = true; request->is_quiet = true)
SSH_CALLER(ssh_terminal, it->has_keyboard = it->can_travel = true)
SSH_CALLER(ssh_terminal_quiet, it->has_keyboard = request->is_quiet = true)
SSH_CALLER(ssh_no_default, host->network.links.items[0].has_default_route = false)
CHANGE(caller_unknown, request->caller.kind = DS_CALLER_NOBODY)
CHANGE(hook, struct ds_hook *it = ds_list_add(&host->hooks);
	set(&it->path, "/etc/drvswap/hooks.d/pre/10-a"))
CHANGE(hook_foreign, hook(host, request);
	set(&host->hooks.items[0].trouble, "/etc/drvswap belongs to user 7, not to root"))
CHANGE(hook_off, hook(host, request); host->hooks.items[0].is_off = true)
CHANGE(hook_foreign_left, hook_foreign(host, request); request->is_hooks_left = true)
CHANGE(hook_foreign_absent, hook_foreign(host, request); host->module.state = DS_MODULE_ABSENT)
CHANGE(check_fails, struct ds_command *it = ds_list_add(&host->health.commands);
	set(&it->line, "/bin/false"); it->answer = DS_ANSWER_NO)
CHANGE(check_succeeds, check_fails(host, request);
	host->health.commands.items[0].answer = DS_ANSWER_YES)
CHANGE(check_not_run, check_fails(host, request);
	host->health.commands.items[0].answer = DS_ANSWER_NONE)
CHANGE(check_given, ds_strings_add(&request->checks, "/bin/true"))
CHANGE(check_not_loaded, check_given(host, request); absent(host, request))
CHANGE(check_runs_already, check_given(host, request); set_identity(&host->module.identity, "new"))
CHANGE(confirm_runs_already, request->confirm_s = 60; set_identity(&host->module.identity, "new"))
CHANGE(confirm_not_loaded, request->confirm_s = 60; absent(host, request))
CHANGE(confirm_given, request->confirm_s = 60)
CHANGE(version_runs_already, set(&request->expect_version, "2.0");
	set_identity(&host->module.identity, "new"))
CHANGE(version_offline, set(&request->expect_version, "2.0"); offline(host, request))
CHANGE(version_given, set(&request->expect_version, "2.0"))
CHANGE(param_not_loaded, ask_param(request, "debug"); absent(host, request))
CHANGE(check_params_alone, check_runs_already(host, request); ask_param(request, "debug"))

static const struct change changes[] = {
	{"module-builtin", "built in", false, builtin},
	{"module-unknown", "neither loaded nor installed", false, unknown},
	{"module-unknown", "installed only", true, absent},
	{"module-unsettled", "coming", false, coming},
	{"module-unsettled", "going", false, going},
	{"module-not-loaded", "installed only", false, absent},
	{"module-not-installed", "loaded only", false, no_file},
	{"module-permanent", "no exit", false, permanent},
	{"candidate-permanent", "no exit", false, no_way_back},
	{"module-permanent", "a holder has no exit", false, permanent_holder},
	{"module-permanent", "the code runs already", true, permanent_runs_already},
	{"module-permanent", "an exit", true, holder},
	{"module-in-use", "opened", false, in_use},
	{"module-in-use", "opened, the candidate runs", true, in_use_runs_already},
	{"module-in-use", "holder opened", false, holder_in_use},
	{"module-in-use", "held by a module", true, holder},
	{"module-has-holders", "held by a module", false, holder},
	{"holder-not-installed", "no file", false, holder_no_file},
	{"holder-not-installed", "another file", false, holder_other},
	{"holder-not-installed", "nothing to tell by", true, holder_unnamed},
	{"holder-symbol", "not exported", false, import_gone},
	{"holder-symbol", "another CRC", false, import_crc},
	{"holder-symbol", "fits", true, import_fits},
	{"holder-symbol", "of another module", true, import_foreign},
	{"running-not-on-disk", "another runs", false, runs_other},
	{"running-not-on-disk", "the candidate runs", true, permanent_runs_already},
	{"running-not-on-disk", "no file", false, no_file},
	{"running-not-on-disk", "nothing to tell by", true, runs_unnamed},
	{"running-not-on-disk", "file damaged", true, installed_damaged},
	{"install-command", "configured", false, install_command},
	{"param-drift", "number", false, drift},
	{"param-drift", "flag", false, drift_flag},
	{"param-drift", "of the last swap", false, given_in_force},
	{"param-drift", "of the last swap, no longer in force", true, given_before},
	{"param-drift", "of the last swap, asked for again", true, given_again},
	{"param-drift", "nobody gave it: perhaps the default", true, not_given},
	{"param-drift", "two spellings", true, no_drift},
	{"param-drift", "may not be read", true, unreadable_param},
	{"param-unknown", "asked for", false, param_unknown},
	{"param-unknown", "known", true, param_known},
	{"param-unknown", "of every module", true, param_generic},
	{"param-unknown", "configured", true, option_unknown},
	{"param-ignored", "configured", false, option_unknown},
	{"param-ignored", "others asked for", true, option_replaced},
	{"candidate-missing", "file", false, no_candidate},
	{"candidate-missing", ".old", false, no_previous},
	{"candidate-missing", "original", false, no_original},
	{"candidate-unreadable", "loop", false, unreadable},
	{"candidate-not-regular", "directory", false, directory},
	{"candidate-not-regular", "FIFO", false, fifo},
	{"candidate-not-regular", "socket", false, socket_file},
	{"candidate-owner", "another user", false, owner},
	{"candidate-writable", "by the group", false, mode_group},
	{"candidate-writable", "by others", false, mode_others},
	{"candidate-writable", "directory", false, place_unsafe},
	{"candidate-empty", "empty", false, empty},
	{"candidate-truncated", "short", false, truncated},
	{"candidate-damaged", "too large", false, too_large},
	{"candidate-damaged", "bad stream", false, bad_stream},
	{"candidate-not-module", "no ELF", false, not_elf},
	{"candidate-not-module", "ELF", false, not_module},
	{"machine-mismatch", "ARM", false, machine},
	{"machine-mismatch", "ARM, nothing installed", false, machine_alone},
	{"machine-mismatch", "without a name, as what is installed", true, machine_unnamed},
	{"machine-mismatch", "without a name, another is installed", false, machine_unnamed_other},
	{"machine-mismatch", "without a name, nothing installed", true, machine_unnamed_alone},
	{"machine-mismatch", "without a name, on one that has one", false, machine_unnamed_here},
	{"machine-mismatch", "uname says another", true, machine_personality},
	{"name-mismatch", "another", false, other_name},
	{"name-mismatch", "none", false, no_name},
	{"vermagic-mismatch", "release", false, other_release},
	{"vermagic-mismatch", "longer release", false, release_prefix},
	{"vermagic-mismatch", "flags", false, other_flags},
	{"vermagic-mismatch", "release, but CRCs", true, release_crcs},
	{"vermagic-mismatch", "flags in spite of CRCs", false, flags_crcs},
	{"vermagic-mismatch", "flags of the kernel unknown", true, no_vermagic},
	{"symbol-missing", "not exported", false, symbol_missing},
	{"symbol-missing", "not known", true, symbol_unsure},
	{"symbol-crc", "another", false, symbol_crc},
	{"symbol-crc", "the same", true, symbol_fits},
	{"symbol-crc", "none in force", true, symbol_no_crc},
	{"dependency-missing", "no file", false, dependency_missing},
	{"dependency-missing", "loaded", true, dependency_loaded},
	{"dependency-missing", "built in", true, dependency_builtin},
	{"dependency-missing", "file", true, dependency_file},
	{"alias-missing", "another vendor", false, alias_missing},
	{"alias-missing", "bound by name", true, alias_override},
	{"alias-missing", "no modalias", true, alias_unknown},
	{"candidate-damaged", "parser fails", false, parser_fails},
	{"candidate-unreadable", "parser keeps privileges", false, parser_keeps_privileges},
	{"kernel-offline", "another release", false, offline},
	{"kernel-offline", "the same release", true, not_offline},
	{"kernel-runs", "the same release", false, not_offline},
	{"kernel-runs", "the same release, the candidate runs", true, not_offline_same},
	{"kernel-runs", "another release", true, offline},
	{"module-not-loaded", "another release", true, offline},
	{"unproven-device", "another maker", false, tried_elsewhere},
	{"unproven-device", "one of two makers", true, tried_here},
	{"unproven-device", "hardware not known", false, tried_unknown},
	{"unproven-device", "candidate does not say", true, tried_unsaid},
	{"signature-broken", "damaged block", false, bad_signature},
	{"signature-missing", "enforced", false, unsigned_enforced},
	{"signature-missing", "not enforced", true, unsigned_image},
	{"signature-missing", "signed", true, enforced},
	{"signature-unknown-key", "another key", false, unknown_key},
	{"signature-unknown-key", "longer name", false, prefix_key},
	{"signature-unknown-key", "the end of a longer name", false, tail_key},
	{"signature-unknown-key", "locked down, not enforced", false, unknown_key_locked},
	{"signature-unknown-key", "neither", true, unknown_key_free},
	{"signature-unknown-key", "its key", true, known_key},
	{"signature-unknown-key", "its key, with an organisation", true, organisation_key},
	{"signature-unknown-key", "keys not known", true, enforced},
	{"signature-unknown-key", "signer not known", true, unnamed_signer},
	{"unsigned", "not enforced", false, unsigned_image},
	{"unsigned", "enforced", true, unsigned_enforced},
	{"lockdown", "integrity", false, lockdown},
	{"lockdown", "confidentiality", false, confidential},
	{"lockdown", "signed", true, lockdown_signed},
	{"modules-disabled", "set", false, disabled},
	{"modules-disabled", "nothing is loaded", true, disabled_absent},
	{"no-privilege", "modules", false, no_sys_module},
	{"no-privilege", "network", false, no_net_admin},
	{"no-privilege", "network, no links", true, no_net_admin_needed},
	{"no-privilege", "files", false, no_dac},
	{"place-read-only", "mounted so", false, read_only},
	{"place-full", "a byte short", false, full},
	{"place-full", "just enough", true, just_enough},
	{"installed-unusable", "damaged", false, installed_damaged},
	{"installed-unusable", "directory", false, installed_directory},
	{"installed-symlink", "weak-updates", false, installed_symlink},
	{"stale-new", "another", false, stale},
	{"stale-new", "the candidate", true, stale_same},
	{"old-not-regular", "directory", false, old_directory},
	{"old-not-regular", "unreadable", false, old_unreadable},
	{"old-not-regular", "file", true, old_file},
	{"initramfs-holds-old", "rebuilt", true, initramfs},
	{"initramfs-holds-old", "the candidate", true, initramfs_same},
	{"initramfs-holds-old", "not in it", true, initramfs_without},
	{"initramfs-holds-old", "the candidate, stripped", true, initramfs_stripped},
	{"initramfs-holds-old", "left", false, initramfs_left},
	{"initramfs-holds-old", "only what runs changes", false, initramfs_live_only},
	{"initramfs-stuck", "nothing in the way", true, initramfs},
	{"initramfs-stuck", "no program", false, initramfs_no_tool},
	{"initramfs-stuck", "no program, left", true, initramfs_no_tool_left},
	{"initramfs-stuck", "no program needed", true, initramfs_no_tool_needed},
	{"initramfs-stuck", "mounted so", false, initramfs_read_only},
	{"initramfs-stuck", "a byte short", false, initramfs_full},
	{"initramfs-stuck", "just enough", true, initramfs_room},
	{"initramfs-stuck", "one file with the kernel", false, initramfs_unified},
	{"initramfs-stuck", "one file with the kernel, left", true, initramfs_unified_left},
	{"initramfs-unknown", "one file with the kernel, left", false, initramfs_unified_left},
	{"initramfs-unknown", "damaged", false, initramfs_damaged},
	{"initramfs-unknown", "readable", true, initramfs},
	{"storage-remote", "over our link", false, remote},
	{"storage-remote", "over what hangs on it", false, remote_dependent},
	{"storage-remote", "nobody can tell", false, remote_unknown},
	{"storage-remote", "over another", true, remote_elsewhere},
	{"storage-remote", "not loaded", true, remote_absent},
	{"links-depend", "VLAN", false, dependents},
	{"links-depend", "in another namespace", false, dependents_there},
	{"link-bound", "in another namespace", false, blocked_there},
	{"not-restored", "in another namespace", false, loss_there},
	{"link-elsewhere", "where nobody may look", false, elsewhere},
	{"link-bound", "SR-IOV", false, blocked},
	{"not-restored", "filters", false, loss},
	{"not-restored", "not loaded", true, loss_absent},
	{"carries-ssh", "carries", false, ssh},
	{"carries-ssh", "not loaded", true, ssh_absent},
	{"carries-default-route", "carries", false, default_route},
	{"host-busy", "apt-get", false, at_work},
	{"host-busy", "nobody", true, lock_free},
	{"no-proof", "cron", false, no_caller},
	{"no-proof", "in the background of a tmux", false, tmux_pipe},
	{"no-proof", "tmux", true, tmux},
	{"no-proof", "console", true, console},
	{"no-proof", "quiet on the console", true, console_quiet},
	{"no-proof", "--confirm", true, confirmed},
	{"no-proof", "the code runs already", true, runs_already},
	{"no-proof", "no default route over it", true, caller_unknown},
	{"no-proof", "SSH over another link", true, ssh_other_link},
	{"no-proof", "SSH, redirected", false, ssh_redirected},
	{"no-proof", "SSH, shown", true, ssh_travels},
	{"no-proof", "SSH, quiet", false, ssh_quiet},
	{"no-proof", "SSH, at a terminal", true, ssh_terminal},
	{"no-proof", "SSH, at a terminal, quiet", false, ssh_terminal_quiet},
	{"no-proof", "SSH, redirected, no default route", false, ssh_no_default},
	{"hook-untrusted", "of somebody else", false, hook_foreign},
	{"hook-untrusted", "root's alone", true, hook},
	{"hook-untrusted", "left", true, hook_foreign_left},
	{"hook-untrusted", "not loaded", true, hook_foreign_absent},
	{"hook-off", "off", false, hook_off},
	{"hook-off", "on", true, hook},
	{"check-fails", "fails", false, check_fails},
	{"check-fails", "succeeds", true, check_succeeds},
	{"check-fails", "was not run", true, check_not_run},
	{"option-unused", "not loaded", false, check_not_loaded},
	{"option-unused", "the code runs already", false, check_runs_already},
	{"option-unused", "code is exchanged", true, check_given},
	{"option-unused", "new parameters for the same code", true, check_params_alone},
	{"option-unused", "--confirm, the code runs already", false, confirm_runs_already},
	{"option-unused", "--confirm, not loaded", false, confirm_not_loaded},
	{"option-unused", "--confirm, code is exchanged", true, confirm_given},
	{"option-unused", "--expect-version, the code runs already", false, version_runs_already},
	{"option-unused", "--expect-version, another kernel", false, version_offline},
	{"option-unused", "--expect-version, code is exchanged", true, version_given},
	{"option-unused", "--param, not loaded", false, param_not_loaded},
	{"option-unused", "--param, code is exchanged", true, param_known},
	{"option-unused", "none given", true, absent},
	{"option-unused", "none given, the code runs already", true, runs_already},
};
#define CHANGES (sizeof(changes) / sizeof(changes[0]))

/* --- tests ------------------------------------------------------------------------------ */

struct scene {
	struct ds_host host;
	struct ds_request request;
	struct ds_findings findings;
	struct ds_error error;
};

static void scene_open(struct scene *scene, void (*change)(struct ds_host *, struct ds_request *))
{
	memset(scene, 0, sizeof(*scene));
	set_host(&scene->host);
	set(&scene->request.module, "net");
	set(&scene->request.file, "/root/net.ko");
	change(&scene->host, &scene->request);
}

static void scene_check(struct scene *scene)
{
	ds_record_done(&ds_findings_record, &scene->findings);
	assert_int_equal(
		ds_check(&scene->request, &scene->host, &scene->findings, &scene->error), 0);
}

static void scene_close(struct scene *scene)
{
	ds_record_done(&ds_host_record, &scene->host);
	ds_record_done(&ds_request_record, &scene->request);
	ds_record_done(&ds_findings_record, &scene->findings);
}

static void test_nothing(void **state)
{
	struct scene scene;

	(void)state;
	scene_open(&scene, no_change);
	scene_check(&scene);
	if (scene.findings.items.count > 0)
		fail_msg("%s", scene.findings.items.items[0].name);
	assert_null(ds_findings_stop(&scene.findings));
	scene_close(&scene);
}

static const struct ds_finding_kind *kind_of(const char *name)
{
	for (const struct ds_finding_kind *kind = ds_finding_kinds; kind->name; kind++)
		if (strcmp(kind->name, name) == 0)
			return kind;
	fail_msg("no such finding: %s", name);
	return NULL;
}

/* A plain sentence without an end, and advice that is one with it or nothing. */
static void check_words(const struct ds_finding *finding)
{
	size_t length = strlen(finding->text), advice = strlen(finding->advice);

	if (length < 10 || strchr(finding->text, '\n') || strstr(finding->text, "(null)") ||
		finding->text[length - 1] == '.')
		fail_msg("%s: \"%s\"", finding->name, finding->text);
	if (advice > 0 && finding->advice[advice - 1] != '.')
		fail_msg("%s: \"%s\"", finding->name, finding->advice);
}

static void test_each(void **state)
{
	(void)state;
	for (size_t i = 0; i < CHANGES; i++) {
		const struct ds_finding *finding;
		struct scene scene;

		scene_open(&scene, changes[i].change);
		scene_check(&scene);
		finding = ds_findings_find(&scene.findings, changes[i].name);
		if (!finding != changes[i].is_absent)
			fail_msg("%s, %s: %s", changes[i].name, changes[i].what,
				finding ? finding->text : "not found");
		for (size_t f = 0; f < scene.findings.items.count; f++) {
			check_words(&scene.findings.items.items[f]);
			assert_int_equal(scene.findings.items.items[f].level,
				kind_of(scene.findings.items.items[f].name)->level);
		}
		scene_close(&scene);
	}
	print_message("%zu cases\n", CHANGES);
}

/* A finding that nobody can make is no finding. */
static void test_each_kind_has_a_case(void **state)
{
	size_t kinds = 0;

	(void)state;
	for (const struct ds_finding_kind *kind = ds_finding_kinds; kind->name; kind++) {
		/* The worker makes this one, when it begins. */
		bool has_case = strcmp(kind->name, "not-detached") == 0;

		for (size_t i = 0; i < CHANGES; i++)
			has_case |=
				!changes[i].is_absent && strcmp(changes[i].name, kind->name) == 0;
		if (!has_case)
			fail_msg("%s has no case", kind->name);
		assert_non_null(kind->summary);
		kinds++;
	}
	print_message("%zu findings\n", kinds);
}

/* A refusal is lifted by its name, an impossibility is not, and a warning never stops. */
static void test_override(void **state)
{
	(void)state;
	for (size_t i = 0; i < CHANGES; i++) {
		const struct ds_finding *finding;
		struct scene scene;
		enum ds_level level = kind_of(changes[i].name)->level;

		if (changes[i].is_absent)
			continue;
		scene_open(&scene, changes[i].change);
		scene_check(&scene);
		assert_true(level == DS_LEVEL_WARN || ds_findings_stop(&scene.findings));
		ds_strings_add(&scene.request.overrides, changes[i].name);
		scene_check(&scene);
		finding = ds_findings_find(&scene.findings, changes[i].name);
		assert_int_equal(finding->is_overridden, level == DS_LEVEL_REFUSE);
		finding = ds_findings_stop(&scene.findings);
		if (level == DS_LEVEL_IMPOSSIBLE)
			assert_non_null(finding);
		else if (finding)
			assert_string_not_equal(finding->name, changes[i].name);
		scene_close(&scene);
	}
}

static void test_out_of_memory(void **state)
{
	(void)state;
	for (size_t i = 0; i < CHANGES; i++) {
		bool has_struck = true;
		struct scene scene;

		scene_open(&scene, changes[i].change);
		for (long count = 0; has_struck; count++) {
			int r;

			ds_record_done(&ds_findings_record, &scene.findings);
			allocator_fail_after(count);
			r = ds_check(&scene.request, &scene.host, &scene.findings, &scene.error);
			has_struck = allocator_end();
			assert_int_equal(r, has_struck ? -ENOMEM : 0);
			if (has_struck)
				assert_int_equal(scene.findings.items.count, 0);
		}
		scene_close(&scene);
	}
}

/* Keys are no proof: what no key is known for may be taken all the same, and the kernel is asked.
 */
static void test_unknown_key_does_not_stop(void **state)
{
	struct scene scene;

	(void)state;
	scene_open(&scene, unknown_key);
	scene_check(&scene);
	assert_non_null(ds_findings_find(&scene.findings, "signature-unknown-key"));
	assert_null(ds_findings_stop(&scene.findings));
	scene_close(&scene);
}

/* The staged file takes its attributes from a file, and a link is none: --override could not help.
 */
static void test_symlink_is_impossible(void **state)
{
	(void)state;
	assert_int_equal(kind_of("installed-symlink")->level, DS_LEVEL_IMPOSSIBLE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_each),
		cmocka_unit_test(test_each_kind_has_a_case),
		cmocka_unit_test(test_override),
		cmocka_unit_test(test_symlink_is_impossible),
		cmocka_unit_test(test_unknown_key_does_not_stop),
		cmocka_unit_test(test_out_of_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

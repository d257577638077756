# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# What others do meanwhile: udev or modprobe loads the installed file between unload and insert, a package installs
# another one, somebody changes what was looked at.
# cpus: 2
# soak-kernels: 6.12
# timeout: 300
# disk: yes

check "the network comes up" net_up
check "modules lie on a disk" disk_use /lib/modules
installed=$(installed_file vmxnet3)
stock=$(image_sum "$installed")
stock_id=$(module_build_id vmxnet3)
cp "$installed" /tmp/stock
modalias=$(cat /sys/bus/pci/drivers/vmxnet3/0*/modalias)
entry=/run/modprobe.d/drvswap-vmxnet3.conf

# What udev does for each event of the device, all the time; and before it what $1 says.
storm()
{
	touch /tmp/storm
	while [ -e /tmp/storm ]; do
		$1
		[ ! -e $entry ] || cp $entry /tmp/seen
		modprobe -qb "$modalias"
	done &
	storm_pid=$!
}
calm() { rm /tmp/storm && wait "$storm_pid"; }

# delayed COMMAND...: with five seconds between each decision to insert and the insertion. LeakSanitizer cannot work beside
# strace.
delayed() { ASAN_OPTIONS=$ASAN_OPTIONS:detect_leaks=0 strace -f -qq -o /tmp/strace -e trace=finit_module -e inject=finit_module:delay_enter=5000000 "$@"; }

section "a storm of events"
storm true
check_exit 0 "a swap in it" delayed drvswap vmxnet3 "$modules/good/99.1/vmxnet3.ko"
runs vmxnet3 good/99.1/vmxnet3.ko "the code that runs is that of the file"
check_exit 0 "and a rollback" delayed drvswap rollback vmxnet3
calm
same "the old code runs" "$stock_id" "$(module_build_id vmxnet3)"
check_out "^blacklist vmxnet3$" "there was an entry for udev" cat /tmp/seen
check_out "^install vmxnet3 /bin/false$" "and for modprobe" cat /tmp/seen
check_not "it is gone" test -e $entry

section "the same storm without the entry"
storm "rm -f $entry"
check_exit 4 "what was loaded is noticed, and the swap undone" delayed drvswap vmxnet3 "$modules/good/99.1/vmxnet3.ko"
calm
err_has 'another build of vmxnet3 was loaded by someone else|a module of that name is loaded' "says so"
same "the old code runs" "$stock_id" "$(module_build_id vmxnet3)"
same "the old file is installed" "$stock" "$(image_sum "$installed")"
nothing_left "without the entry"
check "the network answers" answers

section "changed after the check"
network_before
files_before
pre=/etc/drvswap/hooks.d/pre
mkdir -p $pre
chmod -R 755 /etc/drvswap
# meanwhile COMMAND: when all was looked at, and before the outage.
meanwhile()
{
	printf '#!/bin/sh\n%s\n' "$1" >$pre/10-meanwhile
	chmod 755 $pre/10-meanwhile
}
untouched_but()
{
	same "$1: the old code runs" "$stock_id" "$(module_build_id vmxnet3)"
	network_as_before "$1"
	nothing_left "$1"
}
cp "$modules/good/99.1/vmxnet3.ko" /tmp/candidate.ko
meanwhile 'printf x >>/tmp/candidate.ko'
check_exit 1 "the candidate" drvswap vmxnet3 /tmp/candidate.ko
err_has '^drvswap: /tmp/candidate.ko was changed by someone else' "says so"
untouched_but "candidate"
files_as_before "candidate: the files are as before"
unpacked "$installed" >/tmp/other.ko
printf x >>/tmp/other.ko
meanwhile "cat /tmp/other.ko >$installed"
check_exit 1 "the installed file" drvswap vmxnet3 "$modules/good/99.1/vmxnet3.ko"
err_has 'the host changed since it was observed: .*was changed by someone else' "says so"
untouched_but "installed"
same "the file of the other one stays" "$(sum_of /tmp/other.ko)" "$(sum_of "$installed")"
rm -r /etc/drvswap
cat /tmp/stock >"$installed"

section "the entry and the window"
check_exit 0 "a swap that waits" drvswap --confirm=60 --no-wait vmxnet3 "$modules/good/99.1/vmxnet3.ko"
check_not "the entry is gone by then" test -e $entry
check_out "insmod .*vmxnet3" "modprobe would load the driver as ever" modprobe -n -v --show-depends vmxnet3

section "a package in the window"
unpacked "$installed" >/tmp/package.ko
printf 'package' >>/tmp/package.ko
cp /tmp/package.ko "$installed.dpkg-new"
package=$(image_sum "$installed.dpkg-new")
mv "$installed.dpkg-new" "$installed"
check_exit 4 "the confirmation" drvswap confirm
check_exit 0 "history" drvswap history vmxnet3
out_has 'rolled-back' "says that it was undone"
same "the old code runs" "$stock_id" "$(module_build_id vmxnet3)"
same "the package's file stays" "$package" "$(sum_of "$installed")"
nothing_left "package in the window"
mv /tmp/stock "$installed"
depmod

section "a package after the swap"
check_exit 0 "the swap" drvswap vmxnet3 "$modules/good/99.1/vmxnet3.ko"
check_exit 0 "status" drvswap status vmxnet3
out_lacks '^overwritten ' "has nothing to tell"
cp "$installed.old" "$installed.dpkg-new"
mv "$installed.dpkg-new" "$installed"
check_exit 0 "status after another file came" drvswap status vmxnet3
out_has '^overwritten .*no longer what was swapped in' "tells it"
out_has 'NOT what is installed' "and that it does not run"
check_exit 0 "status as data" drvswap status --json vmxnet3
out_is_json "is JSON"
json_has '^overwritten=true$' "tells it too"

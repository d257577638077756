# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# Drivers that the kernel takes and that do not work: everything is put back, and that was verified.
# cpus: 2
# soak-kernels: 6.1
# timeout: 300
# nics: 2

check "the network comes up" net_up
sysctl -qw kernel.panic=0
stock_id=$(module_build_id vmxnet3)
ip link set eth1 mtu 1400
check_exit 0 "an earlier swap, which must survive the failures" drvswap vmxnet3 "$modules/good/99.1/vmxnet3.ko"
check_exit 0 "and its rollback" drvswap rollback
network_before

# back TEXT: the old driver runs, and everything is as it was.
back()
{
	out_has 'failed and rolled back; the rollback was verified' "$1: says that the rollback was verified"
	out_lacks '^vmxnet3: done' "$1: does not say that it is done"
	same "$1: the old code runs" "$stock_id" "$(module_build_id vmxnet3)"
	check "$1: it drives both NICs" bound 2
	check "$1: the first wire answers" answers 0
	check "$1: the second wire answers" answers 1
	network_as_before "$1"
	files_as_before "$1: files byte by byte as before"
	nothing_left "$1"
	same "$1: kernel.panic is as before" 0 "$(cat /proc/sys/kernel/panic)"
	check_out ' rolled-back ' "$1: history has it" sh -c 'drvswap history | tail -n 1'
}

# fails HOW REGEX: a swap for that bad driver is undone, and the error has these words.
fails()
{
	section "$1"
	files_before
	check_exit 4 "$1" drvswap --timeout=$((3 * ds_scale)) vmxnet3 "$modules/bad/$1/vmxnet3.ko"
	err_has "^drvswap: .*$2" "$1: the error says why"
	back "$1"
}

fails init-fails 'kernel: .*drvswap test: init fails'
fails probe-fails 'does not drive the device pci/0000:00:0[0-9]\.0.*kernel: .*drvswap test: probe fails'
fails probe-fails-second 'does not drive the device pci/0000:00:0[0-9]\.0.*kernel: .*drvswap test: probe of all but'
fails no-carrier 'eth[01] .*no carrier'
fails other-mac 'eth[01] '

section "the bytes that ran are not taken back"
# What is inserted from memory fails from the window on; modprobe, which is the other way, has the file.
# LeakSanitizer cannot work beside strace.
files_before
ASAN_OPTIONS=$ASAN_OPTIONS:detect_leaks=0 drvswap --confirm=100 vmxnet3 "$modules/good/99.1/vmxnet3.ko" >/tmp/swap.out 2>/tmp/swap.err </dev/null &
swap=$!
check_within 60 "the swap waits for a confirmation" grep -q 'wait .* for .drvswap confirm' /tmp/swap.err
strace -f -o /tmp/strace -p "$(cat /run/drvswap/lock)" -P /memfd:drvswap -e trace=finit_module \
	-e inject=finit_module:error=EIO 2>/tmp/strace.err &
strace=$!
check_within 20 "its calls can be made to fail" grep -q attached /tmp/strace.err
check_exit 0 "it is ended" drvswap rollback
wait $swap
same "it is back" 4 $?
wait $strace
check_out 'failed +insert vmxnet3 from' "the first way failed" cat /tmp/swap.err
out_has 'undo +load vmxnet3 from' "and the second did not"
run cat /tmp/swap.out
back "modprobe"

section "another version than expected"
files_before
check_exit 4 "--expect-version" drvswap --expect-version=99.2.0.0-test-NAPI vmxnet3 "$modules/good/99.1/vmxnet3.ko"
err_has '99\.2\.0\.0-test-NAPI' "says what was expected"
err_has '99\.1\.0\.0-test-NAPI' "and what came"
back "--expect-version"

section "depmod fails once"
files_before
mv /usr/sbin/depmod /usr/sbin/depmod.real
cat >/usr/sbin/depmod <<-'END'
	#!/bin/sh
	if [ ! -e /tmp/ds/depmod-failed ]; then
	        touch /tmp/ds/depmod-failed
	        echo "depmod: ERROR: no room" >&2
	        exit 1
	fi
	exec /usr/bin/kmod depmod "$@"
END
chmod 755 /usr/sbin/depmod
sed -i 's,exec .*,exec -a depmod /usr/bin/kmod "$@",; 1s,.*,#!/usr/bin/busybox sh,' /usr/sbin/depmod
check_exit 4 "depmod fails once" drvswap vmxnet3 "$modules/good/99.1/vmxnet3.ko"
err_has 'depmod.*ERROR: no room' "depmod: its own words are in the error"
back "depmod fails once"
section "depmod fails always"
files_before
rm -f /tmp/ds/depmod-failed
sed -i 's/touch/true/' /usr/sbin/depmod
# It has written nothing, neither on the way nor on the way back: the indexes are those of the old file.
check_exit 4 "depmod fails always" drvswap vmxnet3 "$modules/good/99.1/vmxnet3.ko"
err_has 'depmod.*ERROR: no room' "and why"
back "depmod fails always"
section "depmod fails always, and leaves something behind"
files_before
# The way back needs depmod as well: without it nobody knows what the indexes hold.
sed -i "s,echo \"depmod,touch /lib/modules/$release/modules.alias; &," /usr/sbin/depmod
check_exit 5 "depmod fails halfway" drvswap vmxnet3 "$modules/good/99.1/vmxnet3.ko"
out_has 'the rollback is incomplete' "says that the rollback is incomplete"
err_has 'depmod.*ERROR: no room' "and why"
err_has 'drvswap recover' "and what to do"
same "the old code runs" "$stock_id" "$(module_build_id vmxnet3)"
network_as_before "depmod fails halfway"
files_as_before "depmod fails halfway: files byte by byte as before"
check "the journal is kept" test -s "$state/journal"
check_exit 5 "another swap tries the rollback again first, and goes no further" drvswap vmxnet3 "$modules/good/99.1/vmxnet3.ko"
err_has 'recover' "and says for what"
mv /usr/sbin/depmod.real /usr/sbin/depmod
check_exit 4 "with depmod repaired, recover undoes the rest" drvswap recover
back "recover"
check_exit 0 "recover has nothing more to do" drvswap recover
out_has 'nothing to recover' "and says so"

section "and a good one still works"
check_exit 0 "a good driver" drvswap --expect-version=99.1.0.0-test-NAPI vmxnet3 "$modules/good/99.1/vmxnet3.ko"
runs vmxnet3 good/99.1/vmxnet3.ko "its code runs"
check_exit 0 "history as data" drvswap history --json
out_is_json "is JSON"
json_has '^outcomes\.2\.kind=rolled-back$' "has the failures"
json_has '^outcomes\.2\.error=.*init fails' "and why"
network_as_before "in the end"

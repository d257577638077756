# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154
# Events of the device while the driver is away: the real udevd loads what the disk holds, unless it is told not to.
# labels: vm-full soak
# timeout: 900

# storm WORDS: events of all PCI devices, as a coldplug makes them, all the time; and before each lot what WORDS say.
storm() { ssh_guest "systemd-run -q --unit=storm --collect sh -c 'while :; do $1; udevadm trigger --action=add --subsystem-match=pci; sleep 0.3; done'"; }
calm() { ssh_guest "systemctl stop storm; udevadm settle"; }

# typed COMMAND...: with two seconds between the decision to insert and the insertion. LeakSanitizer cannot work beside
# strace.
typed() { ssh_timeout=180 ssh_guest "export ASAN_OPTIONS=\$ASAN_OPTIONS:detect_leaks=0; strace -f -qq -o /root/strace -e trace=finit_module -e inject=finit_module:delay_enter=2000000 $*"; }

boot || return
facts
stock=${fact[file_sum]}
stock_id=${fact[build_id]}
good=$(file_build_id good/99.1/vmxnet3.ko)
entry=/run/modprobe.d/drvswap-vmxnet3.conf
check "the test module is copied" copy_modules good/99.1:vmxnet3.ko

section "by hand"
check "the driver is taken away, and events come" ssh_guest "systemd-run -q --collect sh -c 'rmmod vmxnet3; udevadm trigger --action=add --subsystem-match=pci; udevadm settle; lsmod >/root/lsmod'"
check "somebody can log in" wait_ssh 90
check "udev has loaded it" ssh_guest "grep '^vmxnet3 ' /root/lsmod"

section "a swap in a storm of events"
check "the storm begins" storm "cp $entry /root/seen 2>/dev/null"
check_exit 0 "the swap" typed drvswap --initramfs=leave vmxnet3 /root/vmxnet3.ko
check "the storm ends" calm
facts
same "the new code runs" "$good" "${fact[build_id]}"
same "nothing is left over" "" "${fact[left]}"
check "there was an entry" ssh_guest grep -x "'blacklist vmxnet3'" /root/seen
check_exit 0 "the rollback" ssh_guest drvswap --initramfs=leave rollback
facts
same "the old code runs" "$stock_id" "${fact[build_id]}"

section "the same without the entry"
check "the storm begins" storm "rm -f $entry; udevadm control --reload"
check_exit 4 "the swap is undone" typed drvswap --initramfs=leave vmxnet3 /root/vmxnet3.ko
err_has 'another build of vmxnet3 was loaded by someone else|a module of that name is loaded' "for it was overtaken"
check "the storm ends" calm
facts
same "the old code runs" "$stock_id" "${fact[build_id]}"
same "the old file is installed" "$stock" "${fact[file_sum]}"
same "nothing is left over" "" "${fact[left]}"

section "afterwards"
check "udev loads the driver again" ssh_guest "systemd-run -q --collect sh -c 'rmmod vmxnet3; udevadm trigger --action=add --subsystem-match=pci; udevadm settle; lsmod >/root/lsmod'"
check "somebody can log in" wait_ssh 90
check "it is loaded" ssh_guest "grep '^vmxnet3 ' /root/lsmod"
poweroff_guest

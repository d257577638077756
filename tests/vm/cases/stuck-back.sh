# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# A candidate that loads and works, and that the kernel cannot get rid of again: there is no way back but a boot, and
# that one has the old driver.
# cpus: 2
# soak-kernels: 6.12
# timeout: 300
# disk: yes

kernel_trouble_expected
check "boot $boot: the disk is there" disk_use "/lib/modules/$release" /var/lib
check "boot $boot: the network comes up" net_up
installed=$(installed_file vmxnet3)
bad=$modules/bad/exit-loops/vmxnet3.ko

if [ "$boot" -eq 1 ]; then
	sum_of "$installed" >/var/lib/stock
	section "it is not the version that was wanted"
	check_exit 5 "the swap" drvswap --reboot=never --timeout=$((5 * ds_scale)) --expect-version=1 vmxnet3 "$bad"
	err_has 'unload vmxnet3: the kernel does not come back, it waits in .*ds_pci_unregister_driver' "says what the kernel does"
	err_has 'only a reboot' "and what to do"
	same "the disk has the old driver" "$(cat /var/lib/stock)" "$(sum_of "$installed")"
	check_not "nothing is staged" test -e "$installed.new"
	check "the journal is kept" test -s $state/journal
	check_out 'incomplete' "history has it" drvswap history vmxnet3
	check_exit 6 "another swap is refused" drvswap vmxnet3 "$modules/good/99.1/vmxnet3.ko"
	check_out 'unload vmxnet3' "status says in which step" timeout $((60 * ds_scale)) drvswap status vmxnet3
	boot_again
else
	section "after a boot"
	same "the disk has the old driver" "$(cat /var/lib/stock)" "$(sum_of "$installed")"
	runs vmxnet3 good/stock/vmxnet3.ko "and it is what runs"
	check_exit 4 "recover" drvswap recover
	err_has 'the kernel was stuck' "says why there is something to recover"
	nothing_left "recover"
	check "the network answers" answers
	check_exit 0 "a good one" drvswap vmxnet3 "$modules/good/99.1/vmxnet3.ko"
fi

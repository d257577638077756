# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# nics: 2
# cmdline: ds.test=1
# disk: 64M
# modules: nbd
# Every kind of boot, the disk, two wires, and what a header line can ask for.
case $boot in
1)
	check "two NICs come up" net_up
	check "the second has its own peer" answers 1
	check_out 'ds\.test=1' "the command line of the case" cat /proc/cmdline
	check "a module that the case asked for" modprobe nbd
	check "directories on the disk" disk_use /lib/modules /var/lib
	echo first >/var/lib/mark
	sync
	check "modprobe still finds modules there" modprobe dummy
	power_cut
	;;
2)
	disk_use /var/lib
	same "what was synced survived the power cut" first "$(cat /var/lib/mark)"
	echo second >/var/lib/mark
	boot_again
	;;
3)
	disk_use /var/lib
	same "what was written survived the orderly end" second "$(cat /var/lib/mark)"
	kernel_trouble_expected
	expect_panic "a panic that is expected"
	echo c >/proc/sysrq-trigger
	sleep 30
	;;
4)
	check "the boot after it" true
	check_not "a command that fails" false
	check_exit 3 "its exit code" sh -c 'echo words >&2; echo more; exit 3'
	out_has '^more$' "its output"
	err_has '^words$' "its errors"
	err_lacks more "and they are kept apart"
	;;
esac

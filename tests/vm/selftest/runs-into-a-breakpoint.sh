# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# The kernel dies in the second boot as it does of QEMU's stale breakpoints: the case begins again, with a new disk.
# disk: yes
check "the disk is there" disk_use /var/lib
if [ "$boot" -eq 1 ]; then
	check_not "the disk is new" test -e /var/lib/mark
	touch /var/lib/mark
	boot_again
fi
check "the disk is that of the first boot" test -e /var/lib/mark
echo 'int3: 0000 [#1] as if it were one' >/dev/kmsg
echo c >/proc/sysrq-trigger
sleep 30

# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# cmdline: lockdown=integrity
# labels: vm ground
# Lockdown without enforcement of signatures: another errno than in policy.
check_out '\[integrity\]' "lockdown is on" cat /sys/kernel/security/lockdown
check "the distribution's driver loads" modprobe vmxnet3
rmmod vmxnet3
check_not "an unsigned one does not" insmod "$modules/good/99.1/vmxnet3.ko"
err_has 'Operation not permitted' "the kernel says EPERM"
kernel_says 'Lockdown: insmod: unsigned module loading is restricted' "and why"

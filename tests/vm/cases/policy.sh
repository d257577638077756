# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# cmdline: module.sig_enforce=1
# labels: vm ground
# A kernel that takes signed modules only, as under Secure Boot: what the ground must offer to the tests of policy.
check "the network comes up with the distribution's driver" net_up
check_out '^Y$' "enforcement is on" cat /sys/module/module/parameters/sig_enforce
rmmod vmxnet3
for how in 99.1 99.1-signed; do
	check_not "$how is refused" insmod "$modules/good/$how/vmxnet3.ko"
	err_has 'Key was rejected' "$how: by reason of its key"
done
check "the distribution's driver loads, unpacked too" insmod "$modules/good/stock/vmxnet3.ko"
check "and works" nic_up 0

section "modules_disabled"
rmmod vmxnet3
echo 1 >/proc/sys/kernel/modules_disabled
check_not "nothing is loaded any more" modprobe vmxnet3
err_has 'Operation not permitted' "the kernel says EPERM"

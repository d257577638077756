# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# A swap without a file: the bundled driver, from where DKMS leaves it and from where packages put it.
# soak-kernels: 6.12
# timeout: 240
# files: build/vm/driver/@KERNEL@/vmxnet3.ko:ds/vmxnet3.ko

tree=/var/lib/dkms/drvswap-vmxnet3
check "the network comes up" net_up
network_before

addresses() { ip -o addr show dev eth0 | sed 's/^[0-9]*: //; s/[a-z_]*_lft [^ ]*//g'; }
addresses_before=$(addresses)

section "none is built"
refuses impossible candidate-missing "a swap without a file" vmxnet3
refusal_has "no bundled driver vmxnet3 is built for the kernel $release_regex" "says what is missing"

section "DKMS has built it"
for version in 2.0.9 2.0.10; do
	mkdir -p "$tree/$version/$release/x86_64/module"
done
echo "an older one, and no module" >"$tree/2.0.9/$release/x86_64/module/vmxnet3.ko"
echo "not this" >"$tree/2.0.10/$release/x86_64/module/vmxnet3.ko.old"
cp /ds/vmxnet3.ko "$tree/2.0.10/$release/x86_64/module/"
echo 'dmi:bvnPhoenixTechnologiesLTD:bvr6.00:svnVMware,Inc.:pnVMware7,1:' >/tmp/vmware
host_before
check_exit 0 "the preview" drvswap -n vmxnet3
out_has "candidate +$tree/2\\.0\\.10/$release_regex/x86_64/module/vmxnet3.ko" "takes the newest build"
out_lacks 'unproven-device' "it was tried on hardware like this"
check "the hardware is another" mount --bind /tmp/vmware /sys/class/dmi/id/modalias
warns unproven-device "hardware of another maker" vmxnet3
out_has 'Add --confirm' "asks for a confirmation"
check_exit 0 "with one" drvswap -n --confirm vmxnet3
out_has 'goes back unless you confirm' "says what it is for"
umount /sys/class/dmi/id/modalias
untouched "nothing was touched"

check_exit 0 "the swap" drvswap vmxnet3
out_has 'driver-version +eth0: .* -> 2\.0\.0' "tells the version before and after"
out_has 'devlink' "which devlink told"
same "ethtool says it too" 2.0.0 "$(nic_version eth0)"
# The link itself has other queues than that of the in-tree driver.
same "the addresses are as before" "$addresses_before" "$(addresses)"
check_exit 0 "once more" drvswap vmxnet3
out_has 'nothing to do' "is nothing to do"
check_exit 0 "rollback" drvswap rollback vmxnet3
network_as_before "after the rollback"

section "a package has brought it"
directory=$(grep -ao "/[a-z/]*/drvswap/modules" "$(command -v drvswap)" | head -n 1)
check "the program knows a directory" test -n "$directory"
mkdir -p "$directory/$release"
xz --check=crc32 -c /ds/vmxnet3.ko >"$directory/$release/vmxnet3.ko.xz"
check_exit 0 "the preview" drvswap -n vmxnet3
out_has "candidate +$directory/$release_regex/vmxnet3.ko.xz" "takes that one first"

# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# The ground under all other cases: the guest, its wire, the distribution's driver, a replacement put in by hand.
# soak-kernels: 6.12

section "the distribution's driver"
check "the network comes up" net_up
check "the peer answers" answers
check "ethtool works" ethtool -i eth0
out_has '^driver: vmxnet3$' "the driver is vmxnet3"
out_has '^version: 1\.[0-9.]*-k-NAPI$' "with the distribution's version"
check_out "$suffix\$" "modprobe has a file for it, stored as the distribution does" installed_file vmxnet3
stock_id=$(module_build_id vmxnet3)
same "the build-id has 40 digits" 40 ${#stock_id}

section "snapshots"
snapshot_net before
snapshot_files before
snapshot_files_strict before
snapshot_settings before
check "unload" rmmod vmxnet3
check_not "no eth0 without a driver" test -e /sys/class/net/eth0
check "load again" modprobe vmxnet3
check "the network is back" nic_up 0
snapshot_net after
snapshot_files after
snapshot_files_strict after
snapshot_settings after
same_snapshot net "links, addresses and routes are as before" before after
same_snapshot files "files are as before" before after
same_snapshot strict "files were not touched" before after
same_snapshot settings "settings are as before" before after

section "a replacement"
for version in 99.1 99.2; do
	rmmod vmxnet3
	check "insert $version" insmod "$modules/good/$version/vmxnet3.ko"
	check "eth0 comes up with $version" nic_up 0
	check "the peer answers through $version" answers
	same "ethtool says $version" "$version.0.0-test-NAPI" "$(nic_version eth0)"
	same "sysfs says $version" "$version.0.0-test" "$(module_version vmxnet3)"
	same "the build-id is that of the file" "$(file_build_id "$modules/good/$version/vmxnet3.ko")" "$(module_build_id vmxnet3)"
	differ "and not the distribution's" "$stock_id" "$(module_build_id vmxnet3)"
	ip addr flush dev eth0
done

section "other ways to store it"
for how in xz xz-crc64 zst debug signed; do
	rmmod vmxnet3
	check "kmod inserts 99.1-$how" insmod "$modules/good/99.1-$how/"vmxnet3.ko*
	same "and it is 99.1" "99.1.0.0-test" "$(module_version vmxnet3)"
done

# Debian's kmod is built without zlib.
rmmod vmxnet3
gzip -dc "$modules/good/99.1-gz/vmxnet3.ko.gz" >/tmp/vmxnet3.ko
check "99.1-gz loads when it is unpacked" insmod /tmp/vmxnet3.ko

section "modules without a device"
install_module "$modules/plain/1/ds_plain.ko"
check "modprobe finds an installed module" modprobe ds_plain level=5
check_out "drivers/misc/ds_plain$suffix" "and its file" installed_file ds_plain
same "version 1.0" 1.0 "$(module_version ds_plain)"
same "the parameter arrived" 5 "$(cat /sys/module/ds_plain/parameters/level)"
rmmod ds_plain
check "version 2" insmod "$modules/plain/2/ds_plain.ko"
same "version 2.0" 2.0 "$(module_version ds_plain)"
rmmod ds_plain
check "no-param loads with a parameter that it does not know" insmod "$modules/plain/no-param/ds_plain.ko" level=5
kernel_says "ds_plain: unknown parameter 'level' ignored" "and the kernel says so"

section "holders"
check "base 1" insmod "$modules/base/1/ds_base.ko"
check "holder 1" insmod "$modules/holder/1/ds_holder.ko"
same "the symbol was called" 42 "$(cat /sys/module/ds_holder/parameters/answer)"
check "ds_holder holds ds_base" test -e /sys/module/ds_base/holders/ds_holder
check_not "ds_base cannot be removed" rmmod ds_base
err_has 'in use' "because it is in use"
rmmod ds_holder && rmmod ds_base
check "base 2 serves" insmod "$modules/base/2/ds_base.ko"
check "holder 2" insmod "$modules/holder/2/ds_holder.ko"
rmmod ds_holder && rmmod ds_base
insmod "$modules/base/other-crc/ds_base.ko"
check_not "a base with another checksum does not" insmod "$modules/holder/1/ds_holder.ko"
kernel_says 'ds_holder: disagrees about version of symbol ds_base_answer' "and the kernel says so"
rmmod ds_base
insmod "$modules/base/no-symbol/ds_base.ko"
check_not "a base without the symbol does not" insmod "$modules/holder/1/ds_holder.ko"
kernel_says 'ds_holder: Unknown symbol ds_base_answer' "and the kernel says so"

section "a new dependency"
check "needy 1 needs nothing" insmod "$modules/needy/1/ds_needy.ko"
rmmod ds_needy
check_not "needy 2 needs ds_dep" insmod "$modules/needy/2/ds_needy.ko"
insmod "$modules/dep/ds_dep.ko"
check "and loads with it" insmod "$modules/needy/2/ds_needy.ko"
same "it was called" 7 "$(cat /sys/module/ds_needy/parameters/value)"

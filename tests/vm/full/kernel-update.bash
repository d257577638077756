# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154
# Debian's packages of two more kernels are installed, with `persist` in drvswap.conf: the one with a prepared driver boots
# with that one, and for the other there is a loud warning.
# labels: vm-full soak
# timeout: 900

packages=$cache/kernel-packages
"$repo/tests/vm/kernel-packages" || {
	result 1 "the packages of the kernels are there: tests/vm/kernel-packages"
	return
}
newer=$(sed -n 's/^6\.12 //p' "$packages/releases")
without=$(sed -n 's/^cloud //p' "$packages/releases")
# For the kernel that comes; what runs now has test modules of its own.
prepared=$modules_dir/6.12/good/99.1/vmxnet3.ko
kernel=drivers/net/vmxnet3/vmxnet3.ko

# What runs in the package manager waits for an initramfs image, too.
slowly() { ssh_timeout=600 ssh_guest "$@"; }

# Through the emulated network they would take minutes.
check "the packages are on the disk" disk_put "$packages/6.12.deb" /root/newer.deb 644
check "both" disk_put "$packages/cloud.deb" /root/without.deb 644
check "and the hook" disk_put "$repo/src/integration/kernel/persist" /etc/kernel/postinst.d/zz-drvswap-persist 755
boot || return
facts
stock=${fact[file_sum]}
same "the first kernel runs" "$release" "${fact[release]}"
check "a driver for the newer kernel is prepared" copy_in "$prepared" "/srv/drivers/$newer/vmxnet3.ko"
check "and is wanted" ssh_guest "echo 'persist = vmxnet3 /srv/drivers' >/etc/drvswap.conf"

section "a kernel without a driver"
check_exit 0 "it is installed all the same" slowly dpkg -i /root/without.deb
err_has "WARNING: kernel $without .*there is no /srv/drivers/$without/vmxnet3.ko" "with a loud warning"
check_exit 0 "the journal" ssh_guest journalctl -b -o cat DRVSWAP_EVENT=not-persisted
out_has "^kernel $without .*there is no " "has it, too"
check "it has the distribution's driver" ssh_guest test -s "/lib/modules/$without/kernel/$kernel"
check_not "and nothing of ours" ssh_guest test -e "/lib/modules/$without/kernel/$kernel.old"

section "a kernel with a driver"
check_exit 0 "it is installed" slowly dpkg -i /root/newer.deb
err_lacks WARNING "without a warning"
out_has 'vmxnet3' "and drvswap says what it did"
check_exit 0 "the journal" ssh_guest journalctl -b -o cat DRVSWAP_EVENT=persisted
out_has "^kernel ${newer/+/[+]} will boot the vmxnet3 " "has it, too"
facts
same "the kernel that runs keeps its driver" "$stock" "${fact[file_sum]}"
check "its own driver is kept" ssh_guest test -s "/lib/modules/$newer/kernel/$kernel.xz.old"
same "the prepared one is installed" "$(sum_of "$prepared")" "$(guest_says "xz -dc /lib/modules/$newer/kernel/$kernel.xz | sha256sum" | cut -d ' ' -f 1)"
check "dpkg knows it as installed" ssh_guest "dpkg-query -W -f '\${db:Status-Status}' linux-image-$newer | grep -x installed"

section "the next boot"
kernel_of_boots 6.12
reboot_guest || return
facts
same "the newer kernel runs" "$newer" "${fact[release]}"
same "with the prepared driver" "$(file_build_id good/99.1/vmxnet3.ko)" "${fact[build_id]}"
same "which says so" 99.1.0.0-test "${fact[version]%-NAPI}"
check "the driver came from the image" ssh_guest "dmesg | grep -E 'vmxnet3 virtual NIC driver|EXT4-fs \(vda\): mounted'"
same "before the disk" 1 "$(head -n 1 "$out" | grep -c vmxnet3)"
check_exit 0 "status" ssh_guest drvswap status vmxnet3
out_has '99\.1\.0\.0-test' "tells it"
same "no unit has failed" "" "${fact[failed]}"
poweroff_guest

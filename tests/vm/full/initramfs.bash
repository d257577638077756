# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154
# Can the guest make the initramfs image that it boots with? This is slow under emulation: what it takes is a figure.
# labels: vm-full ground soak
# timeout: 1200

image_sum() { guest_says "sha256sum </boot/initrd.img-$release"; }

boot || return
section "the initramfs image is made anew"
from=$SECONDS
before=$(image_sum)
remake="update-initramfs -u -k $release"
[[ $kind == initramfs-tools ]] || remake="dracut --force /boot/initrd.img-$release $release"
ssh_timeout=500 check "it can be made" ssh_guest "$remake"
note "$remake: $((SECONDS - from)) s"
differ "the image is another one" "$before" "$(image_sum)"
check "it holds the driver" initrd_holds vmxnet3

section "depmod"
from=$SECONDS
ssh_timeout=240 check "depmod works" ssh_guest depmod -a
note "depmod -a: $((SECONDS - from)) s"


section "the guest starts with it"
reboot_guest || return
check "the driver is there" ssh_guest "dmesg | grep -E 'vmxnet3 virtual NIC driver|EXT4-fs \(vda\): mounted'"
same "and came from the image" vmxnet3 "$(head -n 1 "$out" | grep -o vmxnet3 | head -n 1)"
poweroff_guest

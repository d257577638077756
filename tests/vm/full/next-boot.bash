# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154
# What the next boot starts from: the initramfs follows the disk, and what a power cut interrupts is put right by the
# two units. The driver is in the image, so it is the image that decides which one runs after a boot.
# labels: vm-full soak
# timeout: 3600

# The NIC's driver was loaded before the root file system was there.
from_image()
{
	check "$1: the guest started" ssh_guest "dmesg | grep -E 'vmxnet3 virtual NIC driver|EXT4-fs \(vda\): mounted'"
	same "$1: the driver came from the image" vmxnet3 "$(head -n 1 "$out" | grep -o vmxnet3 | head -n 1)"
}

# The version of the driver in the image, as the tool's own programs find it.
image_version()
{
	if [[ $kind == initramfs-tools ]]; then
		guest_says "rm -rf /var/tmp/look && unmkinitramfs $initrd /var/tmp/look && modinfo -F version \$(find /var/tmp/look -name 'vmxnet3.ko*'); rm -rf /var/tmp/look"
	else
		guest_says "lsinitrd -f ${file#/} $initrd >/var/tmp/look.ko; test -s /var/tmp/look.ko || lsinitrd -f usr/${file#/} $initrd >/var/tmp/look.ko; modinfo -F version /var/tmp/look.ko; rm /var/tmp/look.ko"
	fi
}
image_sum() { guest_says "sha256sum <$initrd"; }
boot_left() { guest_says "ls -A /boot | grep -F .drvswap"; }

nothing_left()
{
	same "$1: nothing is left over" "" "${fact[left]}"
	same "$1: nor in /boot" "" "$(boot_left)"
	same "$1: no unit has failed" "" "${fact[failed]}"
}

is_old()
{
	same "$1: the old code runs" "$stock_id" "${fact[build_id]}"
	same "$1: the old file is installed" "$stock" "${fact[file_sum]}"
}
is_new()
{
	same "$1: the new code runs" "$good" "${fact[build_id]}"
	same "$1: the new file is installed" "$(sum_of "$modules/good/99.1/vmxnet3.ko")" "${fact[file_sum]}"
	same "$1: the old one is .old" "$stock" "${fact[old_sum]}"
}

# The units, as they are installed, for the program where this guest has it.
install_units()
{
	local unit built=${DRVSWAP_BIN:-$repo/build/drvswap}
	rm -rf "$work/root"
	mkdir "$work/root"
	for unit in drvswap-recover drvswap-recover-late; do
		sed 's,^ExecStart=.*/drvswap ,ExecStart=/usr/sbin/drvswap ,' "${built%/*}/$unit.service" >"$work/root/$unit.service" || return 1
	done
	copy_in "$work/root" /root/units && ssh_guest 'cp /root/units/*.service /etc/systemd/system/ && systemctl enable drvswap-recover drvswap-recover-late && sync'
}

# Whatever makes the image stops in the middle: for ever, or with an error.
disturb()
{
	local words=$1
	if [[ $kind == initramfs-tools ]]; then
		ssh_guest "printf '%s\n' '#!/bin/sh' '[ \"\$1\" = prereqs ] && exit 0' '$words' >/etc/initramfs-tools/hooks/zz-test && chmod 755 /etc/initramfs-tools/hooks/zz-test && sync"
	else
		ssh_guest "echo '$words' >/etc/dracut.conf.d/zz-test.conf && sync"
	fi
}
leave_in_peace() { ssh_guest "rm -f /etc/initramfs-tools/hooks/zz-test /etc/dracut.conf.d/zz-test.conf; sync"; }

# recovered TEXT: the second unit has ended, some time after somebody can log in.
recovered() { check_within 300 "$1: the recovery comes to its end" ssh_guest 'test ! -e /var/lib/drvswap/journal && ! systemctl is-active -q drvswap-recover-late'; }

boot || return
facts
file=${fact[file]}
stock=${fact[file_sum]}
stock_id=${fact[build_id]}
stock_version=${fact[file_version]}
good=$(file_build_id good/99.1/vmxnet3.ko)
initrd=/boot/initrd.img-$release
tool=/usr/sbin/mkinitramfs
[[ $kind == initramfs-tools ]] || tool=/usr/bin/dracut
check "the test module is copied" copy_modules good/99.1:vmxnet3.ko
check "the units are installed" install_units
same "the image holds the old driver" "$stock_version" "$(image_version)"

section "preview"
from=$SECONDS
check_exit 0 "the preview" ssh_guest drvswap -n vmxnet3 /root/vmxnet3.ko
out_has "commit +build $initrd\\.drvswap with $tool" "says what makes the image"
out_has "commit +exchange $initrd with $initrd\\.drvswap" "and that it is exchanged"
out_lacks 'initramfs-(holds-old|stuck|unknown)' "and finds nothing wrong with it"
note "preview: $((SECONDS - from)) s"
check_exit 0 "the preview without" ssh_guest drvswap -n --initramfs=leave vmxnet3 /root/vmxnet3.ko
out_has '^warn +initramfs-holds-old:' "warns"
out_lacks "commit +build" "and builds none"
ssh_guest "mount --bind -o ro /boot /boot && mount -o remount,bind,ro /boot" 2>/dev/null
check_exit 3 "a read-only /boot" ssh_guest drvswap vmxnet3 /root/vmxnet3.ko
err_has 'refuse +initramfs-stuck: .*read-only' "is refused before anything is touched"
check "it is writable again" ssh_guest umount /boot

section "the image cannot be made"
before=$(image_sum)
check "a hook that fails" disturb "exit 1"
ssh_timeout=900 check_exit 4 "the swap is undone" ssh_guest drvswap vmxnet3 /root/vmxnet3.ko
err_has "$tool failed" "and says what failed"
same "the image is the one that was there" "$before" "$(image_sum)"
facts
is_old "no image"
nothing_left "no image"
check "the hook goes" leave_in_peace

section "a power cut in the confirm window"
check_exit 0 "a swap that waits" ssh_guest drvswap --confirm=900 --no-wait vmxnet3 /root/vmxnet3.ko
facts
same "the new code runs" "$good" "${fact[build_id]}"
power_cut
boot || return
from_image "cut in the window"
recovered "cut in the window"
facts
is_old "cut in the window"
nothing_left "cut in the window"

section "a power cut while the image is made"
check "a hook that waits" disturb "touch /run/building; sleep 900"
ssh "${ssh_options[@]}" -p "$port" root@127.0.0.1 drvswap vmxnet3 /root/vmxnet3.ko </dev/null >"$work/cut" 2>&1 &
caller=$!
disown "$caller"
check_within 300 "the image is being made" ssh_guest test -e /run/building
check "nobody else may begin" ssh_guest "drvswap -n vmxnet3 /root/vmxnet3.ko >/dev/null; drvswap vmxnet3 /root/vmxnet3.ko; test \$? = 6"
same "the disk has the new file already" "$(sum_of "$modules/good/99.1/vmxnet3.ko")" "$(guest_says "sha256sum <$file" | cut -d ' ' -f 1)"
check "which is on the disk" ssh_guest sync
power_cut
boot || return
from_image "cut while building"
recovered "cut while building"
check "the hook goes" leave_in_peace
facts
is_old "cut while building"
nothing_left "cut while building"
same "the image holds the old driver" "$stock_version" "$(image_version)"
check_exit 0 "status" ssh_guest drvswap status vmxnet3
out_has '^state +what runs is what is installed$' "agrees"

section "swap"
from=$SECONDS
ssh_timeout=1200 check_exit 0 "the swap" ssh_guest drvswap vmxnet3 /root/vmxnet3.ko
err_has 'begin +build ' "says that it builds before it has built"
note "swap with $tool: $((SECONDS - from)) s"
facts
is_new "swap"
nothing_left "swap"
same "the image holds the new driver" 99.1.0.0-test "$(image_version)"
# A boot loader does not read the journal of the file system: all must be in its place at once.
power_cut
boot || return
from_image "swap"
facts
is_new "after a power cut"
nothing_left "after a power cut"
check_exit 0 "the same again" ssh_guest drvswap vmxnet3 /root/vmxnet3.ko
out_has 'nothing to do' "is nothing to do"

section "rollback"
ssh_timeout=1200 check_exit 0 "the rollback" ssh_guest drvswap rollback
same "the image holds the old driver" "$stock_version" "$(image_version)"
facts
is_old "rollback"
nothing_left "rollback"
reboot_guest || return
from_image "rollback"
facts
is_old "rollback, after a reboot"
nothing_left "rollback, after a reboot"
poweroff_guest

# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# The initramfs follows the swap. What makes it here is a small script that can be told to misbehave; the real programs
# are those of tests/vm/full/next-boot.bash.
# soak-kernels: 6.1
# timeout: 300
# disk: yes

check "the network comes up" net_up
check "modules lie on a disk" disk_use /lib/modules
installed=$(installed_file vmxnet3)
stock=$(image_sum "$installed")
stock_id=$(module_build_id vmxnet3)
good=$modules/good/99.1/vmxnet3.ko
image=/boot/initrd.img-$release
image_regex="/boot/initrd[.]img-$release_regex"

cat >/usr/sbin/mkinitramfs <<'END'
#!/bin/sh
# mkinitramfs -o IMAGE RELEASE
[ ! -e /tmp/misbehave ] || . /tmp/misbehave
file=$(modinfo -n vmxnet3)
cd / && echo "${file#/}" | cpio -o -H newc 2>/dev/null | gzip >"$2"
END
chmod 755 /usr/sbin/mkinitramfs
mkdir -p /etc/initramfs/post-update.d
printf '#!/bin/sh\necho "$*" >>/tmp/hook-calls\n' >/etc/initramfs/post-update.d/loader
chmod 755 /etc/initramfs/post-update.d/loader

# in_image: what the image holds of the driver.
in_image()
{
	rm -rf /tmp/unpacked
	mkdir /tmp/unpacked
	(cd /tmp/unpacked && gzip -dc <"$image" | cpio -id 2>/dev/null)
	image_sum "$(find /tmp/unpacked -name 'vmxnet3.ko*')"
}

# as_before TEXT: the old driver, everywhere.
as_before()
{
	same "$1: the old code runs" "$stock_id" "$(module_build_id vmxnet3)"
	same "$1: the old file is installed" "$stock" "$(image_sum "$installed")"
	same "$1: the image is the very one" "$first" "$(sum_of "$image")"
	nothing_left "$1"
	same "$1: nothing is left in /boot" "" "$(find /boot -name '*.drvswap')"
}

check "there is an image" mkinitramfs -o "$image" "$release"
chmod 600 "$image"
first=$(sum_of "$image")
same "with the old driver" "$stock" "$(in_image)"

section "preview"
host_before
check_exit 0 "the preview" drvswap -n vmxnet3 "$good"
out_has "commit +build $image_regex.drvswap with /usr/sbin/mkinitramfs" "tells what makes the image"
out_lacks "initramfs-" "and finds nothing wrong"
untouched "and nothing was touched"

section "a program that fails"
echo 'echo "no room left"; exit 1' >/tmp/misbehave
check_exit 4 "the swap is undone" drvswap vmxnet3 "$good"
err_has 'mkinitramfs failed \(exit code 1\): no room left' "and says why"
as_before "failing"
echo 'echo half >"$2"; exit 0' >/tmp/misbehave
check_exit 4 "half an image" drvswap vmxnet3 "$good"
as_before "half"
echo 'cd / && echo bin/sh | cpio -o -H newc 2>/dev/null | gzip >"$2"; exit 0' >/tmp/misbehave
check_exit 4 "an image without the driver" drvswap vmxnet3 "$good"
err_has 'does not hold the new vmxnet3' "says what is wrong with it"
as_before "without"
rm /tmp/misbehave

section "a hook that fails"
hook=/etc/initramfs/post-update.d/broken
printf '#!/bin/sh\necho "no such loader"\nexit 1\n' >$hook
chmod 755 $hook
check_exit 4 "always: the swap is undone" drvswap vmxnet3 "$good"
err_has 'the hooks in /etc/initramfs/post-update.d.*no such loader' "and says why"
as_before "a hook that fails"
# One that took the new image, and does not take the old one: what the boot loader has is not the old driver.
printf '#!/bin/sh\necho "$(ls /tmp/hook-runs | wc -l)th"\ntouch "/tmp/hook-runs/$$"\nexit 1\n' >$hook
mkdir /tmp/hook-runs
check_exit 5 "in another way for the old image: a person must look" drvswap vmxnet3 "$good"
err_has 'the rollback is incomplete' "and is told so"
rm $hook
check_exit 4 "with the hook gone, recover tells the boot loader of the old one" drvswap recover
as_before "recovered"

section "the worker dies while the image is made"
echo 'echo $$ >/tmp/builder; sleep 60' >/tmp/misbehave
drvswap -q vmxnet3 "$good" >/dev/null 2>&1 </dev/null &
swap=$!
check_within 60 "the image is being made" test -s /tmp/builder
kill -KILL "$(cat /run/drvswap/lock)"
builder=$(cat /tmp/builder)
rm /tmp/misbehave
wait $swap
same "another one finishes the commit" 0 $?
check_not "and who still wrote to the image has ended" kill -0 "$builder"
same "the image holds the new driver" "$(image_sum "$good")" "$(in_image)"
runs vmxnet3 good/99.1/vmxnet3.ko "which runs"
nothing_left "recovered"
check_exit 0 "rollback" drvswap rollback vmxnet3
same "the image holds the old driver" "$stock" "$(in_image)"

section "the worker and its guard die while the image is made"
rm -f /tmp/builder
echo 'echo $$ >/tmp/builder; sleep 600' >/tmp/misbehave
drvswap -q vmxnet3 "$good" >/dev/null 2>&1 </dev/null &
swap=$!
check_within 60 "the image is being made" test -s /tmp/builder
worker=$(cat /run/drvswap/lock)
builder=$(cat /tmp/builder)
kill -KILL "$(guard_of "$worker")" "$worker"
rm /tmp/misbehave
wait $swap
same "a person must look" 5 $?
check "the image is still being made" kill -0 "$builder"
check_exit 0 "a recovery finishes the commit" drvswap recover
check_not "without who wrote to the image" kill -0 "$builder"
same "the image holds the new driver" "$(image_sum "$good")" "$(in_image)"
runs vmxnet3 good/99.1/vmxnet3.ko "which runs"
nothing_left "recovered"
same "nothing is left in /boot" "" "$(find /boot -name '*.drvswap')"
check_exit 0 "rollback" drvswap rollback vmxnet3
same "the image holds the old driver" "$stock" "$(in_image)"

section "swap"
first=$(sum_of "$image")
: >/tmp/hook-calls
check_exit 0 "the swap" drvswap vmxnet3 "$good"
err_has "begin +build $image_regex.drvswap" "says that it has begun to build"
same "the image holds the new driver" "$(image_sum "$good")" "$(in_image)"
same "who may read it is as before" 600 "$(stat -c %a "$image")"
same "boot loaders were told" "$release $image" "$(tail -n 1 /tmp/hook-calls)"
same "nothing is left in /boot" "" "$(find /boot -name '*.drvswap')"
nothing_left "swap"
check_exit 0 "status" drvswap status vmxnet3
out_has "^initramfs +$image_regex$" "names the image"
out_lacks '^next boot' "and finds nothing wrong with the next boot"
check_exit 0 "the same again" drvswap vmxnet3 "$good"
out_has 'nothing to do' "is nothing to do"
check_exit 0 "rollback, but for the image" drvswap --initramfs=leave rollback vmxnet3
same "the image still holds the new driver" "$(image_sum "$good")" "$(in_image)"
check_exit 0 "status" drvswap status vmxnet3
out_has "^next boot +$image_regex brings another build" "says what the next boot would bring"

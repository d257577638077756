# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# Every finding about the host, on a host that really is so. What the kernel enforces until the next boot comes last in
# a boot: signatures in the first, lockdown in the second, no modules at all in both.
# soak-kernels: 6.1
# timeout: 300

good=$modules/good/99.1/vmxnet3.ko
plain=$modules/plain
check "boot $boot: the network comes up" net_up
# The first real run makes the lock, which stays.
drvswap vmxnet3 /nothing >/dev/null 2>&1

case $boot in
1)
	section "the state of the module"
	builtin=$(sed -n 's,.*/\([a-z0-9_]*\)\.ko$,\1,p' "/lib/modules/$release/modules.builtin" | head -n 1)
	install_module "$plain/1/ds_plain.ko"
	host_before
	refuses impossible module-builtin "a module that is built in" "$builtin" "$good"
	refuses impossible module-unknown "a module that nobody has" ds_nobody "$good"
	warns module-not-loaded "an installed module that does not run" ds_plain "$plain/2/ds_plain.ko"
	warns carries-default-route "the only default route" vmxnet3 "$good"
	warns unsigned "a candidate without a signature" vmxnet3 "$good"
	untouched "the state of the module: nothing was touched"
	insmod "$modules/bad/init-sleeps/vmxnet3.ko" 2>/dev/null
	rmmod vmxnet3
	insmod "$modules/bad/init-sleeps/vmxnet3.ko" delay_s=30 &
	within 5 grep -qx coming /sys/module/vmxnet3/initstate
	refuses impossible module-unsettled "a module in its init" vmxnet3 "$good"
	wait
	rmmod vmxnet3

	section "what runs is not what is installed"
	insmod "$modules/good/99.2/vmxnet3.ko"
	check "a driver put in by hand works" nic_up 0
	host_before
	refuses refuse running-not-on-disk "another build runs" vmxnet3 "$good"
	refusal_has 'build-id differs' "says by what"
	check_exit 0 "--override=running-not-on-disk would go on" drvswap -n --override=running-not-on-disk vmxnet3 "$good"
	out_has "undo: insert vmxnet3 from (.*/)?vmxnet3$suffix, or else by modprobe\$" "and names what a rollback would load"
	untouched "not on disk: nothing was touched"
	rmmod vmxnet3
	modprobe vmxnet3
	nic_up 0

	section "in use"
	another_build loop /tmp/loop.ko
	truncate -s 1M /tmp/image
	modprobe loop
	losetup /dev/loop0 /tmp/image
	host_before
	refuses refuse module-in-use "a module that holds a device open" loop /tmp/loop.ko
	refusal_has 'loop is in use: references to it that belong to no module: [0-9]+' "says how often"
	check_not "kernel: rmmod" rmmod loop
	err_has 'in use' "kernel: it is in use"
	check_exit 0 "the file that is installed anyway is nothing to do" drvswap loop "$(installed_file loop)"
	untouched "in use: nothing was touched"
	losetup -d /dev/loop0
	check_exit 0 "when it is free it can be swapped" drvswap loop /tmp/loop.ko
	check "the other build runs" sh -c 'od -An -tx1 -j16 -N2 /sys/module/loop/notes/.note.gnu.build-id | grep -q "dd dd"'

	section "holders"
	install_module "$modules/base/1/ds_base.ko"
	modprobe ds_base
	insmod "$modules/holder/1/ds_holder.ko"
	host_before
	refuses refuse holder-not-installed "a holder without a file" ds_base "$modules/base/2/ds_base.ko"
	untouched "holder without a file: nothing was touched"
	install_module "$modules/holder/1/ds_holder.ko"
	host_before
	refuses refuse holder-symbol "a symbol that the holder needs is gone" ds_base "$modules/base/no-symbol/ds_base.ko"
	refuses refuse holder-symbol "a symbol that the holder needs is another" ds_base "$modules/base/other-crc/ds_base.ko"
	warns module-has-holders "a holder" ds_base "$modules/base/2/ds_base.ko"
	untouched "holders: nothing was touched"
	rmmod ds_holder ds_base
	insmod "$modules/base/other-crc/ds_base.ko"
	check_not "kernel: the holder does not load upon the other symbol" insmod "$modules/holder/1/ds_holder.ko"
	rmmod ds_base

	section "parameters"
	echo 'options ds_plain level=5' >/etc/modprobe.d/plain.conf
	modprobe ds_plain
	host_before
	refuses refuse param-unknown "a parameter that the candidate does not know" ds_plain "$plain/2/ds_plain.ko" --param=volume=3
	warns param-ignored "a configured parameter that it does not know" ds_plain "$plain/no-param/ds_plain.ko"
	untouched "parameters: nothing was touched"
	echo 7 >/sys/module/ds_plain/parameters/level
	warns param-drift "a parameter that was changed in /sys" ds_plain "$plain/2/ds_plain.ko"
	echo 'install ds_plain /bin/false' >>/etc/modprobe.d/plain.conf
	warns install-command "an install command" ds_plain "$plain/2/ds_plain.ko"
	rm /etc/modprobe.d/plain.conf

	section "dependencies"
	install_module "$modules/needy/1/ds_needy.ko"
	modprobe ds_needy
	host_before
	refuses refuse dependency-missing "a module that is nowhere" ds_needy "$modules/needy/2/ds_needy.ko"
	refusal_has 'ds_dep' "names it"
	untouched "dependencies: nothing was touched"
	rmmod ds_needy
	check_not "kernel: it does not load" insmod "$modules/needy/2/ds_needy.ko"

	section "the place"
	file=$(realpath "$(installed_file ds_plain)")
	place=$(realpath "${file%/*}")
	echo "someone's notes" >"$file.new"
	host_before
	refuses refuse stale-new "a file of someone else where the candidate would be staged" ds_plain "$plain/2/ds_plain.ko"
	untouched "stale .new: nothing was touched"
	rm "$file.new"
	touch "/boot/initrd.img-$release"
	warns initramfs-unknown "no initramfs at all" ds_plain "$plain/2/ds_plain.ko"
	mkdir -p /tmp/tree/lib
	cp "$plain/1/ds_plain.ko" /tmp/tree/lib/
	(cd /tmp/tree && find . | cpio -o -H newc 2>/dev/null | gzip) >"/boot/initrd.img-$release"
	host_before
	refuses refuse initramfs-stuck "an initramfs that nothing here makes" ds_plain "$plain/2/ds_plain.ko"
	untouched "initramfs: nothing was touched"
	warns initramfs-holds-old "one that is left" --initramfs=leave ds_plain "$plain/2/ds_plain.ko"
	rm -r "/boot/initrd.img-$release" /tmp/tree
	touch "/boot/x.efi"
	mkdir -p /boot/EFI/Linux
	mv /boot/x.efi "/boot/EFI/Linux/linux-$release.efi"
	refuses refuse initramfs-stuck "a unified kernel image" ds_plain "$plain/2/ds_plain.ko"
	rm -r /boot/EFI
	cp -a "$place" /tmp/place
	mount -t tmpfs -o size=300k tmpfs "$place"
	cp -a /tmp/place/. "$place"
	host_before
	refuses refuse place-full "a small file system" ds_plain "$plain/2/ds_plain.ko"
	untouched "full: nothing was touched"
	# There is room for this one after all, whatever depmod may need elsewhere.
	dd if=/dev/zero of="$place/fill" bs=1k 2>/dev/null
	files_before ds_plain
	check_exit 1 "really full, overridden" drvswap --override=place-full ds_plain "$plain/2/ds_plain.ko"
	err_has 'No space left on device' "in the words of the call"
	files_as_before "full: files as before" ds_plain
	nothing_left "full" "$file"
	rm "$place/fill"
	mount -o remount,ro "$place"
	host_before
	refuses impossible place-read-only "a read-only file system" ds_plain "$plain/2/ds_plain.ko"
	untouched "read-only: nothing was touched"
	umount "$place"
	mkdir /lib/modules/other
	mv "$file" /lib/modules/other/
	ln -s "/lib/modules/other/${file##*/}" "$file"
	host_before
	refuses impossible installed-symlink "a link to another kernel's module" ds_plain "$plain/2/ds_plain.ko"
	untouched "link: nothing was touched"
	mv "/lib/modules/other/${file##*/}" "$file"
	truncate -s 3000 "$file"
	host_before
	refuses refuse installed-unusable "a damaged installed file" ds_plain "$plain/2/ds_plain.ko"
	untouched "damaged: nothing was touched"

	section "signatures enforced"
	echo 1 >/sys/module/module/parameters/sig_enforce
	host_before
	refuses refuse signature-missing "no signature" vmxnet3 "$good"
	warns signature-unknown-key "a signature by nobody" vmxnet3 "$modules/good/99.1-signed/vmxnet3.ko"
	out_has 'drvswap test, trusted by nobody' "says whose"
	untouched "signatures: nothing was touched"
	for finding in signature-missing:99.1 signature-unknown-key:99.1-signed; do
		file=$modules/good/${finding#*:}/vmxnet3.ko
		check_not "kernel: insmod" insmod "$file"
		err_has 'Key was rejected' "kernel: ${finding%:*}: refuses it too"
		files_before
		# Of the key only the kernel can tell: nothing need be overridden.
		override=
		[ "${finding%:*}" = signature-unknown-key ] || override=--override=${finding%:*}
		# shellcheck disable=SC2086 # there may be none
		check_exit 1 "${finding%:*}: asked, the kernel refuses" drvswap $override vmxnet3 "$file"
		err_has 'would not take .*signature is missing, invalid or by an unknown key' "in the words of that call"
		err_lacks ' ms +trial' "there was no trial"
		files_as_before "${finding%:*}: files as before"
	done
	check_exit 0 "the distribution's own file is not refused" drvswap -n vmxnet3 "$(installed_file vmxnet3)"
	out_lacks 'signature|unsigned' "and has no finding about signatures"
	;;
2)
	section "lockdown"
	echo integrity >/sys/kernel/security/lockdown
	host_before
	refuses refuse lockdown "an unsigned candidate" vmxnet3 "$good"
	untouched "lockdown: nothing was touched"
	check_not "kernel: insmod" insmod "$good"
	err_has 'Operation not permitted' "kernel: refuses it too"
	files_before
	check_exit 1 "lockdown overridden" drvswap --override=lockdown vmxnet3 "$good"
	err_has 'would not take .*not permitted' "is stopped by the kernel"
	err_has 'kernel: Lockdown: .*unsigned module loading is restricted' "in its own words"
	files_as_before "lockdown: files as before"
	warns signature-unknown-key "a signature by nobody" vmxnet3 "$modules/good/99.1-signed/vmxnet3.ko"
	files_before
	check_exit 1 "the kernel is asked" drvswap vmxnet3 "$modules/good/99.1-signed/vmxnet3.ko"
	err_has 'would not take .*not permitted' "and refuses"
	err_lacks ' ms +trial' "there was no trial"
	files_as_before "signed by nobody: files as before"
	check_exit 0 "the distribution's own file is not refused" drvswap -n vmxnet3 "$(installed_file vmxnet3)"
	out_lacks 'signature|unsigned' "and has no finding about signatures"
	check "the network still answers" answers
	;;
esac

section "no modules any more"
sysctl -qw kernel.modules_disabled=1
host_before
refuses impossible modules-disabled "modules are disabled" vmxnet3 "$good"
untouched "modules disabled: nothing was touched"
check_not "kernel: rmmod" rmmod vmxnet3
[ "$boot" -ne 1 ] || boot_again

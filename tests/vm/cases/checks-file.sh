# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# Every finding about a candidate, with a really bad file, and what the kernel says of the same file. The kernel is the
# judge: what it takes is not refused.
# soak-kernels: 6.1
# timeout: 300

check "the network comes up" net_up
bad="$modules/broken"
work=/root/some
mkdir -m 700 $work

# With the module loaded the kernel answers "File exists", once it has accepted file, signature and vermagic.
kernel_takes()
{
	check_not "kernel: insmod $1 while another build is loaded" insmod "$2"
	err_has 'File exists' "kernel: $1 would be taken"
}
kernel_refuses()
{
	check_not "kernel: insmod $1" insmod "$2"
	err_lacks 'File exists' "kernel: $1 is refused by the kernel too"
}

section "no module file"
# The first real run makes the lock, which stays.
drvswap vmxnet3 /nothing >/dev/null 2>&1
host_before
refuses impossible candidate-missing "no such file" vmxnet3 "$work/nothing.ko"
refuses impossible candidate-empty "an empty file" vmxnet3 "$bad/empty/vmxnet3.ko"
kernel_refuses "an empty file" "$bad/empty/vmxnet3.ko"
refuses impossible candidate-not-module "a text" vmxnet3 "$bad/junk/vmxnet3.ko"
kernel_refuses "a text" "$bad/junk/vmxnet3.ko"
refuses impossible candidate-not-module "an object that is no module" vmxnet3 "$bad/object/vmxnet3.ko"
kernel_refuses "an object" "$bad/object/vmxnet3.ko"
for how in truncated header-only no-sections; do
	check_exit 3 "$how: refused" drvswap vmxnet3 "$bad/$how/vmxnet3.ko"
	err_has '^impossible +candidate-(truncated|not-module): ' "$how: by name"
	kernel_refuses $how "$bad/$how/vmxnet3.ko"
done
refuses impossible candidate-truncated "the first half" vmxnet3 "$bad/truncated/vmxnet3.ko"
for how in machine elf32; do
	check_exit 3 "$how: refused" drvswap vmxnet3 "$bad/$how/vmxnet3.ko"
	err_has '^impossible +(machine-mismatch|candidate-not-module): ' "$how: by name"
done
# The kernel itself does not look at the class of the file (6.1, 6.12).
kernel_refuses "another machine" "$bad/machine/vmxnet3.ko"
refuses impossible machine-mismatch "another machine" vmxnet3 "$bad/machine/vmxnet3.ko"
refuses impossible name-mismatch "another module" vmxnet3 "$bad/other-name/vmxnet3.ko"
refusal_has 'ds_plain' "says which"
for how in xz gz zst; do
	for what in flipped truncated; do
		check_exit 3 "$how $what" drvswap vmxnet3 "$bad/$how-$what/vmxnet3.ko.$how"
		err_has '^impossible +candidate-damaged: ' "$how $what: by name"
	done
done
untouched "no module file: nothing was touched"

section "a file that others reach"
cp "$modules/good/99.1/vmxnet3.ko" $work/
mkfifo "$work/fifo.ko"
ln -s loop.ko "$work/loop.ko"
mkdir "$work/open" "$work/dir.ko"
cp "$work/vmxnet3.ko" "$work/open/"
cp "$work/vmxnet3.ko" "$work/group.ko"
cp "$work/vmxnet3.ko" "$work/theirs.ko"
cp "$work/vmxnet3.ko" "/tmp/x.ko"
chmod 0664 "$work/group.ko"
chmod 0777 "$work/open"
chown 1234 "$work/theirs.ko"
host_before
refuses impossible candidate-not-regular "a FIFO" vmxnet3 "$work/fifo.ko"
refuses impossible candidate-not-regular "a directory" vmxnet3 "$work/dir.ko"
refuses impossible candidate-not-regular "a device" vmxnet3 /dev/null
refuses impossible candidate-unreadable "a loop of links" vmxnet3 "$work/loop.ko"
refuses refuse candidate-writable "a file that its group may write" vmxnet3 "$work/group.ko"
refuses refuse candidate-writable "a directory that all may write" vmxnet3 "$work/open/vmxnet3.ko"
refuses refuse candidate-owner "a file of another user" vmxnet3 "$work/theirs.ko"
for override in candidate-writable:group candidate-owner:theirs; do
	check_exit 0 "--override=${override%:*} would go on" drvswap -n vmxnet3 --override=${override%:*} "$work/${override#*:}.ko"
	out_has "^overridden +${override%:*}: " "and says so"
done
check_exit 0 "a file of root in a sticky directory is no danger" drvswap -n vmxnet3 /tmp/x.ko
chmod 600 "$work/theirs.ko"
check_exit 3 "a file that the caller may not read" setpriv --reuid=65534 --regid=65534 --clear-groups drvswap -n vmxnet3 "$work/theirs.ko"
out_has '^impossible +candidate-unreadable: .*Permission denied' "is named, with the reason"
chmod 644 "$work/theirs.ko"
host_before
check_exit 3 "another override does not help" drvswap -n vmxnet3 --override=candidate-writable "$work/theirs.ko"
untouched "reached by others: nothing was touched"

section "built for another kernel"
host_before
refuses refuse vermagic-mismatch "other flags" vmxnet3 "$bad/vermagic/vmxnet3.ko"
kernel_refuses "other flags" "$bad/vermagic/vmxnet3.ko"
refuses refuse symbol-missing "a symbol that nobody exports" vmxnet3 "$bad/unknown-symbol/vmxnet3.ko"
refusal_has 'ds_symbol_that_nobody_exports' "names it"
refuses refuse symbol-crc "another checksum" vmxnet3 "$bad/crc/vmxnet3.ko"
refusal_has 'another register_netdev: it wants CRC 0x[0-9a-f]{8}, 0x[0-9a-f]{8} is in force' "names symbol and checksums"
refuses refuse alias-missing "no alias for the device" vmxnet3 "$modules/bad/no-alias/vmxnet3.ko"
refusal_has '0000:00:02\.0' "names the device"
check_exit 3 "a broken signature block" drvswap vmxnet3 "$bad/signature-junk/vmxnet3.ko"
err_has '^refuse +signature-broken: ' "is named"
kernel_refuses "a broken signature block" "$bad/signature-junk/vmxnet3.ko"
untouched "another kernel: nothing was touched"

section "overridden, and stopped by the kernel before the outage"
files_before
for how in vermagic:vermagic-mismatch signature-junk:signature-broken; do
	finding=${how#*:}
	check_exit 1 "$finding overridden" drvswap vmxnet3 "--override=$finding" "$bad/${how%:*}/vmxnet3.ko"
	err_has "^overridden +$finding: " "$finding: says what was overridden"
	err_has 'the kernel would not take ' "$finding: the kernel would not take it"
	out_has 'failed, nothing was changed' "$finding: says that nothing was changed"
	err_lacks ' ms +trial' "$finding: there was no trial"
done
# The very code that runs, so that only the file would change: the next boot would be without it.
check_exit 1 "a signature that does not verify" drvswap vmxnet3 "$bad/signed-tampered/vmxnet3.ko"
err_has 'signature is missing, invalid' "in the words of that call"
kernel_refuses "a signature that does not verify" "$bad/signed-tampered/vmxnet3.ko"
check_not "and no original was left" sh -c "find $state/original -type f | grep ."
files_as_before "overridden: nothing was changed"
network_before

section "overridden, and rolled back"
for how in unknown-symbol:symbol-missing crc:symbol-crc; do
	finding=${how#*:}
	files_before
	check_exit 4 "$finding overridden" drvswap vmxnet3 "--override=$finding" "$bad/${how%:*}/vmxnet3.ko"
	out_has 'rolled back; the rollback was verified' "$finding: was rolled back"
	files_as_before "$finding: files as before"
done
err_has 'kernel: .*disagrees about version of symbol register_netdev' "with the kernel's own words"
network_as_before "overridden"
check "the network answers" answers

section "what the kernel takes is not refused"
# Of a signer that it does not know the kernel cannot verify anything.
for file in "$bad/unknown-key-tampered/vmxnet3.ko" "$bad/release/vmxnet3.ko" "$modules/good/99.1-debug/vmxnet3.ko" "$modules/good/99.1-signed/vmxnet3.ko" \
	"$modules/good/99.1-zst/vmxnet3.ko.zst" $modules/good/99.1-xz/vmxnet3.ko.xz; do
	kernel_takes "${file#"$modules"/}" "$file"
	check_exit 0 "${file#"$modules"/} is not refused" drvswap -n vmxnet3 "$file"
	out_lacks '^(refuse|impossible) ' "${file#"$modules"/}: no finding stops it"
done
check_exit 0 "nor is gzip" drvswap -n vmxnet3 "$modules/good/99.1-gz/vmxnet3.ko.gz"
# DKMS makes such files, which modprobe loads: it is not the kernel that decompresses them.
check_exit 0 "nor is xz with CRC64" drvswap -n vmxnet3 "$modules/good/99.1-xz-crc64/vmxnet3.ko.xz"
case $suffix in
*.xz)
	cp -a "$(installed_file vmxnet3)" "$work/as-installed.xz"
	xz -dc "$work/as-installed.xz" | xz -c --check=crc64 >"$(installed_file vmxnet3)"
	check_exit 0 "nor an installed file with CRC64" drvswap -n vmxnet3 "$modules/good/99.1/vmxnet3.ko"
	cp -a "$work/as-installed.xz" "$(installed_file vmxnet3)"
	;;
esac
check_exit 0 "nor the file that is installed" drvswap -n vmxnet3 "$(installed_file vmxnet3)"
out_has 'nothing to do' "which is nothing to do"
mkdir "$work/with blanks"
cp "$work/vmxnet3.ko" "$work/with blanks/a b.ko"
ln -s "with blanks/a b.ko" "$work/link.ko"
cd "$work/with blanks" || exit
check_exit 0 "a relative path with blanks" drvswap -n vmxnet3 "./a b.ko"
out_has '^candidate +/root/some/with blanks/a b\.ko$' "is told as what it is"
check_exit 0 "a relative path above" drvswap -n vmxnet3 "../link.ko"
out_has '^candidate +/root/some/with blanks/a b\.ko$' "through a link, too"
cd / || exit

section "really: another release in the vermagic, with debug information, signed by nobody"
for file in "$bad/release" "$modules/good/99.1-debug" $modules/good/99.1-signed; do
	check_exit 0 "swap for ${file#"$modules"/}" drvswap -q vmxnet3 "$file/vmxnet3.ko"
	same "it runs" 99.1.0.0-test-NAPI "$(nic_version eth0)"
	check_exit 0 "and back" drvswap -q rollback
done

section "the kernel agrees about symbols"
rmmod vmxnet3
for how in unknown-symbol crc; do
	check_not "kernel: insmod $how" insmod "$bad/$how/vmxnet3.ko"
done

# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# A host with Secure Boot: a real UEFI firmware, a key of our own in its variables, Debian's kernel. What that key has
# signed is swapped; all else is refused before the network is touched. The first boot enrols the key, as the owner of a
# machine does; in the second the firmware enforces it, and the kernel locks itself down.
# firmware: secure-boot
# cmdline: module.sig_enforce=1
# modules: efivarfs
# labels: vm soak
# timeout: 300
# first-word: 120

vars=/sys/firmware/efi/efivars
global=8be4df61-93ca-11d2-aa0d-00e098032b8c
security=d719b2cb-3d3a-4596-a3bc-dad00e67656f
unsigned=$modules/good/99.1/vmxnet3.ko
unknown=$modules/good/99.1-signed/vmxnet3.ko
signed=/secure-boot/enrolled/vmxnet3.ko
tampered=/secure-boot/tampered/vmxnet3.ko

# variable NAME: the one byte that it holds, behind four of attributes.
variable() { tail -c 1 "$vars/$1-$global" | od -An -tu1 | tr -d ' '; }
# enrol NAME GUID: a variable is written as a whole or not at all.
enrol() { dd if="/secure-boot/$1" of="$vars/$1-$2" bs=64k 2>/dev/null; }
link_index() { cat /sys/class/net/eth0/ifindex; }

# is_stopped TEXT DRVSWAP-ARGUMENTS...: the kernel, asked before the outage, would not take it.
is_stopped()
{
	what=$1
	shift
	files_before
	check_exit 1 "$what" drvswap "$@"
	err_has 'would not take ' "$what: the kernel was asked"
	err_lacks ' ms +trial' "$what: there was no trial"
	files_as_before "$what: files as before"
	same "$what: the link was never away" "$index" "$(link_index)"
}

modprobe efivarfs
check "the firmware's variables are there" mount -t efivarfs efivarfs $vars
case $boot in
1)
	section "a firmware without keys"
	same "it is in setup mode" 1 "$(variable SetupMode)"
	same "and enforces nothing" 0 "$(variable SecureBoot)"
	check "what may boot" enrol db $security
	check "who may change that" enrol KEK $global
	check "who owns the machine" enrol PK $global
	same "now it has an owner" 0 "$(variable SetupMode)"
	boot_again
	;;
2)
	section "Secure Boot"
	same "it is on" 1 "$(variable SecureBoot)"
	check_out '\[integrity\]' "the kernel is locked down" cat /sys/kernel/security/lockdown
	kernel_says 'locked down from EFI Secure Boot' "because of that, and of itself"
	check_out '^Y$' "it takes signed modules only" cat /sys/module/module/parameters/sig_enforce
	check_out 'drvswap test, enrolled in the firmware' "it knows the key" grep asymmetri /proc/keys
	check "the network comes up" net_up
	stock=$(nic_version eth0)
	# The first real run makes the lock, which stays.
	drvswap vmxnet3 /nothing >/dev/null 2>&1
	index=$(link_index)

	section "no signature"
	host_before
	refuses refuse signature-missing "refused" vmxnet3 "$unsigned"
	refuses refuse lockdown "for two reasons" vmxnet3 "$unsigned"
	untouched "no signature: nothing was touched"
	check_not "kernel: insmod" insmod "$unsigned"
	is_stopped "no signature, overridden" --override=signature-missing --override=lockdown vmxnet3 "$unsigned"

	section "a signature by a key that nobody has enrolled"
	warns signature-unknown-key "told" vmxnet3 "$unknown"
	is_stopped "unknown key" vmxnet3 "$unknown"

	section "a file that was changed after it was signed"
	is_stopped "tampered" vmxnet3 "$tampered"

	section "a signature by the key in the firmware"
	host_before
	check_exit 0 "the dry run" drvswap -n vmxnet3 "$signed"
	out_lacks 'signature|unsigned|lockdown' "has no finding about it"
	untouched "the dry run: nothing was touched"
	network_before
	check_exit 0 "the swap" drvswap vmxnet3 "$signed"
	runs vmxnet3 "$unsigned" "the new code runs, which is that of the file before it was signed"
	same "ethtool says so" 99.1.0.0-test-NAPI "$(nic_version eth0)"
	network_as_before "swapped"
	check "the network answers" answers
	same "it is installed as it was signed" "$(sum_of "$signed")" "$(image_sum "$(installed_file vmxnet3)")"
	nothing_left "swapped"
	check "modprobe loads what is installed, by itself" sh -c "rmmod vmxnet3 && modprobe vmxnet3"
	nic_up 0

	section "and back"
	check_exit 0 "rollback" drvswap rollback vmxnet3
	same "the distribution's driver is back" "$stock" "$(nic_version eth0)"
	check "the network answers" answers
	;;
esac

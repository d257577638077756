# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# The kernel does not come back: said in its own words, left with exit code 5, and undone where it comes back after all.
# Each in a boot of its own, with the files on a disk: the next boot must have the old driver.
# cpus: 2
# soak-kernels: 6.1
# timeout: 900
# disk: yes

kernel_trouble_expected
check "boot $boot: the disk is there" disk_use "/lib/modules/$release" /var/lib
check "boot $boot: the network comes up" net_up
installed=$(installed_file vmxnet3)
stock_id=$(module_build_id vmxnet3)
bad() { echo "$modules/bad/$1/vmxnet3.ko"; }
good=$modules/good/99.1/vmxnet3.ko

if [ "$boot" -eq 1 ]; then
	sum_of "$installed" >/var/lib/stock
else
	section "after a boot with a stuck kernel"
	same "the disk has the old driver" "$(cat /var/lib/stock)" "$(sum_of "$installed")"
	same "and it is what runs" "$(file_build_id "$modules/good/stock/vmxnet3.ko")" "$stock_id"
	check "the journal was kept" test -s $state/journal
	check_exit 4 "recover" drvswap recover
	err_has "$([ "$boot" -lt 8 ] && echo 'the kernel was stuck' || echo interrupted)" "says why there is something to recover"
	nothing_left "recover"
	same "recover leaves kernel.panic as the boot set it" -1 "$(cat /proc/sys/kernel/panic)"
	check_exit 0 "history" drvswap history vmxnet3
	out_has 'rolled-back' "history has it"
fi
network_before

# runs_bad NAME: this driver runs, and is in no file that drvswap knows.
runs_bad()
{
	rmmod vmxnet3
	insmod "$(bad "$1")"
	check "$1 runs" nic_up 0
}

# stuck TEXT SECONDS FILE WORDS ADVICE: a swap for this driver that gets stuck, says this, and is left.
stuck()
{
	check_exit 5 "$1: the swap" drvswap --reboot=never --override=running-not-on-disk --timeout=$(($2 * ds_scale)) vmxnet3 "$3"
	err_has "$4" "$1: says what the kernel does"
	err_has "$5" "$1: and what to do"
	same "$1: the disk has the old driver" "$(cat /var/lib/stock)" "$(sum_of "$installed")"
	check_not "$1: and nothing is staged" test -e "$installed.new"
	check "$1: the journal is kept" test -s $state/journal
}

case $boot in
1)
	section "what a dry run says"
	check_exit 0 "by the links" drvswap -n vmxnet3 "$good"
	out_has 'come back from a step, the host is rebooted.*only default route runs over eth0' "the default route goes over eth0"
	check_exit 0 "never" drvswap -n --reboot=never vmxnet3 "$good"
	out_has 'come back from a step, the host is left as it is.*--reboot=never' "as it was told"
	ip route add default dev lo metric 500
	check_exit 0 "with another default route" drvswap -n vmxnet3 "$good"
	out_has 'the host is left as it is.*other ways' "it is left"
	ip route del default dev lo metric 500
	check_exit 2 "nonsense" drvswap --reboot=always vmxnet3 "$good"

	section "an init that comes back late"
	stuck "late init" 3 "$(bad init-sleeps)" 'insert vmxnet3 from .*: the kernel does not come back, it waits in .*msleep' 'the rest is undone'
	check_exit 6 "meanwhile another swap is refused" drvswap vmxnet3 "$good"
	check_out 'insert vmxnet3' "status says in which step" drvswap status vmxnet3
	check_within 60 "the kernel comes back, and the rest is undone" sh -c '! [ -e /var/lib/drvswap/journal ]'
	same "the old driver runs" "$stock_id" "$(module_build_id vmxnet3)"
	check "the network answers" answers
	network_as_before "a late init"
	check_out 'rolled-back' "history says so" drvswap history vmxnet3

	section "an exit that waits for a reference"
	runs_bad exit-hangs
	stuck "exit" 15 "$good" 'unload vmxnet3: the kernel does not come back, it waits in .*kernel: .*waiting for eth0 to become free' 'only a reboot'
	boot_again
	;;
2)
	section "an oops in init"
	stuck "oops in init" 5 "$(bad init-oopses)" 'the kernel broke down in it.*kernel: .*BUG: kernel NULL pointer' sysrq-trigger
	same "the module is neither in nor out" coming "$(initstate vmxnet3)"
	check_exit 5 "recover cannot help" drvswap --timeout=$((5 * ds_scale)) recover
	err_has 'vmxnet3 is neither loaded nor unloaded, and stays so: unload' "knows that the kernel is stuck"
	err_has 'sysrq-trigger' "and what to do"
	check "and the journal is kept" test -s $state/journal
	boot_again
	;;
3)
	section "an oops in probe"
	stuck "oops in probe" 5 "$(bad probe-oopses)" 'the kernel broke down in it.*kernel: .*BUG: kernel NULL pointer' sysrq-trigger
	boot_again
	;;
4)
	section "an exit that loops"
	runs_bad exit-loops
	stuck "exit" 5 "$good" 'unload vmxnet3: the kernel does not come back, it waits in .*ds_pci_unregister_driver' 'only a reboot'
	boot_again
	;;
5)
	section "an open that keeps the lock of all links"
	stuck "open" 5 "$(bad open-hangs)" 'restore the network of eth0: the kernel does not come back, it waits in .*bad_open' 'only a reboot'
	# Whoever asks about a link now waits for ever.
	check_out '^not seen .*look at the network: the kernel does not come back, it waits in' "status ends, and says what it cannot see" \
		timeout $((30 * ds_scale)) drvswap status vmxnet3
	out_has '^module +vmxnet3 is live' "what it sees, it shows: the module"
	out_has '^installed ' "the file"
	out_has 'restore the network of eth0 .the kernel does not come back from it' "the step"
	check "to its end, for who reads it through a pipe" timeout $((30 * ds_scale)) sh -c 'drvswap status vmxnet3 | cat >/tmp/piped'
	check_exit 0 "as data" timeout $((30 * ds_scale)) drvswap --json status vmxnet3
	out_is_json "valid JSON"
	json_has '^host\.unseen\.[0-9]+=look at the network' "named in data"
	check_out 'incomplete' "history ends" timeout $((10 * ds_scale)) drvswap history vmxnet3
	check_exit 1 "confirm ends" timeout $((10 * ds_scale)) drvswap confirm
	err_has 'does not wait for a confirmation now' "and says why"
	# A shutdown in order would ask the driver.
	sync
	power_cut
	;;
6)
	section "the reboot"
	# A panic would halt this host for good, as it does a Debian, were it not for the swap.
	echo 0 >/proc/sys/kernel/panic
	expect_reset "oops in probe, and nobody could reach the host: reset"
	drvswap --timeout=$((5 * ds_scale)) vmxnet3 "$(bad probe-oopses)"
	# Who asked may be told before the host goes.
	sleep 60
	;;
7)
	echo 0 >/proc/sys/kernel/panic
	expect_panic "panic in init where a panic halts: the host reboots"
	drvswap --reboot=stuck --timeout=$((5 * ds_scale)) vmxnet3 "$(bad init-panics)"
	sleep 60
	;;
esac

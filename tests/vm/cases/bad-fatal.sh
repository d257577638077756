# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# Bad modules after which only a reboot helps, each in a boot of its own.
# soak-kernels: 6.12
# cpus: 2
# timeout: 240
# labels: vm ground
# nics: 2

kernel_trouble_expected
check "boot $boot: the distribution's driver loads" modprobe vmxnet3
check "boot $boot: and drives both NICs" within 10 bound 2
rmmod vmxnet3

bad() { insmod "$modules/bad/$1/vmxnet3.ko"; }

case $boot in
1)
	section "one device of two"
	check "probe-fails-second loads" bad probe-fails-second
	check "probe-fails-second: drives one of two" bound 1
	check "probe-fails-second: unloads" rmmod vmxnet3
	section "panic in init"
	expect_panic "init-panics: the kernel panics"
	bad init-panics
	sleep 20
	boot_again
	;;
2)
	section "oops in init"
	check_not "init-oopses: insmod dies" bad init-oopses
	kernel_says 'BUG: kernel NULL pointer dereference' "init-oopses: the kernel says so"
	same "init-oopses: the module stays in its init" coming "$(initstate vmxnet3)"
	check_not "init-oopses: it cannot be removed" rmmod vmxnet3
	boot_again
	;;
3)
	section "oops in probe"
	check_not "probe-oopses: insmod dies" bad probe-oopses
	kernel_says 'BUG: kernel NULL pointer dereference' "probe-oopses: the kernel says so"
	check_not "probe-oopses: it cannot be removed" rmmod vmxnet3
	# An orderly reboot waits for the probe that will never end. The reset by sysrq asks no device.
	reboot -f &
	check_within 10 "probe-oopses: reboot hangs" sh -c 'echo w >/proc/sysrq-trigger; dmesg | grep wait_for_device_probe'
	sync
	expect_reset "probe-oopses: sysrq resets the machine"
	echo b >/proc/sysrq-trigger
	sleep 20
	boot_again
	;;
4)
	section "exit that hangs"
	check "exit-hangs loads" bad exit-hangs
	rmmod vmxnet3 &
	check_within 30 "exit-hangs: the kernel waits for eth0" sh -c 'dmesg | grep "waiting for eth. to become free"'
	same "exit-hangs: the module is going" going "$(initstate vmxnet3)"
	check_not "exit-hangs: nothing can be loaded under that name" modprobe vmxnet3
	boot_again
	;;
5)
	section "exit that loops"
	check "exit-loops loads" bad exit-loops
	rmmod vmxnet3 &
	check_within 10 "exit-loops: the module is going" grep -qx going /sys/module/vmxnet3/initstate
	check_not "exit-loops: nothing can be loaded under that name" modprobe vmxnet3
	boot_again
	;;
6)
	section "init that sleeps"
	bad init-sleeps &
	check_within 10 "init-sleeps: the module stays in its init" grep -qx coming /sys/module/vmxnet3/initstate
	check_not "init-sleeps: it cannot be removed" rmmod vmxnet3
	;;
esac

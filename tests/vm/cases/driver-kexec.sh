# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# Another kernel takes over (kexec) while the device is at work: it finds a device that does nothing of its own accord, and
# its driver puts that to work again.
# cpus: 1
# memory: 2048
# timeout: 300
# labels: vm soak
# files: build/vm/driver/@KERNEL@/knobs/vmxnet3.ko:ds/vmxnet3.ko build/vm/driver/traffic:usr/bin/traffic build/vm/driver/meter:usr/bin/meter tests/vm/cases/driver-tools/lib.sh:ds/driver.sh build/vm/driver/@KERNEL@/vmlinuz:ds/vmlinuz

# shellcheck source=driver-tools/lib.sh
. /ds/driver.sh

device=/sys/bus/pci/devices/$(grep -l 0x15ad /sys/bus/pci/devices/*/vendor | head -n 1 | cut -d / -f 6)
# The mask of each of its interrupts, in a register of its own. The kernel shows them while no driver has the device.
masks()
{
	for ds_vector in 0 1 2 3 4 5 6 7; do
		printf '%s ' "$(meter peek "$device/resource0" $((8 * ds_vector)))"
	done
}
# Whether it may access memory: bit 2 of the command register.
may_access() { [ $(($(od -An -t u1 -j 4 -N 1 "$device/config") & 4)) -ne 0 ]; }

# The kernel that is to take over starts with what this one started with, but for what is made while it runs.
pack_initrd()
{
	cd / || return
	find . -xdev \( -path ./proc -o -path ./sys -o -path ./dev -o -path ./tmp -o -path ./run -o -path ./modules -o -path ./ds/vmlinuz \) \
		-prune -o -print | cpio -o -H newc >/tmp/initrd
	for ds_empty in proc sys dev tmp run modules; do echo $ds_empty; done | cpio -o -H newc >>/tmp/initrd
}

if ! grep -q ds.taken-over /proc/cmdline; then
	check "what the other kernel starts with is packed" pack_initrd
	driver_up
	check "TCP out" traffic push "$(gateway4)" 7 256
	check "the device may access memory" may_access
	# The peer goes first: virtio_net, whose device is taken away from it while it sends, waits for that device for ever.
	check "the peer goes" rmmod virtio_net
	ip neigh replace "$(gateway4)" lladdr "$(wire_mac 0)" nud permanent dev eth0
	sent=$(counter tx0_completed)
	traffic flood "$(gateway4)" 9 600 200 >/dev/null 2>&1 &
	check_within 10 "the device is at work" has_counted tx0_completed $((sent + 1000))
	section "the other kernel takes over"
	meter kexec /ds/vmlinuz /tmp/initrd "$(sed "s/ds.count=[0-9]*/ds.count=$ds_count/" /proc/cmdline) ds.taken-over"
	ds_result 1 "the other kernel takes over"
	finish
fi

check_not "the device may not access memory" may_access
check "the device can be asked" sh -c "echo 1 >$device/enable"
same "it raises no interrupt" "1 1 1 1 1 1 1 1 " "$(masks)"
driver_up
traffic_both_ways "with the driver of this kernel"
no_mistakes "with the driver of this kernel"
check "the driver unloads" rmmod vmxnet3

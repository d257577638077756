# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# Every bad module that leaves the guest usable does what its name says. The others are in bad-fatal.
# soak-kernels: 6.12
# timeout: 240
# labels: vm ground

kernel_trouble_expected

insert() { insmod "$modules/$1/"vmxnet3.ko* ${2:+"$2"}; }

# refused DIR REASON: it does not load, insmod says this.
refused()
{
	check_not "$1 is refused" insert "$1"
	err_has "$2" "$1: insmod says: $2"
	check_not "$1: no module is left" loaded vmxnet3
}

# loads DIR: it loads, with eth0 up and addressed.
loads()
{
	check "$1 loads" insert "$1" "$2"
	check "$1: has eth0" nic_up 0
}

unload()
{
	check "$1: unloads" rmmod vmxnet3
}

check "the network comes up" net_up
rmmod vmxnet3

section "broken files"
for how in empty truncated header-only junk machine no-sections vermagic object; do
	check_not "$how is refused" insert "broken/$how"
	check_not "$how: no module is left" loaded vmxnet3
done
refused broken/vermagic 'Invalid module format'
kernel_says "vmxnet3: version magic .*SMX" "vermagic: the kernel says so"
refused broken/crc 'Invalid parameters'
kernel_says 'vmxnet3: disagrees about version of symbol register_netdev' "crc: the kernel says so"
refused broken/unknown-symbol 'Unknown symbol'
kernel_says 'vmxnet3: Unknown symbol ds_symbol_that_nobody_exports' "unknown-symbol: the kernel says so"
refused broken/signed-tampered 'Key was rejected'
check_not "signature-junk is refused" insert broken/signature-junk
for how in xz gz zst; do
	check_not "$how-flipped is refused" insert "broken/$how-flipped"
	check_not "$how-truncated is refused" insert "broken/$how-truncated"
done
check_not "none of them left a module" loaded vmxnet3
check "unknown-key-tampered loads: nobody can tell" insert broken/unknown-key-tampered
unload broken/unknown-key-tampered
check "elf32 loads: the kernel looks at the machine, not at the class" insert broken/elf32
unload broken/elf32
check "release loads: the kernel looks at checksums instead" insert broken/release
unload broken/release
check "other-name loads" insert broken/other-name
check "as ds_plain" loaded ds_plain
rmmod ds_plain

section "init and probe"
refused bad/init-fails 'Input/output error'
kernel_says 'drvswap test: init fails' "init-fails: the kernel's log has it"
check "init-sleeps loads in the end" insert bad/init-sleeps delay_s=2
unload bad/init-sleeps
check "probe-fails loads" insert bad/probe-fails
check "probe-fails: no device" bound 0
check_not "probe-fails: no eth0" test -e /sys/class/net/eth0
unload bad/probe-fails
check "no-alias loads" insert bad/no-alias
check "no-alias: no device" bound 0
check_out '^alias: *pci:v0000FFFEd0000FFFE' "no-alias: has another alias" modinfo "$modules/bad/no-alias/vmxnet3.ko"
out_lacks 'alias:.*15AD' "no-alias: and not that of the device"
unload bad/no-alias
loads bad/probe-warns
kernel_says 'WARNING: .*bad_probe' "probe-warns: the kernel warns"
check "probe-warns: works" answers
same "bad modules have a version of their own" 99.9.0.0-bad-NAPI "$(nic_version eth0)"
unload bad/probe-warns

section "the link"
check "no-carrier loads" insert bad/no-carrier
check "no-carrier: has a device" bound 1
check_not "no-carrier: never has a carrier" nic_up 0
unload bad/no-carrier
check "carrier-late loads" insert bad/carrier-late
ip link set eth0 up
check_not "carrier-late: has none at first" has_carrier eth0
check_within 10 "carrier-late: has one in the end" has_carrier eth0
unload bad/carrier-late
check "carrier-lost loads" insert bad/carrier-lost delay_s=20
check "carrier-lost: has one at first" nic_up 0
check_within 40 "carrier-lost: has none in the end" sh -c '! grep -q 1 /sys/class/net/eth0/carrier'
unload bad/carrier-lost
check "warns-later loads" insert bad/warns-later delay_s=1
check_within 20 "warns-later: the kernel warns" sh -c 'dmesg | grep -q "WARNING: .*misbehave_late"'
unload bad/warns-later
loads bad/other-mac
check_not "other-mac: is not the device's" test "$(cat /sys/class/net/eth0/address)" = "$(nic_mac 0)"
unload bad/other-mac
insert bad/fewer-features
check_out '^tcp-segmentation-offload: off' "fewer-features: no TSO" ethtool -k eth0
unload bad/fewer-features

loads bad/slower
check_out 'Speed: 100Mb/s' "slower: says so" ethtool eth0
out_has 'Duplex: Half' "slower: in half duplex"
unload bad/slower

section "packets"
loads bad/drops-all
check "drops-all: has a carrier" has_carrier eth0
check_not "drops-all: nothing arrives" reaches "$(gateway4)"
unload bad/drops-all
loads bad/drops-later delay_s=20
check "drops-later: works at first" reaches "$(gateway4)"
check_within 40 "drops-later: stops later" sh -c "! ping -q -c 1 -W 1 $(gateway4)"
unload bad/drops-later
loads bad/tx-hangs
check_not "tx-hangs: nothing arrives" reaches "$(gateway4)"
check_within 20 "tx-hangs: the kernel's watchdog counts it" sh -c 'cat /sys/class/net/eth0/queues/tx-*/tx_timeout | grep -v "^0$"'
unload bad/tx-hangs

section "a good one still works"
loads good/99.1
check "the peer answers" answers

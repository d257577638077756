# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# What is not the plain case: several NICs, holders, dependencies, parameters, modules without a device, callers that die.
# soak-kernels: 6.1
# timeout: 300
# nics: 2

check "the network comes up" net_up
good=$modules/good
plain=$modules/plain

history_has() { [ "$(drvswap history | wc -l)" -eq "$1" ]; }

section "two NICs, one of them down"
# One that was never up: a link that was, keeps a queueing discipline when it is set down, which a new one does not have.
rmmod vmxnet3
modprobe vmxnet3
within 10 bound 2
nic_up 0
ip link set eth1 mtu 1300
ip addr add 198.18.0.1/24 dev eth1
network_before
check_exit 0 "swap" drvswap vmxnet3 "$good/99.1/vmxnet3.ko"
same "eth0 has the new driver" 99.1.0.0-test-NAPI "$(nic_version eth0)"
same "eth1 has the new driver" 99.1.0.0-test-NAPI "$(nic_version eth1)"
network_as_before "two NICs"
check "the first wire answers" answers 0
check_out 'state DOWN' "the second is still down" ip link show eth1
check_exit 0 "rollback" drvswap -q rollback
network_as_before "two NICs, back"
ip link set eth1 up
within 10 ds_settled eth1
network_before

section "the caller is killed"
drvswap vmxnet3 "$good/99.1/vmxnet3.ko" 2>/tmp/ds/killed >/dev/null &
caller=$!
check_within 20 "the trial begins" grep -q ' trial ' /tmp/ds/killed
kill -KILL $caller
wait $caller
check_within 30 "the swap is finished all the same" history_has 3
check_out ' swap +vmxnet3 +done ' "history has it" sh -c 'drvswap history | tail -n 1'
runs vmxnet3 good/99.1/vmxnet3.ko "the new code runs"
check_within 10 "the worker has ended" flock -n /run/drvswap/lock true
nothing_left "killed"
network_as_before "killed"

section "hung up, and nobody reads"
setsid drvswap rollback 2>/tmp/ds/hup >/dev/null &
caller=$!
within 20 grep -q ' prepare ' /tmp/ds/hup
kill -HUP $caller
wait $caller
check_within 30 "a caller that hangs up: finished all the same" history_has 4
check_exit 0 "a closed stdout" sh -c "drvswap vmxnet3 $good/99.1/vmxnet3.ko >&-"
err_has 'could not be written' "is told"
runs vmxnet3 good/99.1/vmxnet3.ko "the new code runs"
check_exit 0 "all descriptors closed" sh -c 'drvswap rollback <&- >&- 2>&-'
check_not "and the old code is back" test "$(nic_version eth0)" = 99.1.0.0-test-NAPI
sh -c "drvswap vmxnet3 $good/99.1/vmxnet3.ko 2>&1" | head -n 1 >/tmp/ds/out
check_within 30 "a pipe that breaks: finished all the same" history_has 7
runs vmxnet3 good/99.1/vmxnet3.ko "the new code runs"
nothing_left "nobody reads"

section "two at once"
drvswap rollback 2>/tmp/ds/first >/dev/null &
caller=$!
within 20 grep -q ' prepare ' /tmp/ds/first
check_exit 6 "the second is turned away" drvswap vmxnet3 "$good/99.2/vmxnet3.ko"
err_has 'drvswap' "and told so"
check_exit 6 "as data too" drvswap --json vmxnet3 "$good/99.2/vmxnet3.ko"
wait $caller
same "the first is not disturbed" 0 $?
check_out ' rollback +vmxnet3 +done ' "history has the first" sh -c 'drvswap history | tail -n 1'
same "and only the first" 8 "$(drvswap history | wc -l)"
network_as_before "two at once"

section "the same build-id in a file of another name"
cp "$good/stock/vmxnet3.ko" /tmp/renamed.ko
check_exit 0 "what runs and is installed" drvswap vmxnet3 /tmp/renamed.ko
out_has 'nothing to do: that very build already runs and is installed' "is nothing to do"
# Other bytes of the same build: the code that runs is that of both.
printf x >>/tmp/renamed.ko
index=$(cat /sys/class/net/eth0/ifindex)
check_exit 0 "with a byte more" drvswap vmxnet3 /tmp/renamed.ko
err_lacks ' trial ' "there is no outage"
same "it is what is installed" "$(sum_of /tmp/renamed.ko)" "$(image_sum "$(installed_file vmxnet3)")"
same "under the installed name, in the same link" "$index" "$(cat /sys/class/net/eth0/ifindex)"
check_exit 0 "and back" drvswap -q rollback
check_exit 0 "the bytes, too" drvswap vmxnet3 "$good/stock/vmxnet3.ko"
out_has 'nothing to do' "are the first ones"
# What runs already by another name is found by what it is.
cp "$good/99.1/vmxnet3.ko" /tmp/renamed.ko
check_exit 0 "another build by that name" drvswap vmxnet3 /tmp/renamed.ko
runs vmxnet3 good/99.1/vmxnet3.ko "runs"
same "and not by that name" "" "$(find /lib/modules/ -name 'renamed*')"
check_exit 0 "and back" drvswap -q rollback
network_as_before "renamed"

section "holders"
install_module "$modules/base/1/ds_base.ko"
install_module "$modules/holder/1/ds_holder.ko"
modprobe ds_holder
check_exit 0 "swap below a holder" drvswap ds_base "$modules/base/2/ds_base.ko"
same "the new base runs" 2.0 "$(module_version ds_base)"
same "the holder is back" live "$(initstate ds_holder)"
same "and was served" 42 "$(cat /sys/module/ds_holder/parameters/answer)"
err_has 'trial +unload ds_holder' "it was unloaded"
out_lacks 'network was away' "there was no network to be away"
check_exit 0 "rollback" drvswap -q rollback ds_base
same "the old base runs" 1.0 "$(module_version ds_base)"
same "with its holder" live "$(initstate ds_holder)"
files_before ds_base
check_exit 4 "a base that the holder cannot use, overridden" drvswap --override=holder-symbol ds_base "$modules/base/other-crc/ds_base.ko"
err_has 'disagrees about version of symbol ds_base_answer' "in the kernel's own words"
same "the old base runs again" 1.0 "$(module_version ds_base)"
same "with its holder again" live "$(initstate ds_holder)"
files_as_before "files as before" ds_base

section "a new dependency"
install_module "$modules/needy/1/ds_needy.ko"
install_module "$modules/dep/ds_dep.ko"
modprobe ds_needy
check_exit 0 "swap for a version that needs another module" drvswap ds_needy "$modules/needy/2/ds_needy.ko"
err_has 'prepare +load ds_dep' "it was loaded before"
same "it works" 7 "$(cat /sys/module/ds_needy/parameters/value)"
rmmod ds_needy ds_dep
check "modprobe knows of the new dependency" modprobe ds_needy
check "and loads it" loaded ds_dep
check_exit 0 "rollback" drvswap -q rollback ds_needy
same "the old version runs" 1.0 "$(module_version ds_needy)"

section "a module without a device, and its parameters"
install_module "$plain/1/ds_plain.ko"
echo 'options ds_plain level=5 greeting="good day"' >/etc/modprobe.d/plain.conf
modprobe ds_plain
check_exit 0 "swap" drvswap ds_plain "$plain/2/ds_plain.ko"
same "the new version runs" 2.0 "$(module_version ds_plain)"
same "with the configured number" 5 "$(cat /sys/module/ds_plain/parameters/level)"
same "and the configured words" "good day" "$(cat /sys/module/ds_plain/parameters/greeting)"
out_lacks 'network was away' "there was no network to be away"
check_exit 0 "rollback" drvswap -q rollback ds_plain
same "the parameters are kept" 5 "$(cat /sys/module/ds_plain/parameters/level)"
check_exit 3 "a module that could not be unloaded" drvswap ds_plain "$plain/no-exit/ds_plain.ko"
err_has '^refuse +candidate-permanent: ' "is refused"
check_exit 0 "other parameters" drvswap ds_plain "$plain/2/ds_plain.ko" --param=level=9 --param=greeting=one\ two
same "the number is the one given" 9 "$(cat /sys/module/ds_plain/parameters/level)"
same "and the words" "one two" "$(cat /sys/module/ds_plain/parameters/greeting)"
check_exit 4 "a value that the module refuses" drvswap ds_plain "$plain/1/ds_plain.ko" --param=level=many
same "is undone" 2.0 "$(module_version ds_plain)"
same "with the number that was in force" 9 "$(cat /sys/module/ds_plain/parameters/level)"
same "and the words" "one two" "$(cat /sys/module/ds_plain/parameters/greeting)"

section "not loaded, not installed"
rmmod ds_plain
check_exit 0 "not loaded: only installed" drvswap ds_plain "$plain/1/ds_plain.ko"
out_has 'installed, unverified' "and says so"
check_not "it is not loaded" loaded ds_plain
same "modinfo says the new version" 1.0 "$(modinfo -F version ds_plain)"
check_exit 0 "rolled back as files" drvswap rollback ds_plain
same "modinfo says the old version" 2.0 "$(modinfo -F version ds_plain)"
check_exit 0 "as data" drvswap --json ds_plain "$plain/1/ds_plain.ko"
out_is_json "is JSON"
json_has '^outcome\.is_unverified=true$' "with unverified in it"
rm "$(installed_file ds_plain)"*
depmod -a
insmod "$plain/1/ds_plain.ko"
files_before
check_exit 3 "not installed" drvswap ds_plain "$plain/2/ds_plain.ko"
check_exit 0 "not installed, overridden" drvswap --override=running-not-on-disk ds_plain "$plain/2/ds_plain.ko"
same "the running one is exchanged" 2.0 "$(module_version ds_plain)"
files_as_before "and no file was made"
check_exit 0 "once more" drvswap --override=running-not-on-disk ds_plain "$plain/2/ds_plain.ko"
out_has 'nothing to do.*no installed file' "is nothing to do"
check_exit 0 "and no journal is left" drvswap recover
out_has 'nothing to recover' "that anybody would have to finish"
same "the kernel's panic setting was never lost" -1 "$(cat /proc/sys/kernel/panic)"

section "a file elsewhere takes its place"
rmmod ds_plain
install_module "$plain/1/ds_plain.ko"
modprobe ds_plain
check_exit 0 "swap" drvswap ds_plain "$plain/2/ds_plain.ko"
rmmod ds_plain
install_module "$plain/no-param/ds_plain.ko" updates
modprobe ds_plain
same "the other one runs" 3.0 "$(module_version ds_plain)"
check_exit 0 "swap it" drvswap ds_plain "$plain/2/ds_plain.ko"
same "the new version runs" 2.0 "$(module_version ds_plain)"
check_exit 0 "rollback to its original" drvswap rollback --original ds_plain
same "which is its own" 3.0 "$(module_version ds_plain)"

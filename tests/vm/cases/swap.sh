# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# The main job: preview, swap, status, rollback, on a real file system with attributes.
# timeout: 300
# disk: yes

check "the network comes up" net_up
check "modules lie on a disk" disk_use /lib/modules
# As a host has it; the guests themselves boot with panic=-1.
sysctl -qw kernel.panic=0
installed=$(installed_file vmxnet3)
stock=$(sum_of "$installed")
stock_id=$(module_build_id vmxnet3)
chmod 0604 "$installed"
chown 0:65534 "$installed"
check "the file has attributes of its own" setfattr -n user.origin -v "a person" "$installed"
check "and a label" setfattr -n security.selinux -v system_u:object_r:modules_object_t:s0 "$installed"
setfattr -n security.ima -v 0x01aabbccddeeff00112233445566778899aabbccdd "$installed"
attributes_of "$installed" >/tmp/ds/attributes
cp "$installed" /tmp/ds/first
network_before

section "preview"
tainted=$(cat /proc/sys/kernel/tainted)
host_before
check_exit 0 "the preview" drvswap -n vmxnet3 "$modules/good/99.1/vmxnet3.ko"
out_has '^module +vmxnet3 is live' "tells that the module runs"
out_has "version 99\\.1\\.0\\.0-test, build-id $(file_build_id good/99.1/vmxnet3.ko)" "tells the candidate's identity"
out_has "version [0-9.]*-k, build-id $stock_id" "tells what runs"
out_has 'driver vmxnet3 1\.[0-9.]*-k-NAPI \(drvinfo\)' "tells the version and who said it"
out_has '^ *[0-9]+ trial +unload vmxnet3$' "tells the unload"
out_has 'kernel/panic to 10' "tells that a panic would reboot"
out_has 'nothing was touched' "says that it touched nothing"
check_exit 0 "the preview as data" drvswap --json -n vmxnet3 "$modules/good/99.1/vmxnet3.ko"
out_is_json "is JSON"
json_has '^dry_run=true$' "is a dry run in data"
json_has '^host\.module\.identity\.version=' "has the host in it"
untouched "and both touched nothing"
same "not even the kernel's taint" "$tainted" "$(cat /proc/sys/kernel/tainted)"

section "swap"
check_exit 0 "the swap" drvswap vmxnet3 "$modules/good/99.1/vmxnet3.ko"
out_has '^vmxnet3: done$' "says that it is done"
out_has 'driver-version +eth0: 1\.[0-9.]*-k-NAPI -> 99\.1\.0\.0-test-NAPI' "tells the version before and after"
out_has 'network was away for [0-9]+ ms' "tells the outage"
ds_say "# outage: $(sed -n 's/.*away for //p' /tmp/ds/out)"
same "ethtool says the new version" 99.1.0.0-test-NAPI "$(nic_version eth0)"
runs vmxnet3 good/99.1/vmxnet3.ko "the code that runs is that of the file"
same "modprobe would load the same name as before" "$installed" "$(installed_file vmxnet3)"
check_out "vmxnet3$suffix" "modprobe would insert it" modprobe -n -v --show-depends vmxnet3
same "modinfo says the new version" 99.1.0.0-test "$(modinfo -F version vmxnet3)"
same "the installed file holds the candidate" "$(sum_of "$modules/good/99.1/vmxnet3.ko")" "$(image_sum "$installed")"
case $suffix in
*.xz) check_out 'CRC32' "stored as kernels read it" xz --robot --list "$installed" ;;
esac
same "the former file is .old, byte by byte" "$stock" "$(sum_of "$installed.old")"
same "the original is kept, byte by byte" "$stock" "$(sum_of "$state/original/$release/${installed#*"/modules/$release/"}")"
attributes_of "$installed" >/tmp/ds/attributes.now
grep -v security.ima /tmp/ds/attributes >/tmp/ds/attributes.wanted
same_file "mode, owner, label and attributes are kept, but for what binds content" /tmp/ds/attributes.wanted /tmp/ds/attributes.now
attributes_of "$installed.old" >/tmp/ds/attributes.now
same_file "and .old has its own" /tmp/ds/attributes /tmp/ds/attributes.now
network_as_before "swap"
check "the network answers" answers
nothing_left "swap"
same "kernel.panic is as before" 0 "$(cat /proc/sys/kernel/panic)"

section "status"
host_before
check_exit 0 "status" drvswap status vmxnet3
out_has '^state +what runs is what is installed$' "says that they agree"
out_has "^kept .old +/.*/vmxnet3/${installed##*/}\\.old" "names the .old"
out_has 'vmxnet3 99\.1\.0\.0-test-NAPI \(drvinfo\)' "tells the driver's version"
check_exit 0 "status as data" drvswap status --json
out_is_json "is JSON"
json_has '^host\.previous_image\.identity\.version=1\.' "with the version that is kept"
untouched "status touches nothing"

section "the same again"
check_exit 0 "the same file again" drvswap vmxnet3 "$modules/good/99.1/vmxnet3.ko"
out_has 'nothing to do' "is nothing to do"
cp "$modules/good/99.1/vmxnet3.ko" /tmp/ds/same.ko
xz -k --check=crc64 /tmp/ds/same.ko
check_exit 0 "the same build in another wrapping" drvswap vmxnet3 /tmp/ds/same.ko.xz
out_has 'nothing to do' "is nothing to do either"
check_exit 0 "and as data" drvswap --json vmxnet3 "$modules/good/99.1/vmxnet3.ko"
out_is_json "is JSON"
json_has '^outcome\.kind=nothing-to-do$' "and says so"
untouched "nothing to do touches nothing"

section "a third version"
second=$(sum_of "$installed")
gzip -c "$modules/good/99.2/vmxnet3.ko" >/tmp/ds/99.2.ko.gz
check_exit 0 "a gzipped candidate" drvswap --json vmxnet3 /tmp/ds/99.2.ko.gz
out_is_json "its report is JSON"
json_has '^outcome\.kind=done$' "done"
json_has '^outcome\.to\.version=99\.2\.0\.0-test$' "to the third version"
json_has '^outcome\.outage_ms=[0-9]+$' "with the outage"
same "ethtool says the third version" 99.2.0.0-test-NAPI "$(nic_version eth0)"
runs vmxnet3 good/99.2/vmxnet3.ko "its code runs"
same "the installed file holds it" "$(sum_of "$modules/good/99.2/vmxnet3.ko")" "$(image_sum "$installed")"
same ".old is the second" "$second" "$(sum_of "$installed.old")"
same "the original is still the first" "$stock" "$(sum_of "$state/original/$release/${installed#*"/modules/$release/"}")"
third=$(sum_of "$installed")
network_as_before "third"
nothing_left "third"

section "rollback"
host_before
check_exit 0 "the preview of a rollback" drvswap -n rollback
out_has 'version 99\.1\.0\.0-test' "names what it would put back"
untouched "and touches nothing"
check_exit 0 "rollback" drvswap rollback
same "the second version is back" 99.1.0.0-test-NAPI "$(nic_version eth0)"
same "its file is back, byte by byte" "$second" "$(sum_of "$installed")"
same "the third is kept as .old" "$third" "$(sum_of "$installed.old")"
check_exit 0 "rollback twice" drvswap rollback vmxnet3
runs vmxnet3 good/99.2/vmxnet3.ko "returns to the newer one"
same "byte by byte" "$third" "$(sum_of "$installed")"
same "the second is kept as .old" "$second" "$(sum_of "$installed.old")"
check_exit 0 "rollback to the original" drvswap rollback --original vmxnet3
same "the distribution's code runs" "$stock_id" "$(module_build_id vmxnet3)"
same "its file is back, byte by byte" "$stock" "$(sum_of "$installed")"
same "what it replaced is .old" "$third" "$(sum_of "$installed.old")"
same "modinfo agrees" "$(modinfo -F version "$installed")" "$(modinfo -F version vmxnet3)"
network_as_before "rollbacks"
check "the network answers" answers
nothing_left "rollbacks"

section "other wrappings"
for how in xz zst; do
	check_exit 0 "a candidate in $how" drvswap -q vmxnet3 "$modules/good/99.1-$how/vmxnet3.ko.$how"
	runs vmxnet3 good/99.1/vmxnet3.ko "$how: its code runs"
	same "$how: stored as the installed file is" "$(sum_of "$modules/good/99.1/vmxnet3.ko")" "$(image_sum "$installed")"
	check_exit 0 "and back" drvswap -q rollback
	same "$how: byte by byte" "$stock" "$(sum_of "$installed")"
done

section "history"
check_exit 0 "history" drvswap history
same "has a line for each" 9 "$(wc -l </tmp/ds/out)"
out_has '^20[0-9-]+ [0-9:]+ +swap +vmxnet3 +done +1\.[0-9.]*-k -> 99\.1\.0\.0-test +away [0-9]+ ms' "with versions and outage"
out_has ' rollback +vmxnet3 +done +99\.2\.0\.0-test -> 1\.[0-9.]*-k ' "of rollbacks too"
check_exit 0 "history of a module" drvswap history ds_plain
out_has 'no swaps yet' "that was never swapped"
check_exit 0 "history as data" drvswap history --json vmxnet3
out_is_json "is JSON"
json_has '^outcomes\.8\.kind=done$' "with as many entries"
json_has '^outcomes\.0\.from\.build_id='"$stock_id" "and identities"

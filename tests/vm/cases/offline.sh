# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# --kernel: files and indexes of a kernel that does not run; the one that runs notices nothing.
# soak-kernels: 6.12
# timeout: 200

check "the network comes up" net_up
network_before
running=$(uname -r)
other=9.9.0-other
mkdir "/lib/modules/$other"
cp -a "/lib/modules/$running/." "/lib/modules/$other/"
depmod "$other"
mine=$(installed_file vmxnet3)
theirs="/lib/modules/$other/${mine#/lib/modules/"$running"/}"
stock=$(sum_of "$theirs")
new=$modules/good/99.1/vmxnet3.ko
stock_id=$(module_build_id vmxnet3)

section "names"
check_exit 2 "a release that climbs" drvswap --kernel=../6.1 vmxnet3 "$new"
err_has 'a release is expected' "says what is wanted"
refuses impossible module-unknown "a kernel that is not there" --kernel=9.9.1-none vmxnet3 "$new"
refuses impossible kernel-runs "the kernel that runs" "--kernel=$running" vmxnet3 "$new"

section "preview"
host_before
warns kernel-offline "another kernel" "--kernel=$other" vmxnet3 "$new"
out_has "on kernel $other, which does not run" "says which kernel"
out_lacks 'unload|insert' "plans no outage"
out_lacks 'devices|links' "knows no network"
untouched "nothing was touched"

refuses refuse option-unused "a check that could judge nothing" "--kernel=$other" --check=true vmxnet3 "$new"
refusal_has 'the module does not run.*.true. would not be run' "which, and why"
untouched "nothing was touched"

section "symbols of a kernel that does not run"
unknown=$modules/broken/unknown-symbol/vmxnet3.ko
check_exit 0 "without its list of exports" drvswap -n "--kernel=$other" vmxnet3 "$unknown"
out_has 'kernel-offline: .*nobody knows whether it has all symbols' "it is said that nobody knows"
mkdir "/lib/modules/$other/build"
for m in "$mine" "$new"; do
	modprobe --dump-modversions "$m" | sed 's/$/\tvmlinux\tEXPORT_SYMBOL\t/'
done | sort -u >"/lib/modules/$other/build/Module.symvers"
refuses refuse symbol-missing "with it" "--kernel=$other" vmxnet3 "$unknown"
refusal_has 'ds_symbol_that_nobody_exports, which nothing of that kernel exports' "by its name"
refusal_has 'nothing puts the old one back' "and what would come of it"
check_exit 0 "the good one" drvswap -n "--kernel=$other" vmxnet3 "$new"
out_lacks 'nobody knows' "is known to have all"
rm -r "/lib/modules/$other/build"

section "install"
check_exit 0 "the installation" drvswap "--kernel=$other" vmxnet3 "$new"
same "the file is the candidate" "$(sum_of "$new")" "$(image_sum "$theirs")"
same "the former one is kept" "$stock" "$(sum_of "$theirs.old")"
check_out "$theirs" "its modprobe finds it" modprobe -S "$other" -n -v --show-depends vmxnet3
same "the running kernel's file stays" "$stock" "$(sum_of "$mine")"
same "what runs stays" "$stock_id" "$(module_build_id vmxnet3)"
network_as_before "the network never noticed"
check_exit 0 "once more" drvswap "--kernel=$other" vmxnet3 "$new"
out_has 'nothing to do' "is nothing to do"
check_exit 0 "its status" drvswap status "--kernel=$other" vmxnet3
out_has "$theirs" "names the file"

section "rollback"
check_exit 0 "the rollback" drvswap rollback "--kernel=$other" vmxnet3
same "the file is the former one" "$stock" "$(sum_of "$theirs")"
same "the newer one is .old" "$(sum_of "$new")" "$(image_sum "$theirs.old")"
nothing_left "after it" "$theirs"

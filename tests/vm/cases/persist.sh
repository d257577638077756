# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# A kernel that comes gets the drivers that drvswap.conf names; one that can have none is told of loudly.
# files: src/integration/kernel/persist:/etc/kernel/postinst.d/zz-drvswap-persist
# soak-kernels: 6.12
# timeout: 200

hook=/etc/kernel/postinst.d/zz-drvswap-persist
running=$(uname -r)
other=9.9.0-other
mkdir "/lib/modules/$other"
cp -a "/lib/modules/$running/." "/lib/modules/$other/"
depmod "$other"
mine=$(installed_file vmxnet3)
theirs="/lib/modules/$other/${mine#/lib/modules/"$running"/}"
stock=$(sum_of "$theirs")
new=$modules/good/99.1/vmxnet3.ko
newer=$modules/good/99.2/vmxnet3.ko
check "the network comes up" net_up

section "nothing is wanted"
check_exit 0 "without a configuration" $hook $other
same "nothing is done" "$stock" "$(sum_of "$theirs")"

section "nothing is there"
printf 'persist = vmxnet3 /srv/drivers\n' >/etc/drvswap.conf
check_exit 0 "a kernel without a file is installed all the same" $hook $other
err_has "WARNING: kernel $other will boot the vmxnet3 as installed now, .*: there is no /srv/drivers/$other/vmxnet3.ko" "with a warning"
same "and as it was" "$stock" "$(sum_of "$theirs")"
check_exit 3 "the verb itself says so with its exit code" drvswap --json persist $other
out_has '"exit_code": ?3' "and as data"
printf 'persist = vmxnet3\n' >/etc/drvswap.conf
check_exit 0 "and so is one without a build" $hook $other
err_has 'WARNING: .*no bundled driver vmxnet3 is built for the kernel .*there are no headers .*tried again' "with a warning, which may come too soon"
rm -f "/lib/modules/$other/build"
mkdir -p "/lib/modules/$other/build/include"
check_exit 0 "where it could have been built" $hook $other
err_has 'WARNING: .*no bundled driver vmxnet3 is built for the kernel' "the warning"
err_lacks 'headers' "knows of no better time"

section "a directory of files"
mkdir -p /srv/drivers/$other
cp "$new" /srv/drivers/$other/vmxnet3.ko
printf 'persist = vmxnet3 /srv/drivers\n' >/etc/drvswap.conf
check_exit 0 "a kernel with a file" $hook $other
same "has it" "$(sum_of "$new")" "$(image_sum "$theirs")"
same "and keeps its own" "$stock" "$(sum_of "$theirs.old")"
check_out "$theirs" "its modprobe finds it" modprobe -S "$other" -n -v --show-depends vmxnet3
same "the kernel that runs keeps its file" "$stock" "$(sum_of "$mine")"
check_exit 0 "once more" $hook $other
same "changes nothing" "$(sum_of "$new")" "$(image_sum "$theirs")"

section "what DKMS has built"
build=/var/lib/dkms/drvswap-vmxnet3/2.0.0/$other/x86_64/module
mkdir -p $build /etc/drvswap.conf.d
# As DKMS compresses it, where the kernel's own modules are compressed.
xz -c --check=crc64 "$newer" >$build/vmxnet3.ko.xz
printf 'persist = vmxnet3\n' >/etc/drvswap.conf.d/10-own.conf
check_exit 0 "a drop-in has the last word" $hook $other
err_has "drvswap: kernel $other will boot the vmxnet3 that .persist. names" "an earlier warning is taken back"
err_lacks WARNING "and there is none"
same "it is DKMS's" "$(sum_of "$newer")" "$(image_sum "$theirs")"

section "what must not be"
chmod 666 /etc/drvswap.conf.d/10-own.conf
rm $build/vmxnet3.ko.xz
cp "$new" $build/vmxnet3.ko
check_exit 0 "a file that anybody could have written" $hook $other
err_has "WARNING: .*10-own.conf is not root's alone" "is not believed"
same "and nothing is done" "$(sum_of "$newer")" "$(image_sum "$theirs")"
chmod 644 /etc/drvswap.conf.d/10-own.conf
echo damaged >$build/vmxnet3.ko
check_exit 0 "a damaged file" $hook $other
err_has 'WARNING: .*candidate-' "is refused, with a warning"
same "and nothing is done" "$(sum_of "$newer")" "$(image_sum "$theirs")"

section "the kernel that runs, its package installed anew"
rm /etc/drvswap.conf.d/10-own.conf
mkdir -p "/srv/drivers/$running"
cp "$new" "/srv/drivers/$running/vmxnet3.ko"
cp "$mine" /tmp/stock.ko
check_exit 0 "its driver was swapped" drvswap vmxnet3 "$new"
swapped=$(sum_of "$mine")
link=$(cat /sys/class/net/eth0/ifindex)
cp /tmp/stock.ko "$mine.dpkg"
mv "$mine.dpkg" "$mine"
depmod
check_exit 0 "the hook" $hook "$running"
err_lacks WARNING "has nothing to warn of"
same "the file is back" "$swapped" "$(sum_of "$mine")"
same "the package's own is kept" "$stock" "$(sum_of "$mine.old")"
same "what runs stayed" "$(file_build_id good/99.1/vmxnet3.ko)" "$(module_build_id vmxnet3)"
same "and so did the link" "$link" "$(cat /sys/class/net/eth0/ifindex)"
check_exit 0 "once more" $hook "$running"
err_lacks WARNING "nothing to warn of"
check_exit 0 "status" drvswap status vmxnet3
cp "$newer" "/srv/drivers/$running/vmxnet3.ko"
check_exit 0 "with another driver than the one that runs" $hook "$running"
err_has "WARNING: .*kernel-runs.*.drvswap vmxnet3 /srv/drivers/.*/vmxnet3.ko. exchanges what runs" "it says what to type"
same "the file stayed" "$swapped" "$(sum_of "$mine")"
same "and the link" "$link" "$(cat /sys/class/net/eth0/ifindex)"
check_exit 0 "which does it" drvswap vmxnet3 "/srv/drivers/$running/vmxnet3.ko"
check_exit 0 "by hand, without the hook" drvswap --json "--kernel=$running" vmxnet3 "$newer"
out_has 'nothing-to-do' "there is nothing to do"
check "the network answers" answers

# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# timeout: 240
# The configuration: who beats whom, what is wrong with a line, whose files are believed.
# soak-kernels: 6.12

check "the network comes up" net_up
new=$modules/good/99.1/vmxnet3.ko
conf=/etc/drvswap.conf
dir=$conf.d
mkdir "$dir"

# configure FILE LINE...: the file holds these lines.
configure()
{
	ds_file=$1
	shift
	printf '%s\n' "$@" >"$ds_file"
	chmod 644 "$ds_file"
}

section "who beats whom"
check_exit 0 "without a configuration" drvswap -n --confirm vmxnet3 "$new"
out_has 'wait 120 s for' "the window is the program's own"
configure $conf '# a comment' '' 'confirm-window = 50' 'check = /bin/true of-the-file'
check_exit 0 "with one" drvswap -n --confirm vmxnet3 "$new"
out_has 'wait 50 s for' "the window is the file's"
out_has '/bin/true of-the-file' "and so is the check"
configure $dir/10-a.conf 'confirm-window = 60' 'check = /bin/true one' 'check = /bin/true two'
configure $dir/20-b.conf '  confirm-window=70  '
configure $dir/30-c.off 'this is none'
check_exit 0 "with drop-ins" drvswap -n --confirm vmxnet3 "$new"
out_has 'wait 70 s for' "the last one has the last word"
out_has '/bin/true one' "a list is of the last one that has it"
out_has '/bin/true two' "with all that it says"
out_lacks 'of-the-file' "and not of those that it beats"
check_exit 0 "with options" drvswap -n --confirm=80 --check='/bin/true mine' vmxnet3 "$new"
out_has 'wait 80 s for' "the command line beats them all"
out_has '/bin/true mine' "in lists, too"
out_lacks '/bin/true one' "as a whole"

section "it is what a swap does"
check_exit 0 "a check that succeeds" drvswap vmxnet3 "$new"
same "it runs" "99.1.0.0-test-NAPI" "$(nic_version eth0)"
configure $dir/20-b.conf "check = /bin/grep -q 99.1 /sys/module/vmxnet3/version"
check_exit 4 "a check that fails after it" drvswap vmxnet3 "$modules/good/99.2/vmxnet3.ko"
same "the old one runs" "99.1.0.0-test-NAPI" "$(nic_version eth0)"
rm $dir/*
# Nobody named that check now: where it can judge nothing, it is no reason.
configure $conf 'check = /bin/true'
check "the module goes" rmmod vmxnet3
check_exit 0 "of a module that does not run only the file is exchanged" drvswap -n vmxnet3 "$modules/good/99.2/vmxnet3.ko"
check "it comes back" modprobe vmxnet3

section "what is wrong"
configure $conf 'timeout = 30' 'colour = red'
host_before
check_exit 2 "a key that nobody knows" drvswap vmxnet3 "$new"
err_has "$conf:2: .*no key colour" "is told with its place"
configure $conf 'timeout = soon'
check_exit 2 "a value that is none" drvswap vmxnet3 "$new"
err_has "$conf:1: timeout = soon: 1 to 3600 seconds are expected" "is told with its place"
check_exit 2 "even where the command line beats it" drvswap --timeout=9 vmxnet3 "$new"
configure $conf 'timeout'
check_exit 2 "a line that says nothing" drvswap rollback vmxnet3
err_has "$conf:1: key = value is expected" "is told with its place"
check_exit 0 "status does not read it" drvswap status vmxnet3
check_exit 0 "nor does a recovery" drvswap recover

section "whose word"
for mode in 664 646; do
	configure $conf 'timeout = 30'
	chmod $mode $conf
	check_exit 2 "mode $mode" drvswap vmxnet3 "$new"
	err_has "$conf is not root's alone" "is refused"
done
configure $conf 'timeout = 30'
chown 1000 $conf
check_exit 2 "another owner" drvswap vmxnet3 "$new"
err_has "$conf is not root's alone" "is refused"
rm $conf
ln -s /tmp/elsewhere $conf
check_exit 2 "a link" drvswap vmxnet3 "$new"
rm $conf
chmod 777 $dir
configure $dir/10-a.conf 'timeout = 30'
check_exit 2 "drop-ins that anybody could add" drvswap vmxnet3 "$new"
err_has "$dir" "are refused"

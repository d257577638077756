# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# Hooks: which are run, when, with what, and what one does that fails, hangs, or could be somebody else's.
# soak-kernels: 6.1
# timeout: 300

dir=/etc/drvswap/hooks.d
told=/tmp/told
new=$modules/good/99.1/vmxnet3.ko

# hook WHEN NAME [COMMANDS]: tells what it sees, then does that.
hook()
{
	cat >"$dir/$1/$2" <<-END
		#!/bin/sh
		set -u
		echo "\$DRVSWAP_HOOK \${0##*/} \$DRVSWAP_VERB \$(cat /sys/module/vmxnet3/version)" >>$told
		tr '\\0' '\\n' </proc/\$\$/environ | sort >/tmp/environment
		${3:-:}
	END
	chmod 755 "$dir/$1/$2"
}

# hooks: two of each, none of which fails.
hooks()
{
	rm -rf /etc/drvswap
	mkdir -p $dir/pre $dir/post $dir/rollback
	chmod -R 755 /etc/drvswap
	for ds_when in pre post rollback; do
		hook $ds_when 10-a
		hook $ds_when 20-b.sh
	done
	: >$told
}

# was_told TEXT LINE...: these hooks were run, in this order.
was_told()
{
	ds_text=$1
	shift
	same "$ds_text" "$(printf '%s\n' "$@")" "$(cat $told)"
	: >$told
}

# old_is_back TEXT
old_is_back()
{
	same "$1: the old code runs" "$stock_id" "$(module_build_id vmxnet3)"
	files_as_before "$1: the files are as before"
	check "$1: the network answers" answers
	nothing_left "$1"
}

check "the network comes up" net_up
stock_id=$(module_build_id vmxnet3)
old=$(cat /sys/module/vmxnet3/version)
mine=99.1.0.0-test

section "which, and when"
hooks
touch $dir/pre/30-c~ $dir/pre/README $dir/pre/.hidden
host_before
check_exit 0 "dry run" drvswap -n vmxnet3 "$new"
out_has "run the pre hook $dir/pre/20-b.sh" "it shows each hook"
out_has "undo: run the rollback hook $dir/rollback/10-a" "and those of a rollback as undo"
planned_steps >"$ds_dir/planned"
untouched "it touches nothing"
was_told "and runs no hook" ""
check_exit 0 "swap" env SECRET=1 drvswap vmxnet3 "$new"
done_steps >/tmp/done
same "what was done is what was shown" "$(sed 's,[^ ]*/vmxnet3.ko,vmxnet3.ko,g' "$ds_dir/planned")" "$(sed 's,[^ ]*/vmxnet3.ko,vmxnet3.ko,g' /tmp/done)"
was_told "before the outage, and when all is done, by name" "pre 10-a swap $old" "pre 20-b.sh swap $old" \
	"post 10-a swap $mine" "post 20-b.sh swap $mine"
same "with these variables and no other" "DRVSWAP_CANDIDATE=$new
DRVSWAP_DEVICES=pci/$(basename "$(readlink /sys/class/net/eth0/device)")
DRVSWAP_FROM_BUILD_ID=$stock_id
DRVSWAP_FROM_VERSION=$old
DRVSWAP_HOOK=post
DRVSWAP_INSTALLED=$(realpath "$(installed_file vmxnet3)")
DRVSWAP_KERNEL=$(uname -r)
DRVSWAP_LINKS=eth0
DRVSWAP_MODULE=vmxnet3
DRVSWAP_TO_BUILD_ID=$(module_build_id vmxnet3)
DRVSWAP_TO_VERSION=$mine
DRVSWAP_VERB=swap
HOME=/
LC_ALL=C
PATH=/usr/sbin:/usr/bin:/sbin:/bin" "$(grep -v -e '^PWD=' -e '^OLDPWD=' -e '^_=' /tmp/environment)"
check_exit 0 "a rollback is a swap, too" drvswap rollback vmxnet3
was_told "with its verb" "pre 10-a rollback $mine" "pre 20-b.sh rollback $mine" \
	"post 10-a rollback $old" "post 20-b.sh rollback $old"
files_before

section "one that fails"
hook pre 20-b.sh 'echo the balancer does not answer; exit 7'
check_exit 1 "before the outage" drvswap vmxnet3 "$new"
err_has "$dir/pre/20-b.sh failed .exit code 7.: the balancer does not answer" "in its own words"
was_told "then nothing is touched, and the rollback ends with its hooks" "pre 10-a swap $old" "pre 20-b.sh swap $old" \
	"rollback 10-a swap $old" "rollback 20-b.sh swap $old"
old_is_back "pre"
hooks
check_exit 4 "a swap that fails" drvswap --expect-version=3 vmxnet3 "$new"
was_told "has no post hook, and the rollback's see the old driver" "pre 10-a swap $old" "pre 20-b.sh swap $old" \
	"rollback 10-a swap $old" "rollback 20-b.sh swap $old"
old_is_back "rollback"
hook post 20-b.sh 'kill -TERM $$'
check_exit 4 "at the end" drvswap vmxnet3 "$new"
err_has "$dir/post/20-b.sh failed .signal 15." "is told"
was_told "and all is undone" "pre 10-a swap $old" "pre 20-b.sh swap $old" "post 10-a swap $mine" "post 20-b.sh swap $mine" \
	"rollback 10-a swap $old" "rollback 20-b.sh swap $old"
old_is_back "post"
hook rollback 10-a 'echo still drained; false'
check_exit 5 "of a rollback" drvswap vmxnet3 "$new"
err_has "rollback is incomplete .*$dir/rollback/10-a failed .exit code 1.: still drained" "somebody must look"
same "the old code runs all the same" "$stock_id" "$(module_build_id vmxnet3)"
check_exit 5 "a recovery tries again" drvswap recover
: >$told
hook rollback 10-a
check_exit 4 "and ends" drvswap recover
was_told "with the hook that was left, and what comes after it" "rollback 10-a swap $old" "rollback 20-b.sh swap $old"
old_is_back "recovery"

section "one that does not end"
hooks
hook pre 10-a 'sleep 971 & wait'
printf 'hook-timeout = 10\n' >/etc/drvswap.conf
check_exit 1 "past the limit" drvswap vmxnet3 "$new"
rm /etc/drvswap.conf
err_has "$dir/pre/10-a did not end in time" "it has failed"
check_not "and was ended, with what it had started" sh -c "cat /proc/[0-9]*/cmdline | tr '\\0' ' ' | grep -q 'sleep 97[1]'"
old_is_back "killed"

section "a process that dies in one"
hooks
hook pre 20-b.sh 'kill -KILL $PPID'
check_exit 1 "before the outage" drvswap vmxnet3 "$new"
err_has 'was ended by signal 9' "is told"
was_told "the rollback's are run" "pre 10-a swap $old" "pre 20-b.sh swap $old" "rollback 10-a swap $old" "rollback 20-b.sh swap $old"
old_is_back "died before"
hooks
hook post 10-a '[ -e /tmp/again ] || { touch /tmp/again; kill -KILL $PPID; }'
check_exit 0 "at the end" drvswap vmxnet3 "$new"
was_told "the post hooks are run again" "pre 10-a swap $old" "pre 20-b.sh swap $old" "post 10-a swap $mine" \
	"post 10-a swap $mine" "post 20-b.sh swap $mine"
runs vmxnet3 "$new" "and the new driver stays"
hooks
check_exit 0 "back" drvswap --hooks=leave rollback vmxnet3
was_told "without hooks, as was asked for" ""

section "whose they are"
# distrusts TEXT PATTERN: the swap is refused; lifted, it is planned without that hook.
distrusts()
{
	refuses refuse hook-untrusted "$1" vmxnet3 "$new"
	refusal_has "$2" "... in a plain sentence"
	check_exit 0 "... lifted" drvswap -n --override=hook-untrusted vmxnet3 "$new"
	out_lacks "prepare +run the pre hook $dir/pre/10-a" "... it is not run"
	was_told "... nor was it" ""
	hooks
}
chown 1000 $dir/pre/10-a
distrusts "another's file" "the pre hook $dir/pre/10-a is not run: .*belongs to user 1000"
chmod 775 $dir/pre/10-a
distrusts "a file that others may write" "others than root may write to $dir/pre/10-a"
chmod 757 $dir/pre
distrusts "a directory that others may write" "others than root may write to $dir/pre "
chown 1000 /etc/drvswap
distrusts "a directory of another above it" "/etc/drvswap belongs to user 1000"
mv $dir/pre/10-a /tmp/10-a
ln -s /tmp/10-a $dir/pre/10-a
distrusts "a link" "$dir/pre/10-a is a symbolic link"
mv $dir/pre /tmp/pre
ln -s /tmp/pre $dir/pre
distrusts "a link above it" "$dir/pre is not a directory"

section "where there is none"
chmod 644 $dir/pre/10-a
warns hook-off "one that is switched off" vmxnet3 "$new"
out_lacks "prepare +run the pre hook $dir/pre/10-a" "is not run"
check "the module goes" rmmod vmxnet3
check_exit 0 "a module that does not run" drvswap -n vmxnet3 "$new"
out_lacks 'run the .* hook ' "has no outage, and no hooks"
check "it comes back" modprobe vmxnet3

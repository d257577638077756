# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# What comes from others: module files that were made to break whoever reads them, texts that would drive a terminal, an
# environment and directories that somebody prepared.
# soak-kernels: 6.12
# timeout: 400

check "the network comes up" net_up
good=$modules/good/99.1/vmxnet3.ko
esc=$(printf '\033')

section "who reads module files"
# What is traced cannot be searched for leaks.
ASAN_OPTIONS="$ASAN_OPTIONS:detect_leaks=0" strace -f -qq -o /tmp/strace -e trace=setresuid,capset,prctl,openat,open,socket,clone,clone3,fork drvswap -n vmxnet3 "$good" >/tmp/out 2>&1
ds_child=$(sed -n 's/^\([0-9]*\) *prctl(PR_SET_NAME, "drvswap-parser".*/\1/p' /tmp/strace | head -n 1)
check "a process of its own" test -n "$ds_child"
grep "^$ds_child " /tmp/strace >/tmp/child
check "which is nobody" grep -q 'setresuid(65534, 65534, 65534) *= 0' /tmp/child
check "without a capability" grep -q 'capset(.*effective=0, permitted=0, inheritable=0}) *= 0' /tmp/child
check "and cannot get more" grep -q 'PR_SET_NO_NEW_PRIVS, 1.*= 0' /tmp/child
check "with a list of system calls" grep -Eq 'PR_SET_SECCOMP, SECCOMP_MODE_FILTER.*= 0' /tmp/child
sed '1,/PR_SET_SECCOMP/d' /tmp/child | grep -E '(open|openat|socket|clone)[(3].* = [0-9]' >/tmp/after
# A sanitizer reads /proc.
grep -v '/proc/' /tmp/after >/tmp/opened
same "it opened nothing since" "" "$(cat /tmp/opened)"
same "three of them at most: for the host, for the candidate, and for what that one needs" yes \
	"$([ "$(grep -c 'PR_SET_NAME, "drvswap-parser"' /tmp/strace)" -le 3 ] && echo yes)"
check_exit 3 "somebody who is not root has one too" setpriv --reuid=65534 --regid=65534 --clear-groups drvswap -n vmxnet3 "$good"
out_has '^candidate ' "and gets the facts"

section "files that were made to break it"
for ds_file in "$modules"/broken/*/*.ko*; do
	drvswap -n --json vmxnet3 "$ds_file" >/tmp/out 2>/tmp/err
	ds_code=$?
	case $ds_code in 0 | 3) ;; *) echo "$ds_file: $ds_code" ;; esac
	busybox awk -f /ds/json.awk </tmp/out >/dev/null 2>&1 || echo "$ds_file: no JSON"
done >/tmp/odd
same "each of them is judged" "" "$(cat /tmp/odd)"
# 300 MB of zeroes in little more than one.
head -c 300000000 /dev/zero | gzip -1 >/tmp/bomb.ko.gz
check_exit 3 "a bomb is refused" drvswap vmxnet3 /tmp/bomb.ko.gz
err_has 'candidate-damaged: .*bomb.ko.gz is larger than 256 MiB' "and why: it is no damage"
rm /tmp/bomb.ko.gz

section "texts that would drive a terminal"
ds_evil="/tmp/a${esc}[31m$(printf '\233\377\nb')$(printf '\342\200\256').ko"
# The version of the module becomes an escape sequence of the same length, and no UTF-8.
sed "s/version=99\\.1\\.0\\.0-test/version=$(printf '\033\133\063\061\155\377\233\302\233')test/" "$good" >"$ds_evil"
differ "the file was changed" "$(sum_of "$good")" "$(sum_of "$ds_evil")"
# lacks_controls FILE: ASCII that can be seen, and newlines. What was no ASCII here was no text either.
lacks_controls() { [ "$(LC_ALL=C tr -d '\n\040-\176' <"$1" | wc -c)" -eq 0 ]; }
drvswap -n vmxnet3 "$ds_evil" >/tmp/out 2>&1
check "the file is looked at" grep -q '^candidate' /tmp/out
check "its name and its version reach no terminal" lacks_controls /tmp/out
drvswap -n --json vmxnet3 "$ds_evil" >/tmp/out 2>&1
check "nor JSON" lacks_controls /tmp/out
cp /tmp/out $ds_out
out_is_json "which is JSON"
check_exit 3 "a swap with it is refused or done, but said cleanly" drvswap vmxnet3 "$ds_evil.none"
lacks_controls $ds_err
ds_result $? "errors too"
check_exit 2 "an argument is said cleanly" drvswap "${esc}[31mx" y
lacks_controls $ds_err
ds_result $? "as it was given"

section "what a caller could prepare"
cp /usr/sbin/drvswap /tmp/drvswap
chmod 4755 /tmp/drvswap
check_exit 1 "a setuid copy refuses" setpriv --reuid 1000 --clear-groups /tmp/drvswap -n vmxnet3 "$good"
err_has 'rights that its caller does not have' "and says why"
check_exit 0 "root may use even that" /tmp/drvswap -n vmxnet3 "$good"
mkdir -p $state
chmod 777 $state
host_before
check_exit 3 "a directory that others write to is no place for a journal" drvswap vmxnet3 "$good"
err_has '/var/lib/drvswap is not root.s alone .owner [0-9]+, mode [0-9]+.: what lies there cannot be trusted' "and it says why"
check_exit 3 "a dry run says so, too" drvswap -n vmxnet3 "$good"
check_exit 3 "nor is a journal in it believed" drvswap recover
untouched "nothing was touched"
rm -rf $state
ln -s /tmp $state
check_exit 3 "nor is a link" drvswap vmxnet3 "$good"
rm $state
same "nothing was put where it leads" "" "$(find /tmp -maxdepth 1 -name 'journal*')"
(
	umask 0
	trap '' CHLD PIPE HUP
	exec drvswap -q vmxnet3 "$good"
) >/tmp/out 2>&1 </dev/null
same "a strange umask and ignored signals" 0 $?
same "the state is root's alone" "700 600" "$(stat -c %a $state) $(stat -c %a $state/history)"
same "the indexes are everybody's to read" 644 "$(stat -c %a "/lib/modules/$release/modules.dep")"
check_exit 0 "and back" drvswap -q rollback vmxnet3

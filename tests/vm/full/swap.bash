# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154
# The swap as people type it: over ssh, through the only NIC that the host has.
# labels: vm-full soak
# timeout: 600

# After each step, of the facts just asked for.
nothing_left()
{
	same "$1: nothing is left over" "" "${fact[left]}"
	same "$1: the only NIC has its name" "$nic" "${fact[nics]}"
	same "$1: its address" "10.0.2.15/24" "${fact[addresses]}"
	same "$1: its routes" "$routes" "${fact[routes]}"
	same "$1: kernel.panic is as before" 0 "${fact[panic]}"
	same "$1: no unit has failed" "" "${fact[failed]}"
}

# typed COMMAND...: over one connection, which must live to tell the exit code and, after that, whom it is with.
typed() { ssh_timeout=120 ssh_guest "echo \"from \$SSH_CONNECTION\"; $*; code=\$?; echo \"code \$code to \$SSH_CONNECTION\"; exit \$code"; }
same_connection()
{
	[[ -n $(sed -n 's/^from //p' "$out") && $(sed -n 's/^from //p' "$out") == "$(sed -n 's/^code [0-9]* to //p' "$out")" ]]
	result $? "$1: told over the very connection that it was typed on" || explain_run
}

boot || return
facts
nic=${fact[nics]}
routes=${fact[routes]}
index=${fact[index]}
file=${fact[file]}
stock=${fact[file_sum]}
stock_id=${fact[build_id]}
stock_version=${fact[version]}
same "one NIC, of that driver" 1 "$(wc -w <<<"$nic")"
check "the test modules are copied" copy_modules good/99.1:vmxnet3.ko bad/init-fails:init-fails.ko bad/no-carrier:no-carrier.ko
good=$(file_build_id good/99.1/vmxnet3.ko)

section "swap"
check_exit 0 "the swap" typed drvswap vmxnet3 /root/vmxnet3.ko
cat "$err" "$out" >"$work/swap.txt"
same_connection "swap"
out_has '^vmxnet3: done$' "says that it is done"
note "swap: $(grep -o 'network was away for [0-9]* ms' "$out")"
facts
same "ethtool says the new version" 99.1.0.0-test-NAPI "${fact[version]}"
same "the code that runs is that of the file" "$good" "${fact[build_id]}"
same "modprobe would load the same name as before" "$file" "${fact[file]}"
same "modinfo says the new version" 99.1.0.0-test "${fact[file_version]}"
same "the installed file is the candidate" "$(sum_of "$modules/good/99.1/vmxnet3.ko")" "${fact[file_sum]}"
same "the former file is .old" "$stock" "${fact[old_sum]}"
differ "depmod has made its indexes anew" "$index" "${fact[index]}"
nothing_left "swap"

section "rollback"
check_exit 0 "rollback" typed drvswap rollback
same_connection "rollback"
facts
same "ethtool says the old version" "$stock_version" "${fact[version]}"
same "the old code runs" "$stock_id" "${fact[build_id]}"
same "the old file is installed" "$stock" "${fact[file_sum]}"
nothing_left "rollback"

section "bad drivers"
check_exit 4 "one whose init fails" typed drvswap vmxnet3 /root/init-fails.ko
same_connection "init-fails"
check_exit 4 "one that has no carrier" typed drvswap --timeout=10 vmxnet3 /root/no-carrier.ko
cat "$err" "$out" >"$work/no-carrier.txt"
same_connection "no-carrier"
facts
same "the old code runs" "$stock_id" "${fact[build_id]}"
same "the old file is installed" "$stock" "${fact[file_sum]}"
nothing_left "bad drivers"

section "the caller is killed"
# killed ARGUMENT...: the local end dies at once, as with a lost laptop; the far end notices whenever it can.
killed()
{
	history=${fact[history]}
	: >"$work/killed"
	ssh "${ssh_options[@]}" -p "$port" root@127.0.0.1 drvswap "$@" vmxnet3 /root/vmxnet3.ko </dev/null >"$work/killed" 2>&1 &
	caller=$!
	# So that bash does not announce its death.
	disown "$caller"
	check_within 60 "progress shows" grep -q prepare "$work/killed"
	kill -KILL "$caller"
	check "somebody else can log in" wait_ssh 60
}
# finished OUTCOME: there is a new line in the history, with that.
finished() { read_facts && [[ ${fact[history]} =~ \ swap\ +vmxnet3\ +$1\ .*\ -\>\ 99\.1\.0\.0-test\  && ! ${fact[history]} == "$history" ]]; }
killed --timeout=15
check_within 150 "nothing can prove any more that it is reached: the swap is undone" finished rolled-back
# The facts of one connection can begin before the end that they tell of.
facts
same "the old code runs" "$stock_id" "${fact[build_id]}"
same "the old file is installed" "$stock" "${fact[file_sum]}"
nothing_left "killed caller"
killed --confirm=100
confirmed() { ssh_timeout=90 ssh_guest drvswap confirm; }
check_within 60 "confirmed over another connection, it comes to its end" confirmed
facts
check "and history says so" finished "done"
same "the new code runs" "$good" "${fact[build_id]}"
same "the new file is installed" "$(sum_of "$modules/good/99.1/vmxnet3.ko")" "${fact[file_sum]}"
same "ethtool says the new version" 99.1.0.0-test-NAPI "${fact[version]}"
same "the former file is .old" "$stock" "${fact[old_sum]}"
nothing_left "killed caller"
check_exit 0 "status" ssh_guest drvswap status vmxnet3
out_has '^state +what runs is what is installed$' "agrees"
out_lacks 'under way|interrupted' "nothing is under way"
poweroff_guest

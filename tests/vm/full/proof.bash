# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154
# Over the only NIC, by ssh: the caller's connection is the proof that the host can still be reached.
# labels: vm-full soak
# timeout: 1200

back()
{
	facts
	same "$1: the old code runs" "$stock_id" "${fact[build_id]}"
	same "$1: the old file is installed" "$stock" "${fact[file_sum]}"
	same "$1: nothing is left over" "" "${fact[left]}"
}

slowly() { ssh_timeout=400 ssh_guest "$@"; }

# tty ARGUMENT...: at a terminal, with what comes through the pipe $work/keys typed there.
tty()
{
	timeout -k 5 $((200 * scale)) ssh -tt "${ssh_options[@]}" -p "$port" root@127.0.0.1 "$@" <"$work/keys"
}
asked() { grep -q 'Press Enter' "$work/tty"; }

boot || return
facts
stock=${fact[file_sum]}
stock_id=${fact[build_id]}
good=$(file_build_id good/99.1/vmxnet3.ko)
check "the test modules are copied" copy_modules good/99.1:vmxnet3.ko
# While the new driver runs, what the sshd is sent is dropped, and so what acknowledges; all else works, the gateway's ARP too.
# To drop what it sends would be noticed: a packet that never left this host is tried again twice a second, and after 15 times
# TCP gives the connection up (net/ipv4/tcp_output.c, tcp_send_probe0(), 6.1).
cat >"$work/cutter" <<'END'
#!/bin/sh
# On the link itself, for networkd takes away routes and rules that are not its own. It goes with the link.
grep -q '^99' /sys/module/vmxnet3/version || exit 0
for link in /sys/bus/pci/drivers/vmxnet3/*/net/*; do
	link=${link##*/}
	tc qdisc show dev "$link" | grep -q clsact && continue
	tc qdisc add dev "$link" clsact || exit 1
	tc filter add dev "$link" ingress protocol ip u32 match ip dport 22 0xffff action drop || exit 1
done
END
check "and what cuts the connection" copy_in "$work/cutter" /root/cutter
check "which is a program" ssh_guest chmod 755 /root/cutter

section "preview"
check_exit 0 "a dry run over ssh" ssh_guest drvswap -n vmxnet3 /root/vmxnet3.ko
out_has 'your SSH connection' "sees the connection"
out_has 'trial +proof: wait 120 s until your SSH client acknowledges' "and prints the proof"
check_exit 0 "without its environment" ssh_guest env -i /usr/sbin/drvswap -n vmxnet3 /root/vmxnet3.ko
out_has 'proof: wait 120 s until your SSH client' "it is found all the same"
check_exit 0 "with --confirm" ssh_guest drvswap -n --confirm=7 vmxnet3 /root/vmxnet3.ko
out_has 'wait 7 s for .drvswap confirm' "that is the proof"
out_lacks 'proof:' "and no other"

section "nothing would travel"
check_exit 3 "quiet" ssh_guest drvswap -q vmxnet3 /root/vmxnet3.ko
check_exit 3 "redirected" ssh_guest 'drvswap vmxnet3 /root/vmxnet3.ko 2>/tmp/err; code=$?; cat /tmp/err >&2; exit $code'
err_has 'no-proof: .*stderr does not go into your SSH connection' "says why"
err_has 'confirm' "and what to do"
check_exit 3 "into a pipe" ssh_guest 'bash -o pipefail -c "drvswap vmxnet3 /root/vmxnet3.ko 2>&1 | cat"'
check_exit 3 "as a service" ssh_guest 'systemd-run -q --wait --pipe drvswap vmxnet3 /root/vmxnet3.ko'
back "refused"

section "a script"
check_exit 0 "the swap, typed as scripts do" slowly drvswap vmxnet3 /root/vmxnet3.ko
err_has 'trial +proof:' "waited for the proof"
note "proof: $(grep 'proof: wait' "$err" | grep -o '[0-9]* ms')"
facts
same "the new code runs" "$good" "${fact[build_id]}"
same "nothing is left over" "" "${fact[left]}"
check_exit 0 "quiet and overridden" slowly drvswap -q --override=no-proof rollback
back "rollback"

section "the connection is cut, and nothing else"
check_exit 4 "a swap after which nobody acknowledges" slowly drvswap --timeout=15 --check=/root/cutter vmxnet3 /root/vmxnet3.ko
err_has 'your SSH client acknowledged nothing that was sent after the swap' "says why"
out_has 'the rollback was verified' "and was rolled back"
back "cut"

section "at a terminal"
mkfifo "$work/keys"
exec {keys}<>"$work/keys"
tty drvswap vmxnet3 /root/vmxnet3.ko >"$work/tty" 2>&1 &
caller=$!
check_within 90 "it asks for the key" asked
echo >&"$keys"
wait "$caller"
same "the key keeps it" 0 $?
cat "$work/tty" >>"$work/report.log"
facts
same "the new code runs" "$good" "${fact[build_id]}"
tty drvswap --timeout=10 rollback >"$work/tty" 2>&1 &
caller=$!
check_within 90 "it asks for the key again" asked
wait "$caller"
same "no key, no rollback" 4 $?
check "says why" grep 'no key was pressed in time' "$work/tty"
facts
same "the new code still runs" "$good" "${fact[build_id]}"
tty drvswap rollback >"$work/tty" 2>&1 &
caller=$!
check_within 90 "it asks once more" asked
check_exit 0 "a confirmation over another connection" slowly drvswap confirm
wait "$caller"
same "is as good as the key" 0 $?
exec {keys}>&-
back "confirmed from elsewhere"
poweroff_guest

# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154
# Nothing that happens to a login reaches the swap that was typed in it; and who else is at work is waited for.
# labels: vm-full soak
# timeout: 900

# through: what it is typed behind, as sudo is; nothing where it stays empty.
through=
# swap_waits ARGUMENT...: a swap in a login of its own, in the background, until it waits for its confirmation.
swap_waits()
{
	: >"$work/swap.txt"
	ssh_timeout=300 ssh_guest "echo \"login \$\$ session \$(loginctl show-user root -p Sessions --value)\"; \
		exec $through drvswap $* vmxnet3 /root/vmxnet3.ko" >"$work/swap.txt" 2>&1 &
	swap=$!
	disown "$swap"
	check_within 90 "the swap waits for a confirmation" grep -q 'wait .* for .drvswap confirm' "$work/swap.txt"
	caller=$(sed -n 's/^login \([0-9]*\) .*/\1/p' "$work/swap.txt")
	run ssh_guest "pgrep -P $caller drvswap; cat /proc/$caller/cgroup; echo; cat /proc/\$(pgrep -P $caller drvswap)/cgroup"
	cp "$out" "$work/groups.txt"
}

# What networkd does to a link that comes back may undo what a swap has just put there: then it is rolled back, and that
# is not what is tested here. So the way back is tried again.

# gone PID: no such process in the guest.
gone() { ssh_guest "! test -d /proc/$1"; }

# follow: a second login that follows the swap to its end, in the background.
follow()
{
	ssh_timeout=300 ssh_guest 'drvswap status --follow; echo "follower ends with $?"' >"$work/follow.txt" 2>&1 &
	disown $!
	check_within 60 "a second login follows" grep -q 'verify what runs' "$work/follow.txt"
}

after_confirm()
{
	check_exit 0 "$1: confirmed over a new login" ssh_guest drvswap confirm
	check_within 60 "$1: the follower has seen the end" grep -q 'follower ends with 0' "$work/follow.txt"
	check "$1: and how it ended" grep -q 'vmxnet3: done' "$work/follow.txt"
	facts
	same "$1: the new code runs" "$good" "${fact[build_id]}"
	check_within 90 "$1: back" ssh_guest 'drvswap -q --confirm=60 --no-wait rollback && drvswap -q confirm'
	facts
	same "$1: the old code runs" "$stock_id" "${fact[build_id]}"
}

boot || return
facts
file=${fact[file]}
stock=${fact[file_sum]}
stock_id=${fact[build_id]}
check "the test modules are copied" copy_modules good/99.1:vmxnet3.ko
good=$(file_build_id good/99.1/vmxnet3.ko)
check "logind kills what a session leaves behind" ssh_guest 'mkdir -p /etc/systemd/logind.conf.d &&
	printf "[Login]\nKillUserProcesses=yes\nKillExcludeUsers=\n" >/etc/systemd/logind.conf.d/kill.conf &&
	systemctl restart systemd-logind'

section "the session is ended"
swap_waits --confirm=120
check "the worker is in a scope of process 1" grep -q '^0::/system.slice/drvswap-.*\.scope$' "$work/groups.txt"
check "its caller is not" grep -q '^0::/user.slice/.*session-.*\.scope$' "$work/groups.txt"
follow
check "the session is ended" ssh_guest "loginctl terminate-session \$(sed -n 's,.*/session-\(.*\)\.scope,\1,p' /proc/$caller/cgroup)"
check_within 30 "its caller is gone" gone "$caller"
check_exit 0 "status" ssh_guest drvswap status vmxnet3
out_has 'under way' "the swap is under way"
out_has 'step [0-9]* of [0-9]*, for [0-9]* s: wait 120 s for' "and in which step"
check_exit 0 "status as data" ssh_guest drvswap status --json vmxnet3
out_has '"is_waiting": *true' "says that it waits"
after_confirm "session ended"

section "the session of one who typed it behind sudo"
# Which passes a TERM on to its child as one of its own: perl does that here.
mkdir "$work/relay"
cat >"$work/relay/relay" <<'EOF'
#!/usr/bin/perl
my $pid = fork();
exec @ARGV unless $pid;
$SIG{TERM} = sub { kill "TERM", $pid };
1 until waitpid($pid, 0) == $pid;
EOF
chmod 755 "$work/relay/relay"
check "a program that passes signals on" copy_in "$work/relay" /root/relay
through=/root/relay/relay
swap_waits --confirm=120
through=
follow
check "the session is ended" ssh_guest "loginctl terminate-session \$(sed -n 's,.*/session-\(.*\)\.scope,\1,p' /proc/$caller/cgroup)"
check_within 30 "it is gone" gone "$caller"
after_confirm "session ended behind a relay"
through=/root/relay/relay
swap_waits --confirm=120
through=
follow
check "a person's TERM" ssh_guest "kill -TERM $caller"
check_within 60 "is a wish, which is passed on" grep -q 'follower ends with 4' "$work/follow.txt"
facts
same "the old code runs again" "$stock_id" "${fact[build_id]}"

section "the caller is killed"
swap_waits --confirm=120
follow
check "SIGKILL" ssh_guest "kill -KILL $caller"
check_within 30 "the caller is gone" gone "$caller"
after_confirm "caller killed"

section "a service"
# Its main process only follows, and ends where it is not to wait: systemd stops what is left of a service then.
check_exit 0 "a service swaps, and does not wait" ssh_guest systemd-run --wait --pipe -q --unit=swap drvswap --confirm=120 --no-wait vmxnet3 /root/vmxnet3.ko
check_not "the service has ended" ssh_guest systemctl is-active -q swap
check_exit 0 "status" ssh_guest drvswap status vmxnet3
out_has 'wait 120 s for' "the swap still waits for its confirmation"
check_exit 0 "confirmed" ssh_guest drvswap confirm
facts
same "the new code runs" "$good" "${fact[build_id]}"
check_within 90 "back" ssh_guest 'drvswap -q --confirm=60 --no-wait rollback && drvswap -q confirm'
check "a service swaps, and waits" ssh_guest systemd-run -q --collect --unit=swap drvswap --confirm=120 vmxnet3 /root/vmxnet3.ko
check_within 90 "for a confirmation" ssh_guest "drvswap status vmxnet3 | grep -q 'wait 120 s for'"
check "the service is stopped" ssh_guest systemctl stop swap
check_within 60 "that is a wish, and the swap is undone" ssh_guest 'test ! -s /var/lib/drvswap/journal'
facts
same "the old code runs" "$stock_id" "${fact[build_id]}"
same "nothing is left over" "" "${fact[left]}"

section "package managers"
# shellcheck disable=SC2016 # perl's own variables
hold='perl -MFcntl -e '\''open(L, ">>", "/var/lib/dpkg/lock-frontend") or die; my $l = pack("s s x4 l! l! l x4", F_WRLCK, 0, 0, 0, 0); fcntl(L, F_SETLK, $l) or die "held\n"; sleep($ARGV[0])'\'' --'
check "a package manager at work" ssh_guest "setsid $hold 60 >/dev/null 2>&1 & sleep 1"
check_exit 3 "a dry run only says so" ssh_guest drvswap -n vmxnet3 /root/vmxnet3.ko
out_has '^refuse +host-busy: perl \(process [0-9]*\) holds /var/lib/dpkg/lock-frontend' "and who it is"
check_exit 3 "a swap waits for it, and is refused" ssh_guest drvswap --timeout=3 vmxnet3 /root/vmxnet3.ko
err_has 'waiting: perl' "it showed what it waits for"
err_has '^refuse +host-busy' "and said why it is refused"
facts
same "nothing was touched" "$stock$stock_id" "${fact[file_sum]}${fact[build_id]}"
same "and nothing is left" "" "${fact[left]}"
swap_waits --confirm=120 --timeout=90
check "it was waited for" grep -q 'waiting: perl' "$work/swap.txt"
check_not "meanwhile no package manager can start" ssh_guest "$hold 0"
err_has held "for the lock is held"
check_exit 0 "more time is no problem for it" ssh_guest drvswap confirm --extend=300

section "systemd refuses"
check_exit 6 "a swap that is not detached, while another one waits" ssh_guest 'mv /usr/bin/busctl /root/; drvswap vmxnet3 /root/vmxnet3.ko; code=$?; mv /root/busctl /usr/bin/; exit $code'
err_has '^warn +not-detached: systemd did not take' "says so"

section "a shutdown in the window"
from=$SECONDS
ssh_guest systemctl reboot >/dev/null 2>&1 || true
check "the guest shuts down" wait_down 60 guest-reset
note "the shutdown took $((SECONDS - from)) s"
boot || return
facts
same "the old code runs" "$stock_id" "${fact[build_id]}"
same "the old file is installed" "$stock" "${fact[file_sum]}"
same "under its name" "$file" "${fact[file]}"
ssh_guest 'test ! -s /var/lib/drvswap/journal || drvswap recover' >/dev/null 2>&1
facts
same "nothing is left over" "" "${fact[left]}"
check_exit 0 "history" ssh_guest drvswap history --json vmxnet3
out_has 'the host was shut down before the swap was confirmed' "says what happened"
poweroff_guest

# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154
# The .deb in a Debian with systemd: installed, upgraded, removed, purged, and kept where a swap has not ended. What
# tests/integration/packages has built is what is installed.
# labels: vm-full soak packages
# timeout: 900

one=(drvswap=0.0.1-1) two=(drvswap=0.0.2-1)
deb() { echo "$repo/build/deb/try-${1%-1}/drvswap_${1}_amd64.deb"; }
[[ -f $(deb 0.0.1-1) && -f $(deb 0.0.2-1) ]] || {
	result 1 "the packages are there: tests/integration/packages deb makes them"
	return
}

# What it prints is held against the tables of this very source.
built=${DRVSWAP_BIN:-$repo/build/check/drvswap}
export DRVSWAP_TABLES=${DRVSWAP_TABLES:-${built%/*}/tests/integration/drvswap-tables}
[[ -x $DRVSWAP_TABLES ]] || {
	result 1 "there is $DRVSWAP_TABLES: a build with tests makes it (cmake --build --preset check)"
	return
}

# installed VERSION: dpkg's database says so, and that all is well with it.
installed() { [[ $(guest_says "dpkg-query -W -f '\${Package}=\${Version} \${db:Status-Status}' drvswap") == "$1 installed" ]]; }
# of_host TEXT SCRIPT WORDS...: what was just printed is looked into by a test of this host; and is $out again.
of_host()
{
	cp "$out" "$work/printed"
	check "$1" "$repo/tests/integration/$2" "${@:3}" "$work/printed"
	cp "$work/printed" "$out"
}
# A swap makes an initramfs image, too.
slowly() { ssh_timeout=300 ssh_guest "$@"; }
# follows KIND WORDS...: what `drvswap WORDS --json` prints follows that schema.
follows()
{
	check_exit 0 "drvswap ${*:2}, as data" slowly drvswap "${@:2}" --json
	of_host "it follows its schema" schemas check "$1"
}
# measured METRIC TEXT: so say the metrics of the guest, and Prometheus could read them.
measured()
{
	check_exit 0 "metrics" ssh_guest drvswap status --prometheus vmxnet3
	of_host "metrics: Prometheus could read them" metrics
	out_has "^$1" "metrics: $2"
}
# enabled UNIT WORD: what systemctl says of it.
enabled() { same "$2: $1" "$2" "$(guest_says systemctl is-enabled "$1")"; }

# logged EVENT REGEX...: the last message of that event that systemd's journal has, and fields of it; all of them are of
# the swap that the first one was of.
swap_id=
logged()
{
	local id field
	id=$(sed -n "s/^$1 //p" "$repo/tests/golden/message-ids.txt")
	check_exit 0 "the journal has the event $1" ssh_guest "journalctl --sync; journalctl -b --no-pager -o json -n 1 MESSAGE_ID=$id"
	[[ -n $swap_id ]] || swap_id=$(sed -n 's/.*"DRVSWAP_ID":"\([^"]*\)".*/\1/p' "$out")
	for field in "DRVSWAP_EVENT\":\"$1" "DRVSWAP_ID\":\"$swap_id" 'DRVSWAP_MODULE":"vmxnet3' 'DRVSWAP_VERB":"swap' "DRVSWAP_KERNEL\":\"$release" \
		"DRVSWAP_FROM_BUILD_ID\":\"$stock_id" "DRVSWAP_TO_BUILD_ID\":\"$good" 'DRVSWAP_TO_VERSION":"99\.1\.0\.0-test' 'SYSLOG_IDENTIFIER":"drvswap' '_UID":"0' "${@:2}"; do
		out_has "\"$field\"" "$1: ${field/\":\"/=}"
	done
}

boot || return
facts
stock_id=${fact[build_id]}
good=$(file_build_id good/99.1/vmxnet3.ko)
check "the packages are copied" copy_in "$(deb 0.0.1-1)" /root/one.deb
check "both" copy_in "$(deb 0.0.2-1)" /root/two.deb
check "the test modules are copied" copy_modules good/99.1:vmxnet3.ko
# The program that cases usually get is not of a package.
check "nothing is installed yet" ssh_guest rm /usr/sbin/drvswap

section "install"
check_exit 0 "dpkg -i" ssh_guest dpkg -i /root/one.deb
check "it is installed" installed "${one[@]}"
enabled drvswap-recover.service enabled
enabled drvswap-recover-late.service enabled
check_exit 0 "systemd takes the units" ssh_guest systemd-analyze verify --man=no drvswap-recover.service drvswap-recover-late.service
err_lacks . "without a word"
check_exit 0 "the presets say the same" ssh_guest "systemctl preset drvswap-recover.service && systemctl is-enabled drvswap-recover.service"
check_exit 0 "bash knows how to complete it" ssh_guest "bash -c '. /usr/share/bash-completion/completions/drvswap; complete -p drvswap; COMP_WORDS=(drvswap vmx) COMP_CWORD=1; _drvswap; echo \${COMPREPLY[*]}'"
out_has '^complete -F _drvswap drvswap$' "by that function"
out_has '^vmxnet3$' "with the modules of this host"
check_exit 0 "its files are as the package has them" ssh_guest "dpkg --verify drvswap | grep -v /usr/share/ || true"
out_lacks . "all of them"

follows report -n vmxnet3 /root/vmxnet3.ko
out_has '"text": ?"' "with steps"
check_exit 3 "what is no module" ssh_guest drvswap -n --json vmxnet3 /root/one.deb
of_host "follows the schema too" schemas check report
out_has '"candidate-not-module"' "with the finding that stops it"

section "a swap waits"
check_exit 0 "a swap that waits for its confirmation" ssh_guest drvswap --confirm=400 --no-wait vmxnet3 /root/vmxnet3.ko
follows status status
out_has '"is_waiting": ?true' "and says that it waits"
measured 'drvswap_swap_pending\{module="vmxnet3",state="waiting"\} 1$' "it waits"
check_exit 2 "no upgrade" ssh_guest dpkg -i /root/two.deb
check_exit 2 "no removal" ssh_guest dpkg -r drvswap
# dpkg did not come that far: the swap holds its lock. Where it does not:
check_exit 1 "the script refuses a removal" ssh_guest sh /var/lib/dpkg/info/drvswap.prerm remove
err_has '^under way ' "says what is under way"
check_exit 1 "and an upgrade" ssh_guest sh /var/lib/dpkg/info/drvswap.prerm upgrade 0.0.2-1
check "it is still installed" installed "${one[@]}"

section "a swap was interrupted"
# The worker is what holds the lock; a guest of ours has no other drvswap.
check "the worker dies" ssh_guest "pkill -KILL -x drvswap"
check_exit 0 "status" ssh_guest drvswap status
out_has '^interrupted ' "knows"
check_exit 1 "no upgrade" ssh_guest dpkg -i /root/two.deb
err_has 'drvswap recover' "says what to do"
check "the old version stays" installed "${one[@]}"
check_exit 1 "no removal" ssh_guest dpkg -r drvswap
check "it stays" installed "${one[@]}"
enabled drvswap-recover.service enabled
check_exit 4 "recover" ssh_guest "drvswap recover; code=\$?; [ \$code = 4 ] || { ip -d link; journalctl -b -n 40 --no-pager -o short-monotonic -u systemd-udevd -u systemd-networkd; }; exit \$code"
facts
same "the old code runs" "$stock_id" "${fact[build_id]}"
logged begin 'PRIORITY":"5' 'MESSAGE":"swap vmxnet3: begins, from .*'
logged rolled-back 'PRIORITY":"4' 'MESSAGE":"swap vmxnet3: rolled back.*'

section "upgrade"
check "one unit is disabled by hand" ssh_guest systemctl disable drvswap-recover-late.service
check_exit 0 "dpkg -i" ssh_guest dpkg -i /root/two.deb
check "the new version is installed" installed "${two[@]}"
enabled drvswap-recover.service enabled
enabled drvswap-recover-late.service disabled
follows report vmxnet3 /root/vmxnet3.ko
swap_id=
logged begin 'PRIORITY":"5' 'MESSAGE":"swap vmxnet3: begins, from .* to 99\.1\.0\.0-test.*'
differ "it has an id" "" "$swap_id"
logged trial 'PRIORITY":"5' 'MESSAGE":"swap vmxnet3: the trial begins, from .*'
logged verified 'PRIORITY":"5' 'MESSAGE":"swap vmxnet3: verified, from .*'
logged committed 'PRIORITY":"5' 'MESSAGE":"swap vmxnet3: committed'
follows status status vmxnet3
out_has '"overwritten": ?false' "with the last swap"
follows history history
out_has '"kind": ?"rolled-back"' "with all of them"
measured "drvswap_running_info\{.*build_id=\"$good\".*\} 1\$" "what runs"
out_has 'drvswap_last_outcome\{module="vmxnet3",outcome="done"\} 1$' "metrics: it was done"
out_has 'drvswap_tx_timeouts_total\{module="vmxnet3",device=".*"\} 0$' "metrics: no timeouts"

section "the metrics' unit"
for unit in drvswap-metrics@.service drvswap-metrics@.timer; do
	check "$unit is copied" copy_in "$repo/src/integration/examples/$unit" "/etc/systemd/system/$unit"
done
check_exit 0 "its timer is enabled for the module" ssh_guest "mkdir -p /var/lib/prometheus/node-exporter; systemctl enable --now drvswap-metrics@vmxnet3.timer"
check_exit 0 "the unit does its work" ssh_guest "systemctl start drvswap-metrics@vmxnet3.service && ls /var/lib/prometheus/node-exporter"
out_has '^drvswap-vmxnet3\.prom$' "in a file of that module"
out_lacks '\.new$' "and in no other"
check_exit 0 "the file" ssh_guest cat /var/lib/prometheus/node-exporter/drvswap-vmxnet3.prom
of_host "Prometheus could read it" metrics
out_has "^drvswap_running_info\{module=\"vmxnet3\".*build_id=\"$good\"" "with what runs"
check_exit 0 "it goes again" ssh_guest "systemctl disable --now drvswap-metrics@vmxnet3.timer; rm /etc/systemd/system/drvswap-metrics@*"

section "remove"
check_exit 0 "dpkg -r" ssh_guest dpkg -r drvswap
out_has '/vmxnet3\.ko\.old$' "says what stays"
facts
same "the new driver still runs" "$good" "${fact[build_id]}"
same "and is installed" "$(sum_of "$modules/good/99.1/vmxnet3.ko")" "${fact[file_sum]}"
differ "what it replaced is kept" "" "${fact[old_sum]}"
check_not "the program is gone" ssh_guest test -e /usr/sbin/drvswap
check "its history is not" ssh_guest test -s /var/lib/drvswap/history
enabled drvswap-recover.service masked
reboot_guest || return
facts
same "the next boot has the new driver" "$good" "${fact[build_id]}"
same "no unit has failed" "" "${fact[failed]}"

section "again, and purge"
check_exit 0 "dpkg -i" ssh_guest dpkg -i /root/two.deb
enabled drvswap-recover.service enabled
check_exit 0 "history" ssh_guest drvswap history
out_has ' done ' "remembers"
check_exit 0 "dpkg -P" ssh_guest dpkg -P drvswap
check_exit 0 "what is left of it" ssh_guest "find /var/lib/drvswap /etc/systemd/system /var/lib/systemd/deb-systemd-helper-enabled /usr/share/doc -name '*drvswap*' 2>/dev/null; dpkg -l drvswap 2>/dev/null | grep ^.[^n]; true"
out_lacks drvswap "is nothing"
facts
same "the driver stays" "$good" "${fact[build_id]}"
differ "and what it replaced" "" "${fact[old_sum]}"
poweroff_guest

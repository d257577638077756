# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# What a case in tests/vm/full can use. Sourced by tests/vm/run-full, which defines repo, work, image, release,
# modules (the test modules of this kernel, on the host), deadline and the machine's size.
#
# shellcheck disable=SC2154

scale=${DRVSWAP_TIMEOUT_SCALE:-1}
out=$work/out
err=$work/err
status=0

# ---- checks ----------------------------------------------------------------------------------------

# report LINE...: into the report of this run. explain FILE...: what is shown under a failed check.
report() { printf '%s\n' "$@" | sed "s/^/[$SECONDS s] /" >>"$work/report.log"; }
explain() { tail -q -n 30 "$@" | tr -d '\r' | cut -c 1-300 | sed 's/^/    /' | tee -a "$work/report.log"; }
section() { report "# $*"; }
# note TEXT: a measured figure; shown also where all went well.
note()
{
	report "# $*"
	notes+=("$*")
}

# result RESULT TEXT: count and report one check; RESULT 0 is success.
result()
{
	count=$((count + 1))
	if (($1 == 0)); then
		report "ok $count - $2"
		return 0
	fi
	failures=$((failures + 1))
	report "not ok $count - $2"
	echo "not ok - $name: $count - $2"
	return 1
}

# run COMMAND...: status, and what it printed in the files $out and $err. explain_run shows all that.
run()
{
	status=0
	command="$*"
	"$@" >"$out" 2>"$err" || status=$?
	judge_outage
	return "$status"
}

# What drvswap may wait for at most in one go, and a bit less: a success that took so long waited for what never came.
longest_outage_ms=25000
judge_outage()
{
	local away_ms
	away_ms=$(sed -n 's/^ *the network was away for \([0-9]*\) ms$/\1/p' "$out" | tail -n 1)
	((status != 0 || ${away_ms:-0} < longest_outage_ms)) ||
		result 1 "$command: the network was away for $away_ms ms" || explain_run
}
explain_run()
{
	printf 'command: %s\nexit code: %s\n' "$command" "$status" >"$work/said"
	explain "$work/said" "$out" "$err"
}

# check TEXT COMMAND...: the command succeeds. check_not: it fails. check_exit CODE: it exits with just this code.
check()
{
	local text=$1
	run "${@:2}" || true
	result "$status" "$text" || { explain_run && return 1; }
}
check_not()
{
	local text=$1
	run "${@:2}" || true
	result $((status == 0)) "$text" || { explain_run && return 1; }
}
check_exit()
{
	local code=$1 text=$2
	run "${@:3}" || true
	result $((status != code)) "$text (exit code $code)" || { explain_run && return 1; }
}

# out_has, out_lacks, err_has, err_lacks REGEX TEXT: a line of what the last command printed matches (extended regex).
look()
{
	local found=has
	grep -Eq -- "$3" "$1" || found=lacks
	[[ $found == "$2" ]]
	result $? "$4" || {
		echo "    wanted: $2 $3"
		explain_run
		return 1
	}
}
out_has() { look "$out" has "$@"; }
out_lacks() { look "$out" lacks "$@"; }
err_has() { look "$err" has "$@"; }
err_lacks() { look "$err" lacks "$@"; }

# same TEXT A B, differ TEXT A B: two strings.
same()
{
	[[ $2 == "$3" ]]
	result $? "$1" || { printf '%s\n' "first:  $2" "second: $3" >"$work/said" && explain "$work/said" && return 1; }
}
differ()
{
	[[ $2 != "$3" ]]
	result $? "$1" || { echo "both: $2" >"$work/said" && explain "$work/said" && return 1; }
}

# within SECONDS COMMAND...: try until it succeeds. check_within SECONDS TEXT COMMAND...: the same as a check.
within()
{
	local end=$((SECONDS + $1 * scale))
	until "${@:2}"; do
		((SECONDS < end && SECONDS < deadline)) || return 1
		sleep 0.2
	done
}
check_within()
{
	local seconds=$1 text=$2
	status=0
	within "$seconds" "${@:3}" >"$work/tried" 2>&1 || status=$?
	command=${*:3}
	result "$status" "$text (within $((seconds * scale)) s)" || { printf 'command: %s\n' "$command" >"$work/said" && explain "$work/said" "$work/tried" && return 1; }
}

# ---- the guest, over ssh ---------------------------------------------------------------------------

# Each command is a connection of its own, so that none hangs on another. Known hosts would have to be forgotten with
# each disk.
ssh_options=(
	-F /dev/null -i "$image/key" -o BatchMode=yes -o IdentitiesOnly=yes -o LogLevel=ERROR
	-o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o ControlMaster=no
	# A connection is to outlive a swap, and not the whole case.
	-o ServerAliveInterval=10 -o ServerAliveCountMax=$((6 * scale))
)

# ssh_guest COMMAND...: run it in the guest as root. ssh_timeout=SECONDS before it where one minute is not enough.
# ssh's own exit code is 255, that of a timeout 124.
ssh_guest()
{
	timeout -k 5 $((${ssh_timeout:-60} * scale)) \
		ssh "${ssh_options[@]}" -o ConnectTimeout=$((15 * scale)) -p "$port" root@127.0.0.1 "$@" </dev/null
}

# guest_says COMMAND...: what it prints, or nothing.
guest_says() { ssh_guest "$@" 2>/dev/null || true; }

# wait_ssh SECONDS: until somebody can log in.
wait_ssh()
{
	local end=$((SECONDS + $1 * scale))
	until ssh_timeout=20 ssh_guest true 2>/dev/null; do
		machine_runs || return 1
		((SECONDS < end && SECONDS < deadline)) || return 1
		sleep 0.5
	done
}

# copy_in FROM TO: a file or a directory of the host becomes TO in the guest.
copy_in()
{
	tar -C "$(dirname "$1")" --owner=0 --group=0 --transform="s,^${1##*/},${2##*/}," -cf "$work/copy.tar" "${1##*/}" &&
		timeout -k 5 $((60 * scale)) ssh "${ssh_options[@]}" -p "$port" root@127.0.0.1 \
			"mkdir -p '${2%/*}/' && tar -C '${2%/*}/' -xf -" <"$work/copy.tar"
}

# copy_modules NAME:FILE...: test modules, e.g. good/99.1:vmxnet3.ko, become /root/FILE.
copy_modules()
{
	local pair
	rm -rf "$work/root"
	mkdir "$work/root"
	for pair in "$@"; do
		cp "$modules/${pair%%:*}"/*.ko* "$work/root/${pair#*:}" || return 1
	done
	copy_in "$work/root" /root
}

# ---- the machine -----------------------------------------------------------------------------------

machine_runs() { [[ -n $qemu_pid && -d /proc/$qemu_pid ]]; }

# What QEMU's user network forwards from must be free. Asked for now and taken by QEMU a moment later: start_machine
# tries another where somebody was faster.
free_port()
{
	local tried
	for ((tried = 0; tried < 100; tried++)); do
		port=$((20000 + RANDOM % 12000))
		# Who refuses a connection is not there.
		(exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || return 0
	done
	die "no free port"
}

# qmp JSON: one command to QEMU, and wait for its answer.
qmp()
{
	local answered
	answered=$(grep -cE '"(return|error)":' "$work/qmp.log")
	printf '%s\n' "$1" >&"$qmp_fd"
	within 10 qmp_answered "$answered" && ! tail -n 3 "$work/qmp.log" | grep -q '"error":'
}
qmp_answered() { (($(grep -cE '"(return|error)":' "$work/qmp.log") > $1)); }

# Like the boot loader of a host, this reads the disk as the last boot left it, without its journal; so the image that
# the guest made, or half made, is the one that boots. Emulated, an unpacked kernel starts sooner; it is the disk's own.
read_boot()
{
	rm -f "$work/initrd"
	debugfs -R "dump /boot/initrd.img-$release $work/initrd" "$work/disk" 2>/dev/null
	[[ -s $work/initrd ]]
}

# kernel_of_boots VERSION: from the next boot on, that kernel of the disk; release and modules are then those of it.
kernel_of_boots()
{
	kernel_version=$1
	release=$(kernel_release "$1")
	modules=$modules_dir/$1
}

start_machine()
{
	local tried
	! machine_runs || die "the machine already runs"
	read_boot || return 1
	boots=$((boots + 1))
	for tried in 1 2 3; do
		free_port
		: >"$work/qmp.log"
		rm -f "$work/qmp"
		mkfifo "$work/qmp"
		exec {qmp_fd}<>"$work/qmp"
		# The machine must not outlive this script, however that ends.
		setpriv --pdeathsig KILL qemu-system-x86_64 \
			-accel tcg,thread=multi -cpu qemu64,-svm -m "$memory" -smp "$cpus" -nodefaults -display none -no-reboot \
			-kernel "$cache/kernel-$kernel_version/image" -initrd "$work/initrd" \
			-append "root=/dev/vda rw console=ttyS0 loglevel=5 systemd.show_status=no $cmdline" \
			-drive "file=$work/disk,format=raw,if=none,id=disk,cache=unsafe" -device virtio-blk-pci,drive=disk \
			-netdev "user,id=net,restrict=on,hostfwd=tcp:127.0.0.1:$port-:22" \
			-device vmxnet3,id=nic,netdev=net,mac=52:54:00:ae:00:00,romfile= \
			-object rng-random,id=rng,filename=/dev/urandom -device virtio-rng-pci,rng=rng \
			-chardev "file,id=console,path=$work/console.log,append=on" -serial chardev:console \
			-qmp stdio <"$work/qmp" >>"$work/qmp.log" 2>>"$work/qemu.log" &
		qemu_pid=$!
		qmp '{"execute": "qmp_capabilities"}' && return 0
		stop_machine
	done
	return 1
}

stop_machine()
{
	if [[ -n $qemu_pid ]]; then
		kill -KILL "$qemu_pid" 2>/dev/null || true
		wait "$qemu_pid" 2>/dev/null || true
		qemu_pid=
		exec {qmp_fd}>&-
	fi
}

# boot: turn the machine on and wait until somebody can log in. A check.
boot()
{
	local from=$SECONDS
	start_machine && wait_ssh 180
	result $? "boot $((boots)): the guest can be reached" || {
		explain "$work/console.log" "$work/qemu.log"
		return 1
	}
	note "boot $boots: ssh after $((SECONDS - from)) s"
}

# wait_down SECONDS REASON: the guest ends by itself; REASON is guest-shutdown, guest-reset or guest-panic.
wait_down()
{
	local reason
	within "$1" machine_ended || return 1
	stop_machine
	reason=$(sed -n 's/.*"SHUTDOWN".*"reason": *"\([a-z-]*\)".*/\1/p' "$work/qmp.log" | tail -n 1)
	[[ $reason == "$2" ]] || {
		echo "the machine stopped with: ${reason:-nothing}"
		return 1
	}
}
machine_ended() { ! machine_runs; }

# reboot_guest, poweroff_guest: in order, by systemd. power_cut: the plug is pulled; boot then starts from what is on
# the disk. QEMU's cache is the host's memory, so what the guest wrote is there in the order it wrote it; what it had
# not yet written is gone.
reboot_guest()
{
	# The connection may or may not see the end of this command.
	ssh_guest systemctl reboot >/dev/null 2>&1 || true
	check "the guest shuts down for a reboot" wait_down 120 guest-reset && boot
}
poweroff_guest()
{
	ssh_guest systemctl poweroff >/dev/null 2>&1 || true
	check "the guest powers off" wait_down 120 guest-shutdown
}
power_cut() { stop_machine; }

# link_cut, link_back: the cable, so that the carrier goes too. wire_cut, wire_back: nothing comes through any more, and
# nobody is told; what was sent meanwhile arrives at wire_back.
link_cut() { qmp '{"execute": "set_link", "arguments": {"name": "nic", "up": false}}'; }
link_back() { qmp '{"execute": "set_link", "arguments": {"name": "nic", "up": true}}'; }
wire_cut() { qmp '{"execute": "object-add", "arguments": {"qom-type": "filter-buffer", "id": "cut", "netdev": "net", "interval": 4000000000}}'; }
wire_back() { qmp '{"execute": "object-del", "arguments": {"id": "cut"}}'; }

# ---- the disk while the machine is off -------------------------------------------------------------

# disk_put FROM TO MODE: a file, owned by root. disk_get PATH TO. disk_has PATH.
disk_put()
{
	printf '%s\n' "rm $2" "write $1 $2" "sif $2 mode 0100$3" "sif $2 uid 0" "sif $2 gid 0" >"$work/debugfs"
	debugfs -w -f "$work/debugfs" "$work/disk" >/dev/null 2>&1
	disk_has "$2"
}
disk_get() { rm -f "$2" && debugfs -R "dump $1 $2" "$work/disk" >/dev/null 2>&1 && [[ -s $2 ]]; }
disk_has() { debugfs -R "stat $1" "$work/disk" 2>/dev/null | grep -q '^Inode:'; }

# The program under test, and of its libraries those that the disk does not have.
install_program()
{
	local program=${DRVSWAP_BIN:-$repo/build/drvswap} library
	if [[ ! -f $program ]]; then
		[[ -z ${DRVSWAP_BIN:-} ]] || die "no program $program"
		return 0
	fi
	disk_put "$program" /usr/sbin/drvswap 755 || die "the program cannot be put on the disk"
	while IFS= read -r library; do
		disk_has "$library" || disk_put "$library" "/usr${library#/usr}" 644 ||
			die "$library cannot be put on the disk"
	done < <(ldd "$program" 2>/dev/null | grep -o '/[^ ]*' || true)
}

# ---- the host in the guest -------------------------------------------------------------------------

# facts [MODULE]: the array fact gets what full/facts.sh tells, e.g. ${fact[build_id]}. read_facts: the same, and no
# check, for what is asked until it is so.
declare -A fact
facts() { read_facts "$@" || result 1 "the guest tells its facts" || explain_run; }
read_facts()
{
	local line
	fact=()
	run facts_ask "${1:-vmxnet3}" || true
	while IFS= read -r line; do
		fact[${line%%=*}]=${line#*=}
	done <"$out"
	[[ ${fact[end]:-} == end ]]
}
facts_ask()
{
	timeout -k 5 $((60 * scale)) ssh "${ssh_options[@]}" -o ConnectTimeout=$((15 * scale)) -p "$port" root@127.0.0.1 \
		sh -s "$1" <"$repo/tests/vm/full/facts.sh"
}

sum_of() { sha256sum <"$1" | cut -d ' ' -f 1; }
# file_build_id NAME: of a test module, e.g. good/99.1/vmxnet3.ko. initrd_holds MODULE: the initramfs image has it.
file_build_id() { awk -v path="$1" '$1 == path { print $2 }' "$modules/build-ids"; }
initrd_holds()
{
	local list=lsinitramfs
	[[ $kind != dracut ]] || list=lsinitrd
	ssh_guest "$list /boot/initrd.img-$release | grep -q '/$1\.ko'"
}

# ---- the end ---------------------------------------------------------------------------------------

# kernel_trouble_expected: an oops or a warning of the kernel is part of this case.
kernel_trouble_expected() { trouble=expected; }

# Called when the case has ended: what the guest may have complained about without being asked.
finish()
{
	local pattern='BUG:|WARNING:|Oops|Call Trace|refcount_t|waiting for .* to become free|blocked for more than|segfault'
	if machine_runs; then
		run ssh_guest "dmesg | grep -E '$pattern|general protection'; cat /var/lib/sanitizer/* 2>/dev/null; echo end" || true
		result "$status" "the guest can be asked for complaints" || explain_run
	else
		echo end >"$out"
	fi
	if [[ $trouble != expected ]]; then
		grep -aE "$pattern" "$work/console.log" "$out" >"$work/said" || true
		[[ ! -s $work/said ]]
		result $? "the kernel had nothing to complain about" || explain "$work/said"
	fi
	[[ $(grep -cE 'Sanitizer|runtime error' "$out") == 0 ]]
	result $? "no sanitizer had anything to report" || explain "$out"
}

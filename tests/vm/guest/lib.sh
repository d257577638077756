# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
#
# What a case in the busybox guest can use. The shell is dash, so that a command is the program in PATH and never a
# busybox applet of the same name; /bin/sh, ip, kmod's commands and ethtool are the real ones.
#
# Functions and variables whose names begin with ds_ are for this file.

# ---- what the case knows -------------------------------------------------------------------------

# boot		1 on the first boot of the case, 2 on the next, ...
# kernel	6.1 or 6.12
# release	uname -r; release_regex: the same, to be looked for in a text
# nics		how many vmxnet3 NICs there are: eth0, eth1, ...
# suffix	how the distribution stores modules: .ko or .ko.xz
# modules	the directory of the built modules (see README.md)
# shellcheck disable=SC2034
modules=/modules
release=$(uname -r)
release_regex=$(echo "$release" | sed "s/[.+]/[&]/g")

ds_report=/dev/ttyS1
ds_dir=/tmp/ds
ds_out=$ds_dir/out
ds_err=$ds_dir/err

ds_argument()
{
	sed -n "s/.*\\bds\\.$1=\\([^ ]*\\).*/\\1/p" /proc/cmdline
}

# ---- checks --------------------------------------------------------------------------------------

ds_say()
{
	echo "$*" >$ds_report
	[ -n "$ds_show" ] || echo "$*"
}

# section TEXT: a heading in the report.
section()
{
	ds_say "# $*"
}

# ds_result RESULT TEXT: count and report one check; RESULT 0 is success.
ds_result()
{
	ds_count=$((ds_count + 1))
	if [ "$1" -eq 0 ]; then
		ds_say "ok $ds_count - $2"
		return 0
	fi
	ds_failed=$((ds_failed + 1))
	ds_say "not ok $ds_count - $2"
	return 1
}

# ds_explain FILE...: what the host shows under a failed check.
ds_explain()
{
	for ds_file; do
		[ -s "$ds_file" ] || continue
		tail -n 60 "$ds_file" | sed 's/^/#   /' >$ds_report
	done
}

# run COMMAND...: run it, keep what it printed for out_has and its like, and its exit code in $status.
run()
{
	[ -n "$ds_show" ] || echo "+ $*"
	"$@" >$ds_out 2>$ds_err </dev/null
	status=$?
	[ -n "$ds_show" ] || cat $ds_out $ds_err
	return $status
}

# What the kernel said since the last failed check, the end of it.
ds_explain_kernel()
{
	dmesg | tail -n "+$((ds_kernel_lines + 1))" | tail -n 8 | sed 's/^/#   kernel: /' >$ds_report
	ds_kernel_lines=$(dmesg | wc -l)
}

ds_explain_run()
{
	echo "#   command: $ds_command" >$ds_report
	echo "#   exit code: $status" >$ds_report
	ds_explain $ds_out $ds_err
	ds_explain_kernel
	return 1
}

# check TEXT COMMAND...: the command succeeds.
check()
{
	ds_text=$1
	shift
	ds_command="$*"
	run "$@"
	ds_result $status "$ds_text" || ds_explain_run
}

# check_not TEXT COMMAND...: the command fails.
check_not()
{
	ds_text=$1
	shift
	ds_command="$*"
	run "$@"
	[ $status -ne 0 ]
	ds_result $? "$ds_text" || ds_explain_run
}

# check_exit CODE TEXT COMMAND...: the command exits with just this code.
check_exit()
{
	ds_code=$1
	ds_text=$2
	shift 2
	ds_command="$*"
	run "$@"
	[ $status -eq "$ds_code" ]
	ds_result $? "$ds_text (exit code $ds_code)" || ds_explain_run
	ds_judge_run
}

# What is wrong with a command whatever its exit code; who knows the command says it anew.
ds_judge_run() { :; }

# check_out REGEX TEXT COMMAND...: the command succeeds and a line of its standard output matches (extended regex).
check_out()
{
	ds_regex=$1
	ds_text=$2
	shift 2
	ds_command="$*"
	run "$@" && grep -Eq -- "$ds_regex" $ds_out
	ds_result $? "$ds_text" || {
		echo "#   wanted: $ds_regex" >$ds_report
		ds_explain_run
	}
}

ds_look()
{
	ds_command="(the last one) ${ds_command:-}"
	if grep -Eq -- "$3" "$1"; then
		[ "$2" = has ]
	else
		[ "$2" = lacks ]
	fi
	ds_result $? "$4" || {
		echo "#   wanted: $2 $3" >$ds_report
		ds_explain_run
	}
}

# out_has, out_lacks, err_has, err_lacks REGEX TEXT: the same of what the last command printed.
out_has() { ds_look $ds_out has "$1" "$2"; }
out_lacks() { ds_look $ds_out lacks "$1" "$2"; }
err_has() { ds_look $ds_err has "$1" "$2"; }
err_lacks() { ds_look $ds_err lacks "$1" "$2"; }

# kernel_says REGEX TEXT: the kernel's log has a line like this.
kernel_says()
{
	dmesg | grep -Eq -- "$1"
	ds_result $? "$2" || {
		echo "#   wanted in the kernel's log: $1" >$ds_report
		ds_explain_kernel
		return 1
	}
}

# same TEXT A B: two strings are equal.
same()
{
	[ "$2" = "$3" ]
	ds_result $? "$1" || {
		printf '#   first:  %s\n#   second: %s\n' "$2" "$3" >$ds_report
		return 1
	}
}

# differ TEXT A B: two strings are not equal.
differ()
{
	[ "$2" != "$3" ]
	ds_result $? "$1" || {
		printf '#   both: %s\n' "$2" >$ds_report
		return 1
	}
}

# same_file TEXT A B: two files are equal.
same_file()
{
	diff -U 0 "$2" "$3" >$ds_out 2>&1
	ds_result $? "$1" || {
		ds_explain $ds_out
		return 1
	}
}

# within SECONDS COMMAND...: try until it succeeds. For what the guest has no event for; the deadline is generous, and
# success is seen at once. A slow machine has as many times longer as the runner's own timeouts.
within()
{
	ds_end=$(($(ds_uptime_cs) + $1 * ds_scale * 100))
	shift
	until "$@" >/dev/null 2>&1; do
		[ "$(ds_uptime_cs)" -lt $ds_end ] || return 1
		sleep 0.1
	done
}

# check_within SECONDS TEXT COMMAND...: the same as a check.
check_within()
{
	ds_seconds=$1
	ds_text=$2
	shift 2
	ds_command="$* (within $((ds_seconds * ds_scale)) s)"
	within "$ds_seconds" "$@"
	status=$?
	[ $status -eq 0 ] || run "$@"
	ds_result $status "$ds_text" || ds_explain_run
}

# A case that compares a host before and after says by observed() what counts.
# look_before: keeps that, when it has stayed the same for a second.
look_before()
{
	observed >$ds_dir/observed.before
	within 30 ds_is_steady || :
}
ds_is_steady()
{
	sleep 1
	mv $ds_dir/observed.before $ds_dir/observed.earlier
	observed >$ds_dir/observed.before
	cmp -s $ds_dir/observed.earlier $ds_dir/observed.before
}
# looks_as_before TEXT: it is so again. The kernel tells the state of what is stacked on a link a while after its carrier.
looks_as_before()
{
	within 10 ds_looks_as_before || :
	same_file "$1" $ds_dir/observed.before $ds_dir/observed.after
}
ds_looks_as_before()
{
	observed >$ds_dir/observed.after
	cmp -s $ds_dir/observed.before $ds_dir/observed.after
}

# Time since boot in hundredths of a second.
ds_uptime_cs()
{
	read -r ds_now ds_idle </proc/uptime
	echo "${ds_now%.*}${ds_now#*.}"
}

# ---- the end of a boot -----------------------------------------------------------------------------

# kernel_trouble_expected: an oops or a warning of the kernel is part of this case.
kernel_trouble_expected()
{
	ds_trouble=expected
}

# finish: the case is over. Called when the case file ends; what does not come here has failed.
finish()
{
	if [ "$ds_trouble" != expected ]; then
		dmesg | grep -E 'BUG:|WARNING:|Oops|Call Trace|refcount_t|waiting for .* to become free|blocked for more than' >$ds_out
		[ ! -s $ds_out ]
		ds_result $? "the kernel had nothing to complain about" || ds_explain $ds_out
	fi
	ds_check_sanitizers
	ds_say "@done $ds_count"
	sync
	poweroff -f
	exit
}

# boot_again: shut down in order, then boot the case again (boot is then one more).
boot_again()
{
	ds_check_sanitizers
	sync
	ds_say "@boot $ds_count $ds_failed"
	poweroff -f
	sleep 1000
}

# power_cut: the machine loses its power now, then the case boots again.
power_cut()
{
	ds_say "@cut $ds_count $ds_failed"
	sleep 1000
}

# expect_panic TEXT: the kernel is about to panic, which is then a check that went well, and the case boots again.
expect_panic()
{
	ds_say "@panic $ds_count $ds_failed $*"
}

# expect_reset TEXT: the same for a machine that is about to reset or power off of its own accord, without a panic.
expect_reset()
{
	ds_say "@reset $ds_count $ds_failed $*"
}

# ---- modules -------------------------------------------------------------------------------------

loaded() { [ -d "/sys/module/$1" ]; }
initstate() { cat "/sys/module/$1/initstate"; }
module_version() { cat "/sys/module/$1/version"; }

# guard_of PID: the process beside a worker of drvswap, its parent.
guard_of() { sed -n 's/^PPid:[[:space:]]*//p' "/proc/$1/status"; }

# module_build_id MODULE: of the code that runs. file_build_id PATH: of a file below $modules.
module_build_id()
{
	# The note is name size 4, build-id size 20, type 3, "GNU\0", then the build-id.
	od -An -v -t x1 -j 16 -N 20 "/sys/module/$1/notes/.note.gnu.build-id" | tr -d ' \n'
}

file_build_id()
{
	awk -v path="${1#"$modules"/}" '$1 == path { print $2 }' $modules/build-ids
}

# installed_file MODULE: the file that modprobe would load.
installed_file() { modinfo -n "$1"; }

# install_module FILE [DIR]: put a module where a distribution would, stored as the distribution stores modules.
install_module()
{
	ds_dest=/lib/modules/$release/${2:-kernel/drivers/misc}
	mkdir -p "$ds_dest"
	cp "$1" "$ds_dest/"
	case $suffix in
	*.xz) xz -f --check=crc32 --lzma2=dict=1MiB "$ds_dest/${1##*/}" ;;
	esac
	depmod -a
}

# nic_version NIC: what ethtool calls its version.
nic_version() { ethtool -i "$1" | sed -n 's/^version: //p'; }

# bound NUMBER: so many devices are bound to the module named vmxnet3.
bound()
{
	[ "$(find /sys/bus/pci/drivers/vmxnet3/ -name '0000:*' 2>/dev/null | wc -l)" -eq "$1" ]
}

# ---- network -------------------------------------------------------------------------------------

# NIC i has 192.0.2.1/24 out of 192.0.(2+i).0/24 and 2001:db8:i::1/64. At the other end of the wire, in the network
# namespace "peer", wire i has .254 and ::fe, answers, and is the gateway to 198.51.100.1 and 2001:db8:ff::1.
nic_mac() { echo "52:54:00:ae:00:0$1"; }
wire_mac() { echo "52:54:00:be:00:0$1"; }
address4() { echo "192.0.$((2 + ${1:-0})).1"; }
address6() { echo "2001:db8:${1:-0}::1"; }
gateway4() { echo "192.0.$((2 + ${1:-0})).254"; }
gateway6() { echo "2001:db8:${1:-0}::fe"; }
beyond4=198.51.100.1
beyond6=2001:db8:ff::1

link_of_mac()
{
	for ds_link in /sys/class/net/*; do
		[ "$(cat "$ds_link/address")" != "$1" ] || echo "${ds_link##*/}"
	done
}

peer() { ip netns exec peer "$@"; }

ds_each_nic()
{
	ds_i=0
	while [ $ds_i -lt "$nics" ]; do
		"$@" $ds_i || return 1
		ds_i=$((ds_i + 1))
	done
}

ds_wire_up()
{
	ds_link=$(link_of_mac "$(wire_mac "$1")")
	ip link set "$ds_link" down
	ip link set "$ds_link" name "wire$1" netns peer
	peer sysctl -qw "net.ipv6.conf.wire$1.accept_dad=0"
	ip -n peer addr add "$(gateway4 "$1")/24" dev "wire$1"
	ip -n peer addr add "$(gateway6 "$1")/64" dev "wire$1" nodad
	ip -n peer link set "wire$1" up
}

# peer_up: the other end of each wire.
peer_up()
{
	modprobe virtio_net
	within 10 ds_each_nic ds_wire_there || return 1
	ip netns add peer
	ip -n peer link set lo up
	ip -n peer addr add $beyond4/32 dev lo
	ip -n peer addr add $beyond6/128 dev lo
	ds_each_nic ds_wire_up
	peer sysctl -qw net.ipv4.ip_forward=1
}

ds_wire_there() { [ -n "$(link_of_mac "$(wire_mac "$1")")" ]; }

has_carrier() { [ "$(cat "/sys/class/net/$1/carrier")" = 1 ]; }

# nic_up NUMBER: addresses, and on the first NIC the default routes.
nic_up()
{
	ip addr add "$(address4 "$1")/24" dev "eth$1"
	ip addr add "$(address6 "$1")/64" dev "eth$1" nodad
	ip link set "eth$1" up
	within 10 ds_settled "eth$1" || return 1
	if [ "$1" -eq 0 ]; then
		ip route add default via "$(gateway4)" dev eth0
		ip -6 route add default via "$(gateway6)" dev eth0
	fi
}

# The link is up in all eyes, and its own address has passed duplicate detection: snapshots of it compare from here on.
ds_settled()
{
	has_carrier "$1" && [ "$(cat "/sys/class/net/$1/operstate")" = up ] &&
		ip -6 addr show dev "$1" scope link -tentative | grep -q fe80
}

# net_up: vmxnet3 from the distribution, all NICs with addresses, peers that answer. What most cases begin with.
net_up()
{
	peer_up && modprobe vmxnet3 && within 10 bound "$nics" && ds_each_nic nic_up &&
		within 10 reaches "$(gateway4)" && within 10 reaches "$(gateway6)"
}

# reaches ADDRESS [NIC]: one of up to three pings is answered.
reaches()
{
	ping -q -c 1 -W 1 ${2:+-I "$2"} "$1" || ping -q -c 2 -W 1 ${2:+-I "$2"} "$1"
}

# answers [NUMBER]: both gateways behind that NIC, and what is beyond the first.
answers()
{
	reaches "$(gateway4 "${1:-0}")" && reaches "$(gateway6 "${1:-0}")" &&
		{ [ "${1:-0}" -ne 0 ] || { reaches $beyond4 && reaches $beyond6; }; }
}

# ---- before and after ----------------------------------------------------------------------------

# snapshot_files NAME: modules, their configuration and drvswap's own files, with modes, owners and contents.
# snapshot_files_strict NAME: the same with inode and time, for what must not be touched at all.
# snapshot_net NAME: links, addresses, routes, without what a new link cannot keep (its index).
# snapshot_settings NAME: features, rings, coalescing, pause, channels, and the sysctls of all links.
# same_snapshot KIND TEXT A B: two of them are equal. KIND is files, strict, net or settings.
ds_files()
{
	find /lib/modules/ /boot /etc/modprobe.d /run/modprobe.d /etc/depmod.d /var/lib ! -type d -exec stat -c "$1" {} + |
		sort -k 2
	find /lib/modules/ /boot /etc/modprobe.d /run/modprobe.d /etc/depmod.d /var/lib -type f -exec sha256sum {} + |
		sort -k 2
}

snapshot_files() { ds_files '%A %n %u:%g %N' >"$ds_dir/$1.files"; }
snapshot_files_strict() { ds_files '%A %n %u:%g %N %i %Y' >"$ds_dir/$1.strict"; }

snapshot_net()
{
	{
		ip -o -d link | sed 's/^[0-9]*: //' | sort
		# "forever" stays; a lifetime that runs does not compare.
		ip -o addr | sed 's/^[0-9]*: //; s/[0-9][0-9]*sec/Nsec/g' | sort
		ip -4 route show table all | sort
		ip -6 route show table all | sed 's/expires [0-9]*sec/expires Nsec/' | sort
		ip rule
		ip -6 rule
	} >"$ds_dir/$1.net"
}

snapshot_settings()
{
	for ds_link in /sys/class/net/*; do
		ds_link=${ds_link##*/}
		for ds_option in -k -g -c -a -l --show-eee; do
			echo "== $ds_link $ds_option"
			ethtool $ds_option "$ds_link" 2>/dev/null
		done
		grep -rs . "/proc/sys/net/ipv4/conf/$ds_link" "/proc/sys/net/ipv6/conf/$ds_link" "/proc/sys/net/ipv4/neigh/$ds_link" \
			"/proc/sys/net/ipv6/neigh/$ds_link" | grep -v stable_secret | sort
	done >"$ds_dir/$1.settings"
}

same_snapshot() { same_file "$2" "$ds_dir/$3.$1" "$ds_dir/$4.$1"; }

# ---- disk ----------------------------------------------------------------------------------------

# disk_use DIR...: these directories live on the disk from now on (`# disk: yes`). On the first boot they are copied
# there, on the later ones they are as the boot before left them.
disk_use()
{
	for ds_d; do
		mkdir -p "$ds_d" "/disk$ds_d"
		if [ "$boot" -eq 1 ]; then
			cp -a "$ds_d/." "/disk$ds_d/"
		fi
		mount --bind "/disk$ds_d" "$ds_d" || return 1
	done
	sync
}

# ---- start ---------------------------------------------------------------------------------------

ds_prepare()
{
	mkdir -p $ds_dir
	boot=$(ds_argument boot)
	kernel=$(ds_argument kernel)
	nics=$(ds_argument nics)
	ds_scale=$(ds_argument scale)
	ds_scale=${ds_scale:-1}
	ds_show=$(ds_argument show)
	ds_count=$(ds_argument count)
	ds_failed=0
	ds_trouble=
	ds_kernel_lines=0
	set -- "/lib/modules/$release/kernel/drivers/net/vmxnet3/"vmxnet3.ko*
	suffix=.ko${1##*.ko}
	if [ -n "$(ds_argument depmod)" ]; then
		depmod -a
	fi
	if [ -n "$(ds_argument disk)" ]; then
		modprobe -a virtio_pci virtio_blk ext4
		mkdir -p /disk
		within 10 test -b /dev/vda && mount -t ext4 /dev/vda /disk
	fi
	modprobe virtio_pci
	ds_say "@boot-done $boot $(ds_uptime_cs)"
}

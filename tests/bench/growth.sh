# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2154
# How snapshot and restoring grow with what there is: NICs, VLANs, routes; against ip -batch with the same objects.
# timeout: 3000
# nics: 8
# cpus: 1
# memory: 2048
# icount: yes
# files: build/bench/growth:/bin/growth

check "the peers are up" peer_up
# As drvswap does for the time of a swap; and ip -batch has it, too.
echo 1 >/sys/kernel/rcu_expedited
# In the order of appearance: eth0 is the first.
fresh() { modprobe -r vmxnet3 && modprobe vmxnet3 && within 10 bound 8; }
printf '#!/bin/sh\nmodprobe -r vmxnet3 && modprobe vmxnet3\n' >/bin/away
chmod +x /bin/away

# The batch that makes so many, on standard output.
batch_nics()
{
	n=0
	while [ $n -lt "$1" ]; do
		echo "link set eth$n up"
		echo "addr add $(address4 $n)/24 dev eth$n"
		echo "addr add $(address6 $n)/64 dev eth$n nodad"
		echo "route add 10.$n.0.0/16 via $(gateway4 $n) dev eth$n"
		n=$((n + 1))
	done
}

batch_vlans()
{
	echo "link set eth0 up"
	awk -v count="$1" 'BEGIN {
		for (i = 1; i <= count; i++) {
			printf "link add link eth0 name v%d type vlan id %d\n", i, i
			printf "link set v%d up\n", i
			printf "addr add 10.%d.%d.1/24 dev v%d\n", i / 256, i % 256, i
		}
	}'
}

batch_routes()
{
	echo "link set eth0 up"
	echo "addr add $(address4)/24 dev eth0"
	awk -v count="$1" -v via="$(gateway4)" 'BEGIN {
		for (i = 0; i < count; i++)
			printf "route add 10.%d.%d.%d/32 via %s dev eth0\n", i / 65536, i / 256 % 256, i % 256, via
	}'
}

# Into a file: what there is, without indexes and what grows by itself. Of a tree that changes meanwhile the kernel tells
# some routes twice.
state_of()
{
	{
		ip -o link | sed 's/^[0-9]*: //; s/@.*mtu/ mtu/; s/state [A-Z]*//; s/qlen.*//' | sort
		ip -o -4 addr | sed 's/^[0-9]*: //' | sort
		ip route show table all | sed 's/ linkdown//' | sort -u
	} >"$1"
}
# What the kernel makes of carrier comes a while after it, and there may be a thousand links.
is_as_before()
{
	state_of /tmp/state.after
	cmp -s /tmp/state.before /tmp/state.after
}
came_back()
{
	within 60 is_as_before
	same_file "$1" /tmp/state.before /tmp/state.after
}

# measure KIND COUNT: one line of the figures.
measure()
{
	fresh
	"batch_$1" "$2" >/tmp/batch
	ip_us=$(growth -t ip -batch /tmp/batch) || check "ip -batch of $2 $1" false
	within 60 has_carrier eth0
	# The kernel makes some routes only when its own addresses are proven: later than ip -batch ends.
	within 60 ds_no_tentative
	state_of /tmp/state.before
	case $1 in
	nics) links=$(seq -s , 0 $(($2 - 1)) | sed 's/[0-9][0-9]*/eth&/g') ;;
	*) links=eth0 ;;
	esac
	figures=$(growth "$links" away 2>/tmp/err) || {
		check "$2 $1 come back" false
		ds_explain /tmp/err
	}
	came_back "$2 $1 came back"
	read -r look_us restore_us settings_us peak_kib <<-END
		$figures
	END
	all_us=$((look_us + restore_us + settings_us))
	ds_say "# $2 $1: look $look_us us, restore $restore_us us, settings $settings_us us, ip -batch $ip_us us," \
		"$((all_us * 100 / ip_us)) % of it; peak memory $peak_kib KiB"
	ds_say "# data growth $kernel $1 $2 $look_us $restore_us $settings_us $ip_us $peak_kib"
	check "snapshot and restoring of $2 $1 take no longer than ip -batch" [ $all_us -le "$ip_us" ]
	eval "all_$1_$2=$all_us"
}

for count in 1 2 4 8; do measure nics $count; done
for count in 10 100 1000; do measure vlans $count; done
for count in 100 10000 100000; do measure routes $count; done

# peak PROGRAM...: the most memory that one of its processes had, in KiB; the exit code of the program.
peak()
{
	"$@" >/tmp/out 2>/tmp/err &
	peak_pid=$! peak_of=0
	while kill -0 $peak_pid 2>/dev/null; do
		for peak_each in $(pidof drvswap); do
			peak_now=$(awk '/^VmHWM/ { print $2 }' /proc/"$peak_each"/status 2>/dev/null)
			[ "${peak_now:-0}" -le "$peak_of" ] || peak_of=$peak_now
		done
	done
	wait $peak_pid
}

# The program itself, with the routes that the last measurement left.
check "a dry run with 100,000 routes" peak drvswap -n vmxnet3 "$modules/good/99.1/vmxnet3.ko"
ds_say "# drvswap -n with 100000 routes: peak memory $peak_of KiB"
check "a swap with 100,000 routes" peak drvswap --timeout=300 vmxnet3 "$modules/good/99.1/vmxnet3.ko"
ds_say "# drvswap with 100000 routes: peak memory $peak_of KiB"
came_back "its 100,000 routes came back"

check "eight NICs take at most ten times the time of one" [ "$all_nics_8" -le $((all_nics_1 * 10)) ]
check "1,000 VLANs take at most twelve times the time of 100" [ "$all_vlans_1000" -le $((all_vlans_100 * 12)) ]
check "100,000 routes take at most twelve times the time of 10,000" \
	[ "$all_routes_100000" -le $((all_routes_10000 * 12)) ]
check "memory at 100,000 routes is at most 64 MiB" [ "$peak_kib" -le 65536 ]

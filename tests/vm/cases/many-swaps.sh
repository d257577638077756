# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# 200 swaps in a row under traffic: the same answer each time, and nothing of the host is used up. drvswap is a new process
# each time, so what could leak are files, kernel objects and processes.
# cpus: 2
# timeout: 3600
# labels: vm soak

count=200
warm_up=20
check "the network comes up" net_up

# Traffic for all the time: echoes both ways, and a stream.
ping -q -i 0.1 -s 1400 "$(gateway4)" >/tmp/ping.out 2>&1 &
peer ping -q -i 0.1 -s 1400 "$(address4)" >/tmp/ping.in 2>&1 &
# Whose own input ends closes the connection.
sleep 1000000 | peer busybox nc -l -p 5001 >/dev/null &
listens() { [ -n "$(peer ss -Htnl sport = :5001)" ]; }
streams() { [ -n "$(ss -Htn state established dport = :5001)" ]; }
check_within 10 "somebody listens to a stream" listens
while sleep 0.1; do head -c 20000 /dev/zero; done | busybox nc "$(gateway4)" 5001 &
check_within 10 "which flows" streams

# What a swap answers, without what differs by nature: figures of time, and which of the two builds goes where.
answer()
{
	sed 's/away for [0-9]* ms/away/; s/99\.[12]\.0\.0-test/X/g; s/[0-9a-f]\{40\}/ID/g' /tmp/swap
	cat /tmp/swap.err
}

swap_once()
{
	drvswap vmxnet3 "$modules/good/99.$(($1 % 2 + 1))/vmxnet3.ko" -q >/tmp/swap 2>/tmp/swap.err </dev/null
	ds_code=$?
	echo "$ds_code $(answer | tr '\n' '|')" >>/tmp/answers
}

# What is there, by name.
inventory()
{
	find /lib/modules/ /var/lib/drvswap /run /etc/modprobe.d /dev/shm -exec stat -c '%n %a %u:%g' {} + | sort
	cut -d ' ' -f 1,3,4,5 /proc/modules | sort
	ip -o link | wc -l
	ip -o addr | wc -l
	ip route show table all | wc -l
	ip -6 route show table all | wc -l
	find /sys/class/net /sys/bus/pci/devices -maxdepth 1 | sort
	# Kernel threads come and go, processes of ours must not.
	ps -o args | grep -c '[d]rvswap'
	grep -c . /proc/net/netlink
}

# What is used up, in figures. Caches that the kernel gives back on demand are emptied first.
figures()
{
	sync
	echo 3 >/proc/sys/vm/drop_caches
	echo "file-handles $(cut -f 1 /proc/sys/fs/file-nr)"
	sed -n 's/^\(MemAvailable\|SUnreclaim\|VmallocUsed\|Percpu\|KernelStack\): *\([0-9]*\) kB/\1 \2/p' /proc/meminfo
	# All files lie in memory here, and the history has a line more with each swap.
	echo "Shmem $(($(sed -n 's/^Shmem: *\([0-9]*\) kB/\1/p' /proc/meminfo) - $(du -skx / | cut -f 1)))"
}
objects() { awk 'NR > 2 { print $1, $3 * $4 / 1024 }' /proc/slabinfo | sort; }

i=0
: >/tmp/answers
while [ $i -lt $count ]; do
	swap_once $i
	i=$((i + 1))
	if [ $i -eq $warm_up ]; then
		inventory >/tmp/before.inventory
		figures >/tmp/before.figures
		objects >/tmp/before.objects
	fi
	# A damaged run shows early.
	[ $((i % 20)) -ne 0 ] || ds_say "# $i swaps, $(grep -c '^0 ' /tmp/answers) done, at $(cut -d ' ' -f 1 /proc/uptime) s"
done
inventory >/tmp/after.inventory
figures >/tmp/after.figures
objects >/tmp/after.objects

same "each of the $count swaps was done" $count "$(grep -c '^0 ' /tmp/answers)"
# The first one has another driver before it.
tail -n +2 /tmp/answers | sort | uniq -c >/tmp/kinds
same "and gave the same answer" 1 "$(wc -l </tmp/kinds)" || ds_explain /tmp/kinds
same "the history has each of them" $count "$(drvswap history vmxnet3 | wc -l)"
same_file "files, modules, links, processes and sockets are as after swap $warm_up" /tmp/before.inventory /tmp/after.inventory
check "the network answers" answers
same "the code that runs is what is installed" 1 "$(drvswap status vmxnet3 | grep -c 'what runs is what is installed')"
check "the stream lives" streams

# grew NAME KIB: how a figure may change over 180 swaps. A page a swap would be 720 KiB.
grew()
{
	ds_a=$(sed -n "s/^$1 //p" /tmp/before.figures)
	ds_b=$(sed -n "s/^$1 //p" /tmp/after.figures)
	ds_say "# $1: $ds_a -> $ds_b"
	[ $((ds_b - ds_a)) -le "$2" ] || { echo "$ds_a -> $ds_b"; return 1; }
}
for figure in SUnreclaim VmallocUsed Percpu Shmem KernelStack; do
	check "$figure does not grow with the swaps" grew $figure 600
done
check "nor do open files" grew file-handles 64
awk 'NR == FNR { before[$1] = $2; next } $2 - before[$1] > 256 { print $1, before[$1] + 0 " -> " $2 " KiB" }' \
	/tmp/before.objects /tmp/after.objects >/tmp/grown
same "nor any kind of kernel object (by 256 KiB)" "" "$(cat /tmp/grown)"
ds_say "# MemAvailable: $(sed -n 's/^MemAvailable //p' /tmp/before.figures) -> $(sed -n 's/^MemAvailable //p' /tmp/after.figures)"

# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2154
# How long the network is away, where it is felt: a peer on the same wire sends a datagram every millisecond, and the
# longest gap between two that arrive counts. By hand, with the fewest calls there are, and with drvswap, in turn.
# timeout: 900
# cpus: 1
# icount: yes
# files: build/bench/gap:/bin/gap build/bench/floor:/bin/floor

check "the network comes up" net_up
installed=$(installed_file vmxnet3)
rounds=10

# What people type, without the pauses. The script is one process, as a shell that reads it would be.
cat >/tmp/by-hand <<END
set -e
rmmod vmxnet3
mv $installed $installed.bak
mv /tmp/next$suffix $installed
insmod $installed
ip link set eth0 up
ip addr add $(address4)/24 dev eth0
ip route add default via $(gateway4) dev eth0
END

# The address of IPv6, and what the floor leaves out, so that each begins on the same host.
complete()
{
	ip addr replace "$(address6)/64" dev eth0 nodad
	ip route replace default via "$(gateway4)" dev eth0
	ip -6 route replace default via "$(gateway6)" dev eth0
	within 10 ds_settled eth0
	sleep 1
}

# measure NAME COMMAND...: one round.
measure()
{
	name=$1
	shift
	us=$(gap peer "$(address4)" "$@" 2>/tmp/err) || {
		check "$name succeeds" false
		ds_explain /tmp/err
	}
	echo "${us:-0}" >>"/tmp/gap.$name"
	complete
}

median() { sort -n "/tmp/gap.$1" | sed -n "$(((rounds + 1) / 2))p"; }

i=0
while [ $i -lt $rounds ]; do
	i=$((i + 1))
	next=$modules/good/99.$((i % 2 + 1))/vmxnet3.ko
	other=$modules/good/99.$((2 - i % 2))/vmxnet3.ko
	cp "$next" /tmp/next.ko
	case $suffix in
	*.xz) xz -f --check=crc32 --lzma2=dict=1MiB /tmp/next.ko ;;
	esac
	measure by-hand sh /tmp/by-hand
	measure floor floor vmxnet3 "$other" eth0 "$(address4)/24"
	measure floor-expedited floor -e vmxnet3 "$next" eth0 "$(address4)/24"
	measure drvswap drvswap vmxnet3 "$other"
done

for name in by-hand floor floor-expedited drvswap; do
	ds_say "# $name: median $(median $name) us of $(tr '\n' ' ' <"/tmp/gap.$name")"
	ds_say "# data gap $kernel $name $(median $name)"
done
drvswap_us=$(median drvswap)
ds_say "# drvswap in percent of: by hand $((drvswap_us * 100 / $(median by-hand)))," \
	"floor $((drvswap_us * 100 / $(median floor))), expedited floor $((drvswap_us * 100 / $(median floor-expedited)))"
check "drvswap's gap is at most 1.05 times that of the floor with expedited RCU" \
	[ $((drvswap_us * 100)) -le $(($(median floor-expedited) * 105)) ]
check "it is below the floor as it stands" [ "$drvswap_us" -lt "$(median floor)" ]
check "it is below the way by hand" [ "$drvswap_us" -lt "$(median by-hand)" ]
same "RCU is no longer expedited" 0 "$(cat /sys/kernel/rcu_expedited)"

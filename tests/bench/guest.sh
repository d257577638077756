# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2154
# What a preview costs against the commands that it replaces, and what of the outage is drvswap's own.
# timeout: 600
# cpus: 1
# icount: yes

check "the network comes up" net_up
good=$modules/good/99.1/vmxnet3.ko
rounds=10

three()
{
	modinfo "$good"
	lsmod
	ethtool -i eth0
}

preview() { drvswap -n vmxnet3 "$good"; }

# spent COMMAND...: hundredths of a second for all rounds.
spent()
{
	spent_start=$(ds_uptime_cs)
	spent_i=0
	while [ $spent_i -lt $rounds ]; do
		"$@" >/dev/null 2>&1
		spent_i=$((spent_i + 1))
	done
	echo $(($(ds_uptime_cs) - spent_start))
}

preview >/dev/null 2>&1
three >/dev/null 2>&1
cost_three=$(spent three)
cost_preview=$(spent preview)
ds_say "# $rounds previews: ${cost_preview}0 ms; $rounds times modinfo, lsmod and ethtool -i: ${cost_three}0 ms;" \
	"ratio $((cost_preview * 100 / cost_three)) %"


# Ten swaps to and fro: of each the outage, less the two steps that wait for the kernel's module code.
: >/tmp/own
i=0
while [ $i -lt 10 ]; do
	i=$((i + 1))
	candidate=$modules/good/99.$((i % 2 + 1))/vmxnet3.ko
	drvswap vmxnet3 "$candidate" >/tmp/out 2>/tmp/err
	outage=$(sed -n 's/.*away for \([0-9]*\) ms.*/\1/p' /tmp/out)
	kernel_ms=$(sed -n 's/^ *\([0-9]*\) ms *trial *\(unload\|insert\) .*/\1/p' /tmp/err | paste -sd+ | bc)
	echo "$((outage - kernel_ms)) $outage" >>/tmp/own
done
median=$(sort -n /tmp/own | sed -n '5s/ .*//p')
ds_say "# own share of the outage, and the outage, in ms, of ten swaps: $(tr '\n' ';' </tmp/own)"
ds_say "# median of drvswap's own share: $median ms"
check "drvswap's own share of the outage is at most 25 ms" [ "$median" -le 25 ]

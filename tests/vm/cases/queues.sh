# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# How packets are spread over queues and processors comes back: the RSS table, key and function, RPS, XPS, threaded NAPI, and the
# disciplines mq with children, fq, fq_codel and ingress.
# cpus: 2
# soak-kernels: 6.12
# timeout: 400
# nics: 2
# modules: sch_fq sch_ingress sch_prio sch_htb sch_hfsc cls_matchall act_gact
# files: build/vm/driver/@KERNEL@/vmxnet3.ko:ds/vmxnet3.ko build/vm/driver/@KERNEL@/knobs/vmxnet3.ko:ds/knobs/vmxnet3.ko

check "the network comes up" net_up
modprobe -a sch_fq sch_ingress sch_prio sch_htb sch_hfsc cls_matchall act_gact
good=$modules/good

# By the programs of others.
observed()
{
	for ds_nic in eth0 eth1; do
		echo "== $ds_nic"
		ethtool -x $ds_nic
		grep -s . /sys/class/net/$ds_nic/queues/*/[rx]ps_* /sys/class/net/$ds_nic/threaded
		# Who made a discipline without a number is the kernel.
		tc -j -d qdisc show dev $ds_nic | sed 's/},{/},\n{/g' | tr -d '[]' | sort
		tc class show dev $ds_nic | grep htb | sort
	done
}

table_has() { ethtool -x "$1" | grep -Eq "$2"; }

section "settings"
check "the table: all to the second queue" ethtool -X eth0 weight 0 1
check "the kernel has it" table_has eth0 '^ *120: +1 +1 +1 +1 +1 +1 +1 +1$'
check "the table: one to three" ethtool -X eth1 weight 1 3
for queue in 0 1; do
	echo $((queue + 1)) >/sys/class/net/eth0/queues/tx-$queue/xps_cpus
	echo $((2 - queue)) >/sys/class/net/eth0/queues/rx-$queue/rps_cpus
	echo $((1024 * (queue + 1))) >/sys/class/net/eth0/queues/rx-$queue/rps_flow_cnt
	echo $((queue + 1)) >/sys/class/net/eth1/queues/tx-$queue/xps_rxqs
done
check "XPS" grep -q 2 /sys/class/net/eth0/queues/tx-1/xps_cpus
echo 1 >/sys/class/net/eth0/threaded
check "NAPI in threads" grep -q 1 /sys/class/net/eth0/threaded
check "mq" tc qdisc replace dev eth0 root handle 1: mq
check "a child of mq: fq" tc qdisc replace dev eth0 parent 1:1 handle 10: fq limit 777 quantum 4000 maxrate 90mbit
check "a child of mq: fq_codel" tc qdisc replace dev eth0 parent 1:2 handle 20: fq_codel limit 555 target 7ms interval 70ms noecn
check "ingress" tc qdisc add dev eth0 handle ffff: ingress
check "fq_codel at the root" tc qdisc replace dev eth1 root handle 5: fq_codel flows 64 memory_limit 5mb

section "there and back"
look_before
check_exit 0 "swap" drvswap --json vmxnet3 "$good/99.1/vmxnet3.ko"
out_is_json "its report is JSON"
cp "$ds_dir/json" /tmp/ds/swap.json
# What is told of "KIND SUBJECT": how it came back.
came_back()
{
	awk -F = -v name="$1" -v subject="$2" '{ key = $1; sub(/\.[a-z_]+$/, "", key); part = $1; sub(/.*\./, "", part); sub(/^[^=]*=/, "")
		fact[key, part] = $0; keys[key] }
		END { for (k in keys) if (fact[k, "name"] == name && fact[k, "subject"] == subject) print fact[k, "came_back"] }' /tmp/ds/swap.json
}
same "the table was restored" restored "$(came_back ethtool 'eth0 rss table')"
same "the other table, too" restored "$(came_back ethtool 'eth1 rss table')"
same "the function came by itself" by-itself "$(came_back ethtool 'eth0 rss function')"
same "the new driver runs" 99.1.0.0-test-NAPI "$(nic_version eth0)"
check "its table is the old one's" table_has eth0 '^ *120: +1 +1 +1 +1 +1 +1 +1 +1$'
looks_as_before "swap: all as before"
check_exit 4 "a swap that fails" drvswap --expect-version=7 vmxnet3 "$good/99.2/vmxnet3.ko"
looks_as_before "after the rollback: all as before"
check "the network answers" answers

section "another driver that can have the table"
check_exit 0 "swap" drvswap --json vmxnet3 /ds/vmxnet3.ko
out_is_json "its report is JSON"
cp "$ds_dir/json" /tmp/ds/swap.json
same "it is another" 2.0.0 "$(nic_version eth0)"
same "the table was restored" restored "$(came_back ethtool 'eth0 rss table')"
check "the kernel has it" table_has eth0 '^ *120: +1 +1 +1 +1 +1 +1 +1 +1$'

section "a tree of classes below another discipline"
check "prio" tc qdisc replace dev eth1 root handle 1: stab overhead 24 prio
check "htb below it" tc qdisc add dev eth1 parent 1:1 handle 2: htb default 1
check "its class" tc class add dev eth1 parent 2: classid 2:1 htb rate 10mbit burst 20k
check "and what is below that" tc qdisc add dev eth1 parent 2:1 handle 3: fq_codel limit 777

section "a key"
key=00:01:02:03:04:05:06:07:08:09:0a:0b:0c:0d:0e:0f:10:11:12:13:14:15:16:17:18:19:1a:1b:1c:1d:1e:1f:20:21:22:23:24:25:26:27
check "is set" ethtool -X eth0 hkey $key
check "the kernel has it" table_has eth0 "^$key"
look_before
check_exit 0 "swap to another build of the driver" drvswap vmxnet3 /ds/knobs/vmxnet3.ko
check "its key is the old one's" table_has eth0 "^$key"
looks_as_before "swap: all as before"
check_exit 4 "a swap that fails" drvswap --expect-version=7 vmxnet3 "$good/99.2/vmxnet3.ko"
looks_as_before "after the rollback: the key as before"

section "below a discipline that is only warned of"
check "hfsc" tc qdisc replace dev eth1 root handle 4: hfsc default 1
tc class add dev eth1 parent 4: classid 4:1 hfsc sc rate 10mbit
check "fq_codel below it" tc qdisc add dev eth1 parent 4:1 handle 40: fq_codel
check_exit 0 "the preview" drvswap -n vmxnet3 "$good/99.1/vmxnet3.ko"
out_has 'not-restored: the queueing discipline hfsc of eth1 will be gone' "warns of it"
out_has 'not-restored: the queueing discipline fq_codel 40: of eth1 will be gone' "and of what is below it"
check_exit 0 "a swap succeeds all the same" drvswap vmxnet3 "$good/99.1/vmxnet3.ko"
same "the new driver runs" 99.1.0.0-test-NAPI "$(nic_version eth1)"

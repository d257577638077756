# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154
# The Ansible role against four hosts, one of which gets a driver that drops all: it comes back by itself, the rollout
# stops, the rest is untouched; a second run finishes the job, and a third changes nothing.
# labels: vm-full soak
# cpus: 1
# timeout: 2400

ansible_dir=$repo/src/integration/ansible
hosts=(one two three four)

# Each host is a machine of its own, with the words of lib.bash. on HOST: what they are about from now on.
declare -A machine=()
fleet=$work
on()
{
	local what
	for what in work port qemu_pid qmp_fd boots; do
		[[ -z ${current:-} ]] || machine[$current.$what]=${!what:-}
		printf -v "$what" %s "${machine[$1.$what]:-}"
	done
	current=$1
}

# play WORD...: the playbook, from the checkout, as an operator would.
play()
{
	(cd "$fleet" && timeout -k 5 $((400 * scale)) env ANSIBLE_CONFIG="$fleet/ansible.cfg" ANSIBLE_HOME="$fleet/ansible" \
		ansible-playbook -i inventory "$ansible_dir/rollout.yml" "$@" </dev/null)
}
# kept NAME: what it said is kept, for recap HOST REGEX TEXT: what the play counted for that host; a check.
kept()
{
	played=$fleet/play-$1.log
	cat "$out" "$err" >"$played"
}
recap()
{
	grep -E "^$1 +: ok=" "$played" | tr -s ' ' | grep -qE "$2"
	result $? "$1: $3" || explain "$played"
}

# state HOST: build-id, installed file, boot and what is left of a swap, in one line.
state()
{
	on "$1"
	facts
	on "${hosts[0]}"
	echo "${fact[build_id]} ${fact[file_sum]} ${fact[index]} ${fact[boot_id]} ${fact[history]} ${fact[left]}"
}
has()
{
	on "$1"
	facts
	same "$1 runs $3" "$2" "${fact[build_id]}"
	same "$1: nothing is left over" "" "${fact[left]}"
	on "${hosts[0]}"
}

# candidates MODULE: what host three is to get; all others get the good one.
candidates()
{
	mkdir -p "$fleet/candidates/$release" "$fleet/other/$release"
	cp "$modules/good/99.1/vmxnet3.ko" "$fleet/candidates/$release/"
	cp "$modules/$1/vmxnet3.ko" "$fleet/other/$release/"
}

section "four hosts"
sockets=$(mktemp -d /tmp/drvswap-fleet.XXXXXX)
ssh_words=${ssh_options[*]}
mkdir "$fleet/host_vars"
cat >"$fleet/ansible.cfg" <<END
[defaults]
forks = 4
nocows = true
timeout = $((15 * scale))
interpreter_python = /usr/bin/python3
[ssh_connection]
pipelining = true
control_path_dir = $sockets
ssh_args = ${ssh_words/ControlMaster=no/ControlMaster=auto -o ControlPersist=120}
END
# What becomes of the initramfs is the matter of next-boot.bash, and takes a minute on each of these.
cat >"$fleet/inventory" <<END
[all:vars]
ansible_host=127.0.0.1
ansible_user=root
drvswap_candidates=$fleet/candidates
drvswap_arguments=['--initramfs=leave']
[guests]
END
echo "drvswap_candidates: $fleet/other" >"$fleet/host_vars/three.yml"
for host in "${hosts[@]}"; do
	machine[$host.work]=$fleet/$host
	machine[$host.boots]=0
	mkdir "$fleet/$host"
	cp --sparse=always "$fleet/disk" "$fleet/$host/disk" || return
	: >"$fleet/$host/console.log"
	ln -s ../report.log "$fleet/$host/report.log"
done
rm "$fleet/disk"
for host in "${hosts[@]}"; do
	on "$host"
	boot || return
	echo "$host ansible_port=$port" >>"$fleet/inventory"
done
on "${hosts[0]}"
facts
stock=${fact[build_id]}
good=$(file_build_id good/99.1/vmxnet3.ko)
differ "there is something to roll out" "$stock" "$good"
candidates bad/drops-all

section "the dry run"
before_two=$(state two)
check "check mode" play --check --diff -e drvswap_serial=4
kept check
out_has '^-version .*build-id' "shows what runs"
out_has "^\\+version 99.1.0.0-test, build-id $good" "and what would"
for host in one two three four; do
	recap $host 'changed=1 ' "one change would be made"
done
same "and none was" "$before_two" "$(state two)"

section "a rollout that meets a bad driver"
before_four=$(state four)
check_not "the rollout" play
kept first
out_has 'three: .*It rolled back by itself, to vmxnet3' "says what became of host three"
out_has 'NO MORE HOSTS LEFT' "and stops"
out_has 'three: vmxnet3 .*, failed' "the report names it"
out_has 'one: vmxnet3 99.1.0.0-test \(was ' "and what was done"
recap four 'changed=0 ' "no change"
has one "$good" "the new driver"
has two "$good" "the new driver"
has three "$stock" "the old driver"
same "host three was not booted to get there" 1 "${machine[three.boots]}"
same "host four is untouched" "$before_four" "$(state four)"

section "the cause is fixed"
candidates good/99.1
before_one=$(state one)
check "the second run" play
kept second
out_has 'four: vmxnet3 99.1.0.0-test \(was ' "the report has them all"
for host in three four; do
	recap $host 'changed=2 ' "swapped and confirmed"
	has $host "$good" "the new driver"
done
same "host one was not touched again" "$before_one" "$(state one)"

section "nothing to do"
check "the third run" play -e drvswap_serial=4
kept third
for host in "${hosts[@]}"; do
	recap $host 'changed=0 .*unreachable=0 .*failed=0 ' "nothing changed"
done
same "host one is as it was" "$before_one" "$(state one)"

section "what the hosts have to complain about"
rm -rf "$sockets"
for host in four three two; do
	on $host
	finish
	stop_machine
	[[ -n $keep ]] || rm -f "$work/disk"
done
on one

# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# What the kernel made of a router's advertisements is there as soon as the link is, without waiting for the router, and
# the kernel goes on from it.
# soak-kernels: 6.12
# timeout: 240
# files: build/vm/net/router:usr/bin/router

good=$modules/good
network=2001:db8:a
far=$network::fe

# of_router FILTER...: the host's addresses of the network; the last is the temporary ones alone.
of_router() { ip -6 -o addr show dev eth0 to $network::/64 "$@"; }
public() { of_router -tentative | grep mngtmpaddr; }
public_address() { public | awk '{ print $4 }'; }
temporary_address() { of_router temporary -tentative | grep -v deprecated | awk '{ sub("/.*", "", $4); print $4; exit }'; }
has_temporary() { [ -n "$(temporary_address)" ]; }
seconds_left() { public | sed -n 's/.*valid_lft \([0-9]*\)sec.*/\1/p'; }
defaults() { ip -6 route show default; }
count() { "$@" | wc -l; }
kernels_own() { defaults | grep -q 'proto ra metric 1024'; }
is_fresh()
{
	of_router
	defaults
	public && has_temporary && kernels_own && [ "$(count defaults)" -eq 1 ]
}
silent() { kill -STOP "$router"; }
speaking() { kill -CONT "$router"; }

# The router, and the host on its wire.
begin()
{
	ip netns exec peer router wire0 "$@" >/tmp/router 2>&1 &
	router=$!
}

check "the other end of the wire" peer_up
ip -n peer addr add $far/64 dev wire0 nodad
peer sysctl -qw net.ipv6.conf.all.forwarding=1
begin $network::
modprobe vmxnet3
check_within 10 "the driver" bound 1
sysctl -qw net.ipv6.conf.eth0.use_tempaddr=2
ip addr add "$(address4)/24" dev eth0
ip link set eth0 up
check_within 20 "the kernel has an address, a temporary one and a default route of the router" is_fresh
check "which lead beyond it" reaches $beyond6
address=$(public_address)
temporary=$(temporary_address)

section "a connection from the temporary address"
mkfifo /tmp/to-far /tmp/to-here
ip netns exec peer nc.openbsd -6 -l -p 7 </tmp/to-here >/tmp/far 2>&1 &
listener=$!
exec 8>/tmp/to-here
listens() { ip netns exec peer ss -6 -l -t -n | grep -q ':7 '; }
check_within 5 "the far end listens" listens
nc.openbsd -6 -s "$temporary" $far 7 </tmp/to-far >/tmp/here 2>&1 &
exec 9>/tmp/to-far
# A shell that writes to nobody is ended.
trap "" PIPE
echo before >&9
check_within 5 "it is there" grep -q before /tmp/far
goes_on()
{
	echo "$1" >&9
	check_within 10 "$1: the connection goes on" grep -q "$1" /tmp/far
	echo "$1" >&8
	check_within 10 "$1: the other way too" grep -q "$1" /tmp/here
}

# bridged TEXT: all that the host needs is there while the router is silent.
bridged()
{
	same "$1: the address, proven" "$address" "$(public_address)"
	check "$1: with the time that it had left" [ "$(seconds_left)" -le 3600 ]
	same "$1: one default route" 1 "$(count defaults)"
	check_out 'via fe80::.* expires [0-9]+sec' "$1: which ends with the router's word" defaults
	check "$1: the far end reaches the host" peer ping -q -c 1 -W 2 "${address%/*}"
	check "$1: the host reaches what is beyond" ping -q -c 1 -W 2 $beyond6
	check_out 'deprecated.* preferred_lft 0sec' "$1: no new connection takes the old temporary address" ip -6 -o addr show dev eth0 to "$temporary"
}

is_new() { [ "$(seconds_left)" -ge 3500 ]; }
is_gone() { [ "$(count defaults)" -eq 0 ]; }

# owned TEXT: the kernel has it all again, and nothing else is left.
owned()
{
	check_within 10 "$1: the default route is the kernel's own, and the only one" is_fresh
	same "$1: the same address" "$address" "$(public_address)"
	same "$1: once" 1 "$(count public)"
	check_within 10 "$1: its time begins anew" is_new
	same "$1: one route to the network" 1 "$(count ip -6 route show $network::/64)"
}

section "a swap while the router is silent"
silent
check_exit 0 "swap" drvswap vmxnet3 "$good/99.1/vmxnet3.ko"
bridged "swapped"
goes_on "swapped"
section "the router is heard again"
speaking
owned "heard"
goes_on "heard"

section "a driver that does not work, while the router is silent"
temporary_before=$temporary
temporary=$(temporary_address)
check_not "a temporary address that is a new one" [ "$temporary" = "$temporary_before" ]
silent
check_exit 4 "swap" drvswap vmxnet3 "$modules/bad/probe-fails/vmxnet3.ko"
bridged "rolled back"
goes_on "rolled back"
speaking
owned "heard once more"

section "a rollback while the router speaks"
check_exit 0 "rollback" drvswap rollback vmxnet3
owned "rollback"
goes_on "rollback"
check "the router leaves" peer router wire0 $network:: gone
check_within 10 "and nothing of it stays" is_gone
kill "$router" "$listener"

section "a network that the router keeps to itself"
ip link set eth0 down
network=2001:db8:b
begin $network:: off-link
ip link set eth0 up
check_within 20 "an address" public
same "and no route to its network" 0 "$(count ip -6 route show $network::/64)"
address=$(public_address)
silent
check_exit 0 "swap" drvswap vmxnet3 "$good/99.2/vmxnet3.ko"
same "none that was never there" 0 "$(count ip -6 route show $network::/64)"
check_out 'via fe80::' "the default route is there" defaults
speaking
check_within 20 "the address is back" public
same "the same one" "$address" "$(public_address)"
same "and still no route to its network" 0 "$(count ip -6 route show $network::/64)"

section "a token"
# The kernel makes the last half of its addresses of it, and not of the MAC.
ip link set eth0 down
kill "$router"
network=2001:db8:c
begin $network::
check "it is set" ip token set ::53 dev eth0
token=$(ip token get dev eth0)
ip link set eth0 up
check_within 20 "an address" public
same "of the token" $network::53/64 "$(public_address)"
silent
check_exit 0 "swap" drvswap vmxnet3 "$good/99.1/vmxnet3.ko"
same "the token" "$token" "$(ip token get dev eth0)"
same "the address" $network::53/64 "$(public_address)"
speaking
heard() { [ "$(seconds_left)" -ge 3590 ]; }
check_within 20 "the router is heard" heard
same "one address" $network::53/64 "$(public_address)"
check_exit 4 "a swap that fails" drvswap vmxnet3 "$modules/bad/probe-fails/vmxnet3.ko"
same "the token, rolled back" "$token" "$(ip token get dev eth0)"
check_within 20 "the router is heard again" heard
same "one address" $network::53/64 "$(public_address)"

section "two networks"
# Of addresses that are as good, packets leave from the first one.
ip netns exec peer router wire0 2001:db8:d:: >/tmp/router2 2>&1 &
second=$!
of_both() { ip -6 -o addr show dev eth0 scope global -tentative | awk '/mngtmpaddr/ { print $4 }'; }
has_both() { [ "$(count of_both)" -eq 2 ]; }
check_within 20 "an address of each" has_both
before=$(of_both)
silent
kill -STOP $second
check_exit 0 "swap" drvswap vmxnet3 "$good/99.2/vmxnet3.ko"
same "they stand as they stood" "$before" "$(of_both)"
kill $second
kill -CONT $second
speaking

section "a link that is down"
ip link set eth0 down
check_exit 0 "swap" drvswap vmxnet3 "$good/99.1/vmxnet3.ko"
same "it may make temporary addresses when it is up" 2 "$(cat /proc/sys/net/ipv6/conf/eth0/use_tempaddr)"

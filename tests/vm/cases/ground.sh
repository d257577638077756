# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# The ground under all other cases: the guest, its wire, the distribution's driver and a good replacement by hand.

section "the distribution's driver"
check "the network comes up" net_up
check "the peer answers" answers
check "ip route" ip route
check "ethtool works" ethtool -i eth0
out_has '^driver: vmxnet3$' "the driver is vmxnet3"
out_has '^version: 1\.[0-9.]*-k-NAPI$' "with the distribution's version"

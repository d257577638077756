# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154
# systemd-networkd with DHCP: it takes the bridged address away, and has a lease on the new link before the commit.
# labels: vm-full soak
# image: owners
# cmdline: net.ifnames=0
# timeout: 600
# shellcheck source=owners/lib.bash
. "$repo/tests/vm/full/owners/lib.bash"

owner_done() { networkd_done; }

networkd_wired no
boot || return
owned_swap systemd-networkd
poweroff_guest

# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154
# The same on the host whose images dracut makes.
# labels: vm-full soak
# image: dracut
# timeout: 3600

# shellcheck source=next-boot.bash
. "$repo/tests/vm/full/next-boot.bash"

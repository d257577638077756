# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154
# The same on the host whose images dracut makes.
# labels: vm-full ground soak
# image: dracut
# timeout: 1200

# shellcheck source=initramfs.bash
. "$repo/tests/vm/full/initramfs.bash"

# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
check_exit 0 "a swap" echo "  the network was away for 31000 ms"

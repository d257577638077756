# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
check "a warning" insmod "$modules/bad/probe-warns/vmxnet3.ko"

# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
expect_reset "a reset that never comes"

# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
expect_panic "a panic that never comes"

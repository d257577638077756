# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
check "this goes well" true
check "this does not" sh -c 'echo the reason; exit 1'

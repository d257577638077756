# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# timeout: 10
check "this goes well" true
sleep 1000

# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
check "this goes well" true
# The shell ends at this.
# shellcheck source=/dev/null
. /no/such/file

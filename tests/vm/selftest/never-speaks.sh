# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# The first process waits for input that does not come: the guest lives and says nothing.
# cmdline: rdinit=/usr/bin/cat
# first-word: 5
check "this is never asked" true

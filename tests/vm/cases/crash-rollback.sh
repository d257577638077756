# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# crash.sh for a rollback.
# cpus: 2
# timeout: 3600
# files: tests/vm/cases/crash.sh:/ds/crash.sh tests/vm/cases/crash-tools/lib.sh:/ds/crash-lib.sh build/vm/crash/exit-at.so:/ds/exit-at.so
# labels: vm soak

# shellcheck disable=SC2034 # it is asked for there
crash_what=rollback
# shellcheck source=crash.sh
. /ds/crash.sh

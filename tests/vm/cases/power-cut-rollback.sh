# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# power-cut.sh for a rollback.
# timeout: 2400
# disk: yes
# files: tests/vm/cases/power-cut.sh:/ds/power-cut.sh tests/vm/cases/crash-tools/lib.sh:/ds/crash-lib.sh
# labels: vm soak

# shellcheck disable=SC2034 # it is asked for there
cut_what=rollback
# shellcheck source=power-cut.sh
. /ds/power-cut.sh

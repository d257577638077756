# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# The bundled driver with MSI-X and two processors.
# timeout: 300
# labels: vm soak
# cpus: 2
# files: build/vm/driver/@KERNEL@/vmxnet3.ko:ds/vmxnet3.ko build/vm/driver/traffic:usr/bin/traffic tests/vm/cases/driver-tools/lib.sh:ds/driver.sh tests/vm/cases/driver-tools/matrix.sh:ds/matrix.sh

# shellcheck source=driver-tools/matrix.sh
. /ds/matrix.sh

# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# The bundled driver where all DMA goes through bounce buffers.
# timeout: 400
# labels: vm soak
# cpus: 2
# cmdline: swiotlb=force
# files: build/vm/driver/@KERNEL@/vmxnet3.ko:ds/vmxnet3.ko build/vm/driver/traffic:usr/bin/traffic tests/vm/cases/driver-tools/lib.sh:ds/driver.sh tests/vm/cases/driver-tools/matrix.sh:ds/matrix.sh

# shellcheck source=driver-tools/matrix.sh
. /ds/matrix.sh

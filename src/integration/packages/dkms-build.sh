# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# Builds the driver, and installs it nowhere, for every kernel that has its headers here; the hooks do so for those to
# come. Who has taken those away wants no builds.
build_for_kernels()
{
	[ -x /etc/kernel/postinst.d/drvswap-vmxnet3 ] || return 0
	for dir in /lib/modules/*/build/include/; do
		[ -d "$dir" ] || continue
		release=${dir#/lib/modules/}
		release=${release%/build/include/}
		dkms build -m drvswap-vmxnet3 -v @DRVSWAP_DRIVER_VERSION@ -k "$release" ||
			echo "drvswap: the vmxnet3 driver does not build for $release; see DKMS's make.log" >&2
	done
}

# DKMS takes a build away while its source is there, and takes one that it has for that of any other source of the same
# version: so this comes before the source goes, or another one comes in its place.
forget_builds()
{
	for dir in /var/lib/dkms/drvswap-vmxnet3/*/; do
		dir=${dir%/}
		[ -L "$dir/source" ] || continue
		dkms remove "drvswap-vmxnet3/${dir##*/}" --all || true
	done
}

# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# What the host-side scripts of the guest tests share. Sourced, with `set -euo pipefail` in force.

repo=$(cd "${BASH_SOURCE[0]%/*}/../.." && pwd)

# What is downloaded is kept apart from what is built: a developer with several work trees shares the first.
# Where Debian keeps modprobe and mkfs is not in the PATH of everybody.
PATH=$PATH:/usr/sbin:/sbin

cache=${DRVSWAP_CACHE:-$repo/build/cache}
# shellcheck disable=SC2034
modules_dir=${DRVSWAP_MODULES:-$repo/build/modules}
# shellcheck disable=SC2034
guest_kernels=(6.1 6.12)

die()
{
	echo "${0##*/}: $*" >&2
	exit 1
}

say()
{
	echo "${0##*/}: $*" >&2
}

# lock NAME: hold the lock NAME of the cache until this process ends; who comes second waits.
lock()
{
	local fd
	mkdir -p "$cache"
	exec {fd}>"$cache/.lock-$1"
	if ! flock -n "$fd"; then
		say "waiting for another run of $1"
		flock "$fd"
	fi
}

# kernel_root VERSION: the unpacked packages of that kernel. kernel_release VERSION: what its uname -r says.
kernel_root()
{
	echo "$cache/kernel-$1/root"
}

kernel_release()
{
	cat "$cache/kernel-$1/release" 2>/dev/null || die "kernel $1 is not in the cache: run tests/vm/kernels"
}

# The machine's apt sources, for mmdebstrap.
apt_sources()
{
	local file
	for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources; do
		[[ ! -s $file ]] || echo "$file"
	done
}

# Files of many owners are handled as root, or as the root of a user namespace.
as_root()
{
	if ((EUID == 0)); then
		"$@"
	else
		unshare --map-root-user --map-auto "$@"
	fi
}

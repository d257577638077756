# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# shellcheck disable=SC2154 # what drvswap.sh sets
#
# What a death may have left: files beside those of the kernel and in drvswap's own directories, the entry that stops
# autoloading, two switches of the kernel that are turned for the time of the outage, a process. Each is compared with what was there before.

# lies_before FILE: what is where, before.
lies_before() { ds_lies >"$1"; }

# Names first, then what the files hold that a rollback must bring back to the byte.
ds_lies()
{
	find /lib/modules/ /boot /etc/modprobe.d /etc/depmod.d /run/modprobe.d /run/drvswap /var/lib /sys/fs/bpf ! -type d 2>/dev/null | sort
	grep -H . /sys/kernel/rcu_expedited /proc/sys/kernel/panic
	find /lib/modules/ -name 'vmxnet3.ko*' -exec sha256sum {} + | sort -k 2
	sha256sum "/lib/modules/$release"/modules.*
}

nobody_works()
{
	for ds_exe in /proc/[0-9]*/exe; do
		[ "$(readlink "$ds_exe")" != /usr/sbin/drvswap ] || return 1
	done
}

# is_as_clean BUILD-ID FILE: nothing is left that was not there when lies_before looked and this code ran; says what, and fails.
# Where other code runs now, that swap was finished: what was installed lies beside it as .old.
is_as_clean()
{
	# Each is made once and stays: who locks, who is asked, what happened.
	ds_stays='/run/drvswap/(lock|control|builder)|/var/lib/drvswap/history'
	ds_name=$(installed_file vmxnet3)
	ds_lies >"$ds_dir/after.lies"
	if [ "$(module_build_id vmxnet3)" = "$1" ]; then
		diff -U 0 "$2" "$ds_dir/after.lies" >"$ds_dir/lies"
	else
		ds_stays="$ds_stays|$ds_name.old|/var/lib/drvswap/original/.*"
		# Of what changed only the names are known beforehand, and what became of the file that was replaced.
		grep -Ev '^[0-9a-f]{64} ' "$2" >"$ds_dir/before.names"
		grep -Ev '^[0-9a-f]{64} ' "$ds_dir/after.lies" | diff -U 0 "$ds_dir/before.names" - >"$ds_dir/lies"
		[ "$(sed -n "s, *$ds_name\$,,p" "$2" | grep .)" = "$(sum_of "$ds_name.old")" ] ||
			echo "+$ds_name.old is not what was installed" >>"$ds_dir/lies"
	fi
	within 5 nobody_works || echo "+a process of drvswap is left" >>"$ds_dir/lies"
	# What lay in /run is no loss after a boot.
	! grep -E '^[+-]' "$ds_dir/lies" | grep -Ev "^([+][+][+]|---) |^[+]($ds_stays)\$|^-/run/drvswap/"
}

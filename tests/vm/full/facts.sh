# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
#
# Run in the guest by "facts" of lib.bash: what cases compare, in one connection. A connection costs seconds there.
module=$1
fact() { printf '%s=%s\n' "$1" "$(echo "$2" | tr '\n' ' ' | sed 's/ *$//')"; }
sum() { [ -e "$1" ] && sha256sum <"$1" | cut -d ' ' -f 1; }

file=$(modinfo -n "$module")
nics=$(find /sys/bus/pci/drivers/"$module"/0*/net -mindepth 1 -maxdepth 1 2>/dev/null | sed 's,.*/,,')
fact nics "$nics"
fact version "$(ethtool -i "${nics%% *}" | sed -n 's/^version: //p')"
fact build_id "$(od -An -v -t x1 -j 16 -N 20 "/sys/module/$module/notes/.note.gnu.build-id" | tr -d ' \n')"
fact file "$file"
fact file_sum "$(sum "$file")"
fact old_sum "$(sum "$file.old")"
fact file_version "$(modinfo -F version "$module")"
fact index "$(stat -c '%i %Y' "/lib/modules/$(uname -r)/modules.dep.bin")"
fact addresses "$(ip -4 -o addr show dev "${nics%% *}" | sed 's/.* inet \([^ ]*\).*/\1/')"
fact stack "$(ip -o -4 addr show scope global | awk '{ print $2, $4 }' | sort; cd /sys/class/net && for link in */master; do readlink "$link" | sed "s,.*/,${link%%/*} in ,"; done)"
fact routes "$(ip -4 route show | sort)"
# Of IPv6 what has more than the link's own scope, and no lifetimes.
fact stack6 "$(ip -6 -o addr show | awk '$4 !~ /^(fe80:|::1)/ { print $2, $4 }' | sort)"
fact routes6 "$(ip -6 route show | sed 's/ expires [0-9]*sec//; /^fe80::/d; s/ *$//' | sort)"
fact left "$(find /lib/modules/ -name '*.new'; cat /var/lib/drvswap/journal 2>/dev/null; ls -A /run/modprobe.d 2>/dev/null)"
fact failed "$(systemctl --failed --plain --no-legend)"
fact panic "$(cat /proc/sys/kernel/panic)"
fact boot_id "$(cat /proc/sys/kernel/random/boot_id)"
fact release "$(uname -r)"
fact history "$(command -v drvswap >/dev/null && drvswap history "$module" | tail -n 1)"
fact end end

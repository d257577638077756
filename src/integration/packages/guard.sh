# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# Nothing is taken away or exchanged under a swap that has not ended: its worker, and its way back, are this program.
# Where that is the case, or nobody can tell, this says so and fails.
swap_has_ended()
{
	code=0
	words='^(under way|interrupted|damaged|not seen) '
	# From its first change to its end a swap has a journal.
	[ -s /var/lib/drvswap/journal ] || return 0
	# Where the program is gone nothing is at work, and only the packages bring it back.
	[ -e /usr/sbin/drvswap ] || return 0
	said=$(/usr/sbin/drvswap status 2>&1) || code=$?
	if [ "$code" -eq 0 ] && ! printf '%s\n' "$said" | grep -qE "$words"; then
		return 0
	fi
	# It may have ended meanwhile.
	[ -s /var/lib/drvswap/journal ] || return 0
	{
		echo "drvswap: refused, for a swap of a kernel module has not ended, as far as one can tell:"
		printf '%s\n' "$said" | grep -A 1 -E "$words" || printf '%s\n' "$said"
		echo "drvswap: \`drvswap status --follow\` shows one that is under way to its end; \`drvswap confirm\` or"
		echo "drvswap: \`drvswap rollback\` ends one that waits, \`drvswap recover\` one that was interrupted."
		echo "drvswap: /var/lib/drvswap/journal says what is left where none of them can."
	} >&2
	return 1
}

# What a removal leaves behind.
tell_what_stays()
{
	echo "drvswap: every driver stays as it is: what runs, what is installed, and what it replaced:"
	old=$(find /lib/modules/ -name '*.ko*.old' 2>/dev/null) || true
	printf '%s\n' "${old:-nothing}" | sed 's/^/drvswap:   /'
}

# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
#
# What cases that run drvswap use, on top of lib.sh, which sets what is not set here.
# shellcheck disable=SC2154

# A sanitizer's report goes into files, for the worker has no terminal; finish looks for them.
ds_san=/tmp/san
mkdir -p "$ds_san"
chmod 1777 "$ds_san"
export ASAN_OPTIONS=log_path="$ds_san/asan":exitcode=99
export UBSAN_OPTIONS=log_path="$ds_san/ubsan":print_stacktrace=1

# Progress without colours, whatever the case was started on.
export NO_COLOR=1

ds_check_sanitizers()
{
	# A case without a check of its own has shown nothing, and must not pass by this one.
	[ "$ds_count" -gt 0 ] || return 0
	cat "$ds_san"/* >"$ds_dir/san" 2>/dev/null
	[ ! -s "$ds_dir/san" ]
	ds_result $? "no sanitizer had anything to report" || head -n 60 "$ds_dir/san" | sed 's/^/#   /' >"$ds_report"
	rm -f "$ds_san"/*
}

# What drvswap may wait for at most in one go, and a bit less: a success that took so long waited for what never came.
ds_longest_outage_ms=25000
ds_judge_run()
{
	ds_away_ms=$(sed -n 's/^ *the network was away for \([0-9]*\) ms$/\1/p' "$ds_out" | tail -n 1)
	[ "$status" -ne 0 ] || [ "${ds_away_ms:-0}" -lt $ds_longest_outage_ms ] ||
		ds_result 1 "$ds_text: the network was away for $ds_away_ms ms" || ds_explain_run
}

# ---- files -----------------------------------------------------------------------------------------

state=/var/lib/drvswap

sum_of() { sha256sum <"$1" | cut -d ' ' -f 1; }

# What a module file holds when it is unpacked.
unpacked()
{
	case $1 in
	*.xz | *.xz.old | *.xz.new) xz -dc --single-stream -F xz <"$1" ;;
	*.gz) gzip -dc <"$1" ;;
	*.zst | *.zst.old) zstd -qdc <"$1" ;;
	*) cat "$1" ;;
	esac
}

image_sum() { unpacked "$1" | sha256sum | cut -d ' ' -f 1; }

# mode, owner and extended attributes of a file, in one text
attributes_of()
{
	stat -c '%a %u:%g' "$1"
	getfattr -d -m - --absolute-names "$1" | grep -v '^#'
}

# another_build MODULE FILE: the installed module as another build of it: unsigned, with another build-id. So any
# module of the distribution has a candidate.
another_build()
{
	unpacked "$(installed_file "$1")" >"$2.whole"
	ds_size=$(stat -c %s "$2.whole")
	if [ "$(tail -c 28 "$2.whole" | head -c 27)" = "~Module signature appended~" ]; then
		# Before the mark stand 12 bytes, the last four of which are the length of the signature.
		ds_length=$(tail -c 32 "$2.whole" | head -c 4 | od -An -v -t u1 | awk '{ print (($1 * 256 + $2) * 256 + $3) * 256 + $4 }')
		ds_size=$((ds_size - 40 - ds_length))
	fi
	# The name of the note, "GNU" and a NUL, and its type before it, lead to the build-id.
	head -c "$ds_size" "$2.whole" | xxd -p | tr -d '\n' | sed 's/\(03000000474e5500\)..../\1dddd/' | xxd -r -p >"$2"
	rm "$2.whole"
}

# ---- the whole host --------------------------------------------------------------------------------

# What nobody may touch: every file with its inode and times, the network with its indexes, modules, parameters. Of the
# lock only that it is there, for who takes it writes its number into it, and of the socket, which that one makes anew.
ds_host()
{
	find / /run /var/lib /lib/modules/ /boot -xdev \( -path "$ds_dir" -o -path "$ds_san" \) -prune -o -print |
		sort -u | tr '\n' '\0' | xargs -0 stat -c '%n %A %u:%g %s %i %Y %Z %N' |
		sed -E '/^.run.drvswap(.lock|.control)? /s/ .*//'
	sha256sum /lib/modules/*/modules.*
	# Lifetimes of addresses run.
	for ds_what in link addr 'route show table all' '-6 route show table all' rule; do
		# shellcheck disable=SC2086
		ip -j -d $ds_what | sed 's/},{/},\n{/g; s/"[a-z_]*life_time":[0-9]*//g'
	done
	cut -d ' ' -f 1,2,4,5 /proc/modules
	grep -s . /sys/module/*/parameters/* /proc/sys/kernel/panic
	for ds_m in vmxnet3 ds_plain ds_base ds_holder; do
		! loaded $ds_m || module_build_id $ds_m
	done
}

# host_before; ...; untouched TEXT: nothing of the host has changed since.
host_before() { within 5 ds_no_tentative; ds_host >"$ds_dir/before.host" 2>/dev/null; }

untouched()
{
	ds_host >"$ds_dir/after.host" 2>/dev/null
	same_file "$1" "$ds_dir/before.host" "$ds_dir/after.host"
}

# The network as ip shows it as data, without what a new link cannot keep: its index.
snapshot_ipj()
{
	for ds_what in link addr 'route show table all' '-6 route show table all' rule; do
		# shellcheck disable=SC2086
		ip -j -d $ds_what | sed 's/},{"ifindex"/},\n{"ifindex"/g; s/},{"dst"/},\n{"dst"/g; s/},{"type"/},\n{"type"/g; s/"ifindex":[0-9]*,//g
			s/"[a-z_]*life_time":[0-9]*/"lifetime":0/g; s/"inet6_addr_gen_mode"/\n&/' | sed 's/^[[]//; s/,*[]]*$//' | sort
	done >"$ds_dir/$1.ipj"
}

# network_before; ...; network_as_before TEXT
network_before()
{
	# Duplicate detection of an address that the kernel itself gave may still run.
	within 5 ds_no_tentative
	snapshot_net before && snapshot_ipj before
}

network_as_before()
{
	within 5 ds_no_tentative
	snapshot_net after
	snapshot_ipj after
	same_snapshot net "$1: links, addresses and routes as before" before after
	same_snapshot ipj "$1: the same as data" before after
}

ds_no_tentative() { [ -z "$(ip -o -6 addr show tentative)" ]; }

# files_before; ...; files_as_before TEXT: the module directory byte by byte, no file more and no file less.
ds_tree() { find /lib/modules/ ! -type d | sort | tr '\n' '\0' | xargs -0 stat -c '%n %A %u:%g %s %N' && sha256sum "$(installed_file "${1:-vmxnet3}")" /lib/modules/*/modules.*; }
files_before() { ds_tree "$1" >"$ds_dir/before.tree"; }

files_as_before()
{
	ds_tree "$2" >"$ds_dir/after.tree"
	same_file "$1" "$ds_dir/before.tree" "$ds_dir/after.tree"
}

# runs MODULE FILE TEXT: the code of this built file is what runs.
runs() { same "$3" "$(file_build_id "$2")" "$(module_build_id "$1")"; }

# nothing_left TEXT [FILE]: beside the installed file lies its .old at most, and the journal is empty.
nothing_left()
{
	ds_file=${2:-$(installed_file vmxnet3)}
	ds_found=$(cd "${ds_file%/*}" && find . -maxdepth 1 -name ".*drvswap*" -o -maxdepth 1 -name '*.new')
	ds_found="$ds_found$(cat $state/journal 2>/dev/null)"
	same "$1: nothing is left over" "" "$ds_found"
}

# ---- data ------------------------------------------------------------------------------------------

# out_is_json TEXT: the last command printed JSON. Then json_has and json_lacks REGEX TEXT look at its lines PATH=VALUE.
out_is_json()
{
	ds_command="(the last one, as JSON) $ds_command"
	busybox awk -f /ds/json.awk <"$ds_out" >"$ds_dir/json" 2>"$ds_dir/json-err"
	ds_result $? "$1" || ds_explain "$ds_dir/json-err"
}
json_has()
{
	grep -Eq -- "$1" "$ds_dir/json"
	ds_result $? "$2" || {
		echo "#   wanted: $1" >"$ds_report"
		grep -Ev '^host' "$ds_dir/json" >"$ds_dir/json-short"
		ds_explain "$ds_dir/json-short"
	}
}
json_value() { sed -n "s/^$1=//p" "$ds_dir/json"; }

# The steps of a dry run (text), of a dry run (data) and of a real run (its progress), as "PHASE TEXT" lines.
planned_steps() { sed -n 's/^ *[0-9]* \(prepare\|trial\|commit\|clean\) */\1 /p' "$ds_out"; }
planned_undos() { sed -n 's/^ *undo: //p' "$ds_out"; }
data_steps()
{
	awk -F = '{ key = $1; sub(/^[^=]*=/, "") }
		key ~ /^steps\.[0-9]+\.phase$/ { phase = $0 }
		key ~ /^steps\.[0-9]+\.text$/ { print phase " " $0 }' "$ds_dir/json"
}
# The words leave out one directory, and say which.
planned_directory() { sed -n 's/^Steps (files without a directory are in \(.*\))$/\1/p' "$ds_out"; }
done_steps() { sed -n 's/^ *[0-9]* ms *\(prepare\|trial\|commit\|clean\) */\1 /p' "$ds_err"; }
done_undos() { sed -n 's/^ *[0-9]* ms *undo *//p' "$ds_err"; }

# refuses LEVEL FINDING TEXT DRVSWAP-ARGUMENTS...: exit code 3, and the finding in words and as data.
refuses()
{
	ds_level=$1
	ds_finding=$2
	ds_what="$2: $3"
	shift 3
	check_exit 3 "$ds_what" drvswap "$@"
	err_has "^$ds_level +$ds_finding: " "$ds_what: named in words"
	cp "$ds_err" "$ds_dir/refusal"
	check_exit 3 "$ds_what: in data" drvswap -n --json "$@"
	out_is_json "$ds_what: valid JSON"
	json_has "^findings\\.[0-9]+\\.name=$ds_finding\$" "$ds_what: named in data"
	json_has '^outcome\.kind=refused$' "$ds_what: refused in data"
}

# refusal_has REGEX TEXT: what the last refusal said in words.
refusal_has() { ds_look "$ds_dir/refusal" has "$1" "$2"; }

# warns FINDING TEXT DRVSWAP-ARGUMENTS...: a dry run says so, and that it would go on.
warns()
{
	ds_finding=$1
	ds_what="$1: $2"
	shift 2
	check_exit 0 "$ds_what" drvswap -n "$@"
	out_has "^warn +$ds_finding: " "$ds_what: named"
}

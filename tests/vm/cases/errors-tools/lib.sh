# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
#
# Every system call, every error: strace makes one call of drvswap's worker fail, a whole swap goes on from there, and the
# exit code must tell the truth about the host. Which calls there are is recorded first; sites are told apart by the call and
# what it works on. Calls that change something fail with each error, the others with one of them in turn.
#
# Needs: victim (a module), new (its candidate), installed (its file), old_id and new_id where it runs, and reset(), which
# makes the host as it was. options go before the module. Where the victim drives a NIC, is_reachable() asks whether it still does.

# What is traced cannot be searched for leaks.
export ASAN_OPTIONS="$ASAN_OPTIONS:detect_leaks=0"
options=
# A slow machine needs more than the half minute of the default.
[ "$ds_scale" -le 1 ] || options=--timeout=$((30 * ds_scale))
is_reachable() { :; }
program=$(command -v drvswap)
errors="EIO ENOSPC ENOMEM EINTR EBUSY EPERM"
changing=" write writev fsync fdatasync ftruncate renameat2 renameat linkat unlinkat unlink mkdir fchmod fchown fsetxattr
	finit_module delete_module clone clone3 vfork execve pipe2 socketpair memfd_create sendmsg sendto bind wait4
	setgroups setresgid setresuid capset prctl prlimit64 mkdirat pwrite64 setns unshare mount umount2 "
# The program loader makes these too, in the caller: there the count is of calls on one path, and what has none (a pipe, memory
# without a name in the file system), or one that is another each time (a number of a process in it), is left out.
of_loader=" openat read newfstatat fstat pread64 access mmap execve "
# What takes its privileges from the process that reads module files: where one of these fails, it must not read.
confining=" setgroups setresgid setresuid capset prctl prlimit64 "
# Of a hundred runs so many may not come to the call that shall fail: what is waited for, and how often, is not the same each time.
missed_of_100=5
# In no list are calls that fail only for arguments that make no sense (rt_sigaction, rt_sigprocmask, umask, getpid and its like),
# memory that is not asked for by name (brk, munmap, mprotect, futex), and close: the kernel closes even where it says that
# it failed, and what is injected does not.

# record CALLS: the sites of one swap, as lines CALL NUMBER OF-PATH PATH. The worker is who writes the journal; its guard, and what it
# forks for calls that the kernel may not come back from, are part of it, a program that it runs is so until it runs. strace
# counts for each process.
record_sites()
{
	strace -f --seccomp-bpf -y -qq -s 200 -o /tmp/record -e "trace=$1,openat,execve,fork,vfork,clone,clone3" drvswap -q $options "$victim" "$new" >/tmp/out 2>&1 </dev/null ||
		{ cat /tmp/out; return 1; }
	reset
	worker=$(awk '/openat\(.*"journal"/ && /O_CREAT/ { print $1; exit }' /tmp/record)
	[ -n "$worker" ] || { echo "no worker in the record"; return 1; }
	awk -v worker="$worker" -v wanted=",$1," -v of_loader="$of_loader" '
		# First, who was forked by whom.
		NR == FNR && $2 ~ /^(fork|clone)/ && / = [0-9]+$/ { parent[$NF] = $1 }
		NR == FNR && /<\.\.\. (v?fork|clone)/ && / = [0-9]+$/ { parent[$NF] = $1 }
		NR == FNR { next }
		FNR == 1 {
			# And its guard, whose other child it may become.
			ours[worker] = 1
			if (worker in parent)
				ours[parent[worker]] = 1
			do {
				more = 0
				for (pid in parent)
					if (ours[parent[pid]] && !ours[pid])
						more = ours[pid] = 1
			} while (more)
		}
		!ours[$1] || runs[$1] || $2 ~ /^(<|\+|-)/ { next }
		{
			call = $2
			sub(/\(.*/, "", call)
			runs[$1] = call == "execve"
			if (!index(wanted, "," call ","))
				next
			line = substr($0, index($0, $2))
			path = "-"
			if (match(line, /"\/[^"]*"/))
				path = substr(line, RSTART + 1, RLENGTH - 2)
			else if (match(line, /<\/[^>]*>/))
				path = substr(line, RSTART + 1, RLENGTH - 2)
			if (index(of_loader, " " call " ") && path ~ /^(-$|\/memfd:|\/proc\/[0-9])/)
				next
			name = line
			if (match(line, /nlmsg_type=[A-Z_]+/))
				name = substr(line, RSTART, RLENGTH)
			else if (match(line, /"[^"]*"/))
				name = substr(line, RSTART, RLENGTH)
			number[$1, call]++
			of_path[$1, call, path]++
			key = call " " path " " name
			gsub(/0x[0-9a-f]+/, "N", key)
			gsub(/[0-9]+/, "N", key)
			if (seen[key]++ == 0)
				print call, number[$1, call], of_path[$1, call, path], path
		}' /tmp/record /tmp/record
}

what_is()
{
	left=
	[ ! -e "$installed.new" ] || left="$left .new"
	[ ! -e $state/journal ] || left="$left journal"
	is_reachable >/dev/null || left="$left no network"
	case $(image_sum "$installed") in
	"$old_sum") holds=old ;;
	"$new_sum") holds=new ;;
	*) holds=other ;;
	esac
	# Where nothing is loaded, nothing else runs either.
	if [ "${options#*--kernel}" = "$options" ]; then
		case $(module_build_id "$victim" 2>/dev/null) in
		"$old_id") running=old ;;
		"$new_id") running=new ;;
		*) running=other ;;
		esac
	else
		running=$holds
	fi
	echo "$running$left"
	echo "$holds"
}

# is_true CODE: the host is what the exit code says.
is_true()
{
	found=$(what_is | tr '\n' '/')
	case $1 in
	0)
		# Done, and only its end was not noted: that is said, and the next drvswap does it.
		if [ "$found" = "new journal/new/" ] && grep -q 'its end could not be noted' /tmp/out; then
			drvswap -q recover >/tmp/recover 2>&1
			found=$(what_is | tr '\n' '/')
		fi
		[ "$found" = new/new/ ]
		;;
	1 | 3 | 4 | 6) [ "$found" = old/old/ ] ;;
	5)
		# A person must look, or the next drvswap: that one must be able to.
		drvswap -q recover >/tmp/recover 2>&1
		found="$found recovered to $(what_is | tr '\n' '/')"
		case $found in *" recovered to old/old/" | *" recovered to new/new/") ;; *) return 1 ;; esac
		;;
	*) return 1 ;;
	esac
}

# Who was refused to give up a privilege, and then asked for a module file. What only gives the process a name is none.
read_on()
{
	awk '
		/<unfinished/ { begun[$1] = $0 }
		/INJECTED/ {
			line = /resumed>/ ? begun[$1] : $0
			if (line !~ /PR_SET_NAME/)
				refused[$1] = 1
			next
		}
		$2 ~ /^recvmsg\(/ && refused[$1] { print; found = 1 }
		END { exit !found }' /tmp/strace
}

# strace counts in each process: where the caller came to that number as well, it ended there, and no worker began.
is_of_caller()
{
	awk 'NR == 1 { caller = $1 } /INJECTED/ { if ($1 == caller) its = 1; else others = 1 } END { exit !its || others }' /tmp/strace
}

# wrong CALL NUMBER PATH ERROR WHAT
wrong()
{
	echo "$1 wrong" >>/tmp/tally
	ds_say "# WRONG: $1 number $2 ($3): $4: exit code $ds_code, $5"
	tail -n 4 /tmp/out | sed 's/^/#   /' >$ds_report
}

# fail_at CALL NUMBER OF-PATH PATH ERROR; the site is added to /tmp/seen if it was reached.
fail_at()
{
	ds_when=$2
	ds_path=
	case $of_loader in *" $1 "*)
		ds_when=$3
		ds_path=$4
		;;
	esac
	ds_more=
	case $confining in *" $1 "*) ds_more=,recvmsg ;; esac
	# The first line is the beginning of the caller.
	timeout -s KILL $((120 * ds_scale)) strace -f --seccomp-bpf -qq -o /tmp/strace ${ds_path:+-P "$ds_path" -P "$program"} -e "trace=$1,execve$ds_more" \
		-e "inject=$1:error=$5:when=$ds_when" "$program" -q $options "$victim" "$new" >/tmp/out 2>&1 </dev/null
	ds_code=$?
	if [ -n "$ds_more" ] && read_on >>/tmp/out; then
		wrong "$1" "$2" "$4" "$5" "read with what it could not give up"
	elif ! is_true $ds_code; then
		wrong "$1" "$2" "$4" "$5" "found $found"
	elif is_of_caller; then
		echo "$1 caller" >>/tmp/tally
	elif grep -q INJECTED /tmp/strace; then
		echo "$1 $2 $3 $4" >>/tmp/seen
		echo "$1 $ds_code" >>/tmp/tally
		# True, and the least of what can be promised: worth a look at why it was not 4.
		[ $ds_code -ne 5 ] || ds_say "# 5: $1 number $2 ($4): $5: $(grep -m 1 drvswap: /tmp/out)"
	elif [ $ds_code -ne 0 ]; then
		wrong "$1" "$2" "$4" "$5" "and nothing was made to fail"
	else
		ds_say "# missed: $1 number $2 ($4): $5"
		echo "$1 missed" >>/tmp/tally
	fi
	reset
}

# is_due CALL PASS: calls that change something meet each error, the others one.
is_due()
{
	[ "$2" -gt 1 ] || return 0
	case $changing in *" $1 "*) ;; *) return 1 ;; esac
}

# all_errors CALLS SECONDS: each site of these calls with one error, then with another one, and so on, as far as the time goes;
# ds.from=N on the kernel's command line: beginning with the N-th.
all_errors()
{
	old_sum=$(image_sum "$installed")
	new_sum=$(unpacked "$new" | sha256sum | cut -d ' ' -f 1)
	check "one swap is recorded" record_sites "$1" || return 0
	# With the one after the other from where another run had come to.
	ds_from=$(ds_argument from | grep . || echo 1)
	awk '!seen[$0]++' $ds_out >/tmp/recorded
	{ tail -n +"$ds_from" /tmp/recorded; head -n $((ds_from - 1)) /tmp/recorded; } >/tmp/sites
	check "it has sites" test -s /tmp/sites
	: >/tmp/tally
	: >/tmp/seen
	ds_end_cs=$(($(ds_uptime_cs) + $2 * 100))
	for ds_pass in 1 2 3 4 5 6; do
		turn=$ds_pass
		while read -r ds_call ds_number ds_of_path ds_site; do
			turn=$((turn % 6 + 1))
			is_due "$ds_call" $ds_pass || continue
			[ "$(ds_uptime_cs)" -lt $ds_end_cs ] || break 2
			fail_at "$ds_call" "$ds_number" "$ds_of_path" "$ds_site" "$(echo "$errors" | cut -d ' ' -f $turn)"
		done </tmp/sites
	done
	done_sites=$(sort -u /tmp/seen | wc -l)
	ds_say "# $(awk '{ n[$2]++ } END { for (k in n) printf "%s: %d  ", k, n[k] }' /tmp/tally)"
	awk '{ calls[$1]; n[$1, $2]++; all[$1]++ }
		END {
			printf "# %-14s %5s %5s %5s %5s %5s %5s %5s %6s %6s %6s\n", "call", "runs", 0, 1, 3, 4, 5, 6, "caller", "missed", "WRONG"
			for (c in calls)
				printf "# %-14s %5d %5d %5d %5d %5d %5d %5d %6d %6d %6d\n", c, all[c], n[c, 0], n[c, 1], n[c, 3], n[c, 4],
					n[c, 5], n[c, 6], n[c, "caller"], n[c, "missed"], n[c, "wrong"]
		}' /tmp/tally | sort >/tmp/table
	while read -r ds_line; do ds_say "$ds_line"; done </tmp/table
	runs=$(wc -l </tmp/tally)
	missed=$(grep -c missed /tmp/tally)
	ds_say "# $done_sites of $(wc -l </tmp/sites) sites reached, $runs runs, $missed of them missed the call, in $(grep -c caller /tmp/tally) the caller met it"
	check "there were runs" test "$runs" -gt 10
	check "of a hundred runs no more than $missed_of_100 missed the call" test $((missed * 100)) -le $((runs * missed_of_100))
	same "every exit code was true" 0 "$(grep -c wrong /tmp/tally)"
}

# ds_plain: a module without a device, whose swap takes a second.
plain_victim()
{
	install_module "$modules/plain/1/ds_plain.ko"
	modprobe ds_plain || return 1
	victim=ds_plain
	new=$modules/plain/2/ds_plain.ko
	installed=$(installed_file ds_plain)
	old_id=$(module_build_id ds_plain)
	new_id=$(file_build_id "$new")
	cp "$installed" /tmp/stock
	# shellcheck disable=SC2317 # called by its name
	reset()
	{
		if [ "$(module_build_id ds_plain 2>/dev/null)" != "$old_id" ]; then
			rmmod ds_plain 2>/dev/null
			cp /tmp/stock "$installed"
			insmod "$modules/plain/1/ds_plain.ko"
		fi
		cp /tmp/stock "$installed"
		rm -rf "$installed.new" "$installed.old" "${installed%/*}"/.*drvswap $state
		# An index that a failing depmod lost.
		[ "$(installed_file ds_plain 2>/dev/null)" = "$installed" ] || depmod -a
	}
}

# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Completion of drvswap for bash. tests/integration/completions compares the lists with the tables of the program.

_drvswap_modules()
{
	local name _
	[[ -r /proc/modules ]] || return 0
	while read -r name _; do
		echo "$name"
	done </proc/modules
}

# Releases that have a directory in /lib/modules.
_drvswap_kernels()
{
	local dir
	for dir in /lib/modules/*/; do
		[[ -d $dir ]] || continue
		dir=${dir%/}
		echo "${dir##*/}"
	done
}

_drvswap_findings()
{
	# Those that --override lifts.
	echo 'alias-missing candidate-owner candidate-permanent candidate-writable check-fails dependency-missing holder-not-installed
		holder-symbol hook-untrusted host-busy initramfs-stuck installed-unusable link-bound link-elsewhere links-depend lockdown
		module-in-use no-proof option-unused param-unknown place-full running-not-on-disk signature-broken signature-missing
		stale-new storage-remote symbol-crc symbol-missing vermagic-mismatch'
}

# The options of verb $1, those with a value end in '='.
_drvswap_options()
{
	local any='--json --quiet --verbose --help --version -q -v -h -V'
	local changing='--dry-run -n --param= --override= --expect-version= --confirm --confirm= --no-wait --check=
		--reboot= --kernel= --timeout= --initramfs= --hooks=
		--hook-timeout= --strict'
	case $1 in
	swap) echo "$changing $any" ;;
	rollback) echo "--original $changing $any" ;;
	status) echo "--follow -f --prometheus --kernel= $any" ;;
	history) echo "$any" ;;
	confirm) echo "--extend= $any" ;;
	persist) echo "--dry-run -n $any" ;;
	recover) echo "--files --timeout= $any" ;;
	esac
}

# Values of option $1 that begin with $2. Files are completed by bash itself.
_drvswap_value()
{
	local words=
	case $1 in
	--override) words=$(_drvswap_findings) ;;
	--kernel) words=$(_drvswap_kernels) ;;
	--reboot) words='never stuck' ;;
	--initramfs) words='rebuild leave' ;;
	--hooks) words='run leave' ;;
	esac
	mapfile -t COMPREPLY < <(compgen -W "$words" -- "$2")
}

# Module files, and directories on the way to them.
_drvswap_files()
{
	local file
	COMPREPLY=()
	while IFS= read -r file; do
		[[ -d $file || $file =~ \.ko(\.(xz|gz|zst))?(\.old)?$ ]] && COMPREPLY+=("$file")
	done < <(compgen -f -- "$1")
	compopt -o filenames 2>/dev/null
}

_drvswap()
{
	local current=${COMP_WORDS[COMP_CWORD]} option='' prefix='' word skip='' verb='' i
	local -a words=()
	COMPREPLY=()

	# "--a=b" is three words where COMP_WORDBREAKS has '=', which it has unless somebody changed it.
	if [[ $current == = ]]; then
		option=${COMP_WORDS[COMP_CWORD - 1]} current=
	elif ((COMP_CWORD > 1)) && [[ ${COMP_WORDS[COMP_CWORD - 1]} == = ]]; then
		option=${COMP_WORDS[COMP_CWORD - 2]}
	elif [[ $current == --*=* ]]; then
		option=${current%%=*} prefix=$option= current=${current#*=}
	fi

	# The words before the current one that are neither options nor their values.
	for ((i = 1; i < COMP_CWORD; i++)); do
		word=${COMP_WORDS[i]}
		if [[ $word == = ]]; then
			skip=yes
		elif [[ -n $skip ]]; then
			skip=
		elif [[ " --param --override --expect-version --check --reboot --kernel --timeout --initramfs --hooks --hook-timeout --extend " == *" $word "* ]]; then
			[[ ${COMP_WORDS[i + 1]} == = ]] || skip=yes
		elif [[ $word != -* ]]; then
			words+=("$word")
		fi
	done
	[[ -z $option && -n $skip ]] && option=${COMP_WORDS[COMP_CWORD - 1]}
	case ${words[0]-} in
	rollback | status | history | confirm | recover | persist)
		verb=${words[0]}
		words=("${words[@]:1}")
		;;
	*) verb=swap ;;
	esac

	if [[ -n $option ]]; then
		_drvswap_value "$option" "$current"
		COMPREPLY=("${COMPREPLY[@]/#/$prefix}")
	elif [[ $current == -* ]]; then
		mapfile -t COMPREPLY < <(compgen -W "$(_drvswap_options "$verb")" -- "$current")
		[[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *= ]] && compopt -o nospace 2>/dev/null
	elif [[ $verb == swap && ${#words[@]} -eq 0 ]]; then
		mapfile -t COMPREPLY < <(compgen -W "rollback status history confirm recover persist $(_drvswap_modules)" -- "$current")
	elif [[ $verb == swap && ${#words[@]} -eq 1 ]]; then
		_drvswap_files "$current"
	elif [[ $verb == persist && ${#words[@]} -eq 0 ]]; then
		_drvswap_value --kernel "$current"
	elif [[ $verb != swap && $verb != recover && $verb != persist && ${#words[@]} -eq 0 ]]; then
		mapfile -t COMPREPLY < <(compgen -W "$(_drvswap_modules)" -- "$current")
	fi
	return 0
}

complete -F _drvswap drvswap

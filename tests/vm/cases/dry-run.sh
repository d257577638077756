# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# What is printed is what is done: the dry run's list against the real run's; and the command line itself.
# soak-kernels: 6.1
# timeout: 240

check "the network comes up" net_up
sysctl -qw kernel.panic=0
good="$modules/good/99.1/vmxnet3.ko"

section "usage"
# wrong WORDS ARGUMENTS...: a usage error that says WORDS on standard error and nothing on standard output.
wrong()
{
	wrong_words=$1
	shift
	check_exit 2 "wrong: $*" drvswap "$@"
	err_has "$wrong_words" "wrong: $*: says why"
	same "wrong: $*: nothing on standard output" "" "$(cat /tmp/ds/out)"
}
host_before
wrong 'the form is: drvswap'
wrong 'the form is: drvswap' vmxnet3 a.ko b.ko
wrong 'vmxnet3\.ko" is not the name of a module' ./vmxnet3.ko x
wrong 'The form is: drvswap MODULE' ./vmxnet3.ko
wrong 'unknown option --nonsense' --nonsense vmxnet3 "$good"
wrong 'unknown option -x' -x vmxnet3 "$good"
wrong '--timeout.* needs a value' vmxnet3 "$good" --timeout
wrong '--timeout=0' vmxnet3 "$good" --timeout=0
wrong '--timeout=1s' vmxnet3 "$good" --timeout=1s
wrong '--timeout=99999' vmxnet3 "$good" --timeout=99999
wrong 'NAME=VALUE is expected' vmxnet3 "$good" --param=level
wrong 'NAME=VALUE is expected' vmxnet3 "$good" --param==5
wrong 'quotes' vmxnet3 "$good" '--param=a=b"c'
wrong 'no finding of that name' vmxnet3 "$good" --override=nonsense
wrong '--original does not apply to .status.' status --original
wrong '--original needs the name' rollback --original
wrong 'the form is: drvswap rollback' rollback vmxnet3 "$good"
wrong 'the form is: drvswap recover' recover vmxnet3
wrong 'the form is: drvswap status' status a b
wrong '--dry-run does not apply to .status.' status -n
wrong '--original does not apply to .swap.' vmxnet3 "$good" --original
wrong '--timeout does not apply to .history.' history --timeout=3
wrong 'no module was named, and no swap was made yet' status
for finding in module-builtin module-unknown module-unsettled candidate-missing candidate-unreadable candidate-not-regular \
	candidate-empty candidate-truncated candidate-damaged candidate-not-module machine-mismatch name-mismatch \
	modules-disabled no-privilege place-read-only module-permanent installed-symlink; do
	wrong "--override=$finding: nothing lifts" vmxnet3 "$good" --override=$finding
done
wrong 'The value of --confirm follows "=": --confirm=60' --confirm 60 -n vmxnet3 "$good"
wrong 'FILE is empty' vmxnet3 ''
wrong '--expect-version=: a version is expected' vmxnet3 "$good" --expect-version=
check_exit 2 "a preview that cannot be made" drvswap --json -n rollback
out_is_json "is JSON"
json_has '^dry_run=true$' "is called one in data"
json_has '^outcome.verb=rollback$' "with its verb"
check_exit 1 "--help where nobody can read it" sh -c 'drvswap --help >/dev/full'
check_exit 2 "rollback of nothing" drvswap rollback
err_has 'no swap was made yet' "says that there was no swap"
for option in --help -h; do
	check_exit 0 "$option" drvswap $option
	out_has 'drvswap \[OPTIONS\] MODULE \[FILE\]' "$option: the form"
	out_has '^Exit codes: 0 ' "$option: the exit codes"
	same "$option: nothing on standard error" "" "$(cat /tmp/ds/err)"
done
check_out '^drvswap [0-9]+\.[0-9]+\.[0-9]+$' "--version" drvswap --version
check_out '^drvswap [0-9]' "-V" drvswap -V
check_exit 0 "no history" drvswap history
check_exit 0 "no history as data" drvswap history --json
out_is_json "is JSON"
untouched "none of them touched anything"
mkdir -m 700 $state
printf '%s\n' garbage '{"id":"x"}' '{"id":"x","kind":"done"}' >$state/history
check_exit 0 "a history that is none" drvswap history
out_has '^no swaps yet' "shows what can be read"
err_has 'history that cannot be read: 3$' "and how much cannot"
rm -r $state
host_before

section "without privilege"
nobody() { setpriv --reuid=65534 --regid=65534 --clear-groups "$@"; }
for verb in confirm recover; do
	check_exit 3 "$verb as nobody" nobody drvswap $verb
	err_has 'needs root' "$verb: says why"
	err_lacks 'dry run' "$verb: and promises no preview, which it has none of"
done
check_exit 3 "a rollback as nobody" nobody drvswap rollback
err_has 'a rollback needs root' "says what"
err_has 'a dry run .-n. works without it' "and what can be done"
check_exit 3 "a dry run as nobody" nobody drvswap -n vmxnet3 "$good"
out_has 'no-privilege: CAP_SYS_MODULE' "names the capability for modules"
out_has 'no-privilege: CAP_NET_ADMIN' "names the capability for the network"
out_has '^module +vmxnet3 is live' "prints what it saw of the module"
out_has 'version 99\.1\.0\.0-test' "of the candidate"
out_has '^link +eth0 .*up' "and of the link"
out_has '^vmxnet3: refused, nothing was changed' "and refuses"
check_exit 3 "the same as data" nobody drvswap -n --json vmxnet3 "$good"
out_is_json "is JSON"
json_has '^findings\.[0-9]+\.name=no-privilege$' "with the finding"
json_has '^exit_code=3$' "and the exit code"
check_exit 3 "a swap as nobody" nobody drvswap vmxnet3 "$good"
err_has 'no-privilege' "is refused by name"
check_exit 3 "a swap as nobody, as data" nobody drvswap --json vmxnet3 "$good"
out_is_json "is JSON"
check_exit 0 "status as nobody" nobody drvswap status vmxnet3
out_has 'what runs is what is installed' "knows what runs"
check_exit 3 "root without the capability for modules" setpriv --bounding-set=-sys_module --inh-caps=-sys_module drvswap -n vmxnet3 "$good"
out_has 'no-privilege: CAP_SYS_MODULE' "is told so"
untouched "none of them touched anything"

section "what is printed is done"
# compare WHAT ARGUMENTS...: the steps of the dry run in words and as data, and those of the real run.
compare()
{
	what=$1
	shift
	check_exit 0 "$what: dry run" drvswap -n "$@"
	planned_steps >/tmp/ds/planned
	directory=$(planned_directory)
	differ "$what: the steps say where files without a directory are" "" "$directory"
	check_exit 0 "$what: dry run as data" drvswap -n --json "$@"
	out_is_json "$what: is JSON"
	data_steps | sed "s,$directory/,,g" >/tmp/ds/data
	check_exit 0 "$what: real run" drvswap "$@"
	done_steps >/tmp/ds/done
	check "$what: there are steps" test -s /tmp/ds/planned
	same_file "$what: data has the steps of the text" /tmp/ds/planned /tmp/ds/data
	same_file "$what: the real run did what the dry run printed, no less and no more" /tmp/ds/planned /tmp/ds/done
}
compare "a first swap" vmxnet3 "$good"
compare "a second swap" vmxnet3 "$modules/good/99.2/vmxnet3.ko"
compare "a rollback" rollback
check_exit 4 "a driver that cannot start" drvswap vmxnet3 "$modules/bad/init-fails/vmxnet3.ko"
done_undos | sort >/tmp/ds/undone
check_exit 0 "its dry run" drvswap -n vmxnet3 "$modules/bad/init-fails/vmxnet3.ko"
planned_undos | sort >/tmp/ds/planned-undos
same "no undo ran that the dry run did not print" "" "$(comm -23 /tmp/ds/undone /tmp/ds/planned-undos)"
check "and some did" test -s /tmp/ds/undone
check_exit 0 "data of a real run" drvswap --json vmxnet3 "$modules/good/99.2/vmxnet3.ko"
out_is_json "is JSON, with progress beside it"
json_has '^dry_run=false$' "no dry run"
err_has ' ms *commit ' "the progress is on standard error"
check_exit 0 "quiet" drvswap -q rollback
same "quiet has no progress" "" "$(grep ' ms ' /tmp/ds/err)"

section "refused"
host_before
check_exit 3 "a dry run of a bad file" drvswap -n vmxnet3 "$modules/broken/machine/vmxnet3.ko"
out_has '^impossible +machine-mismatch: ' "names the finding"
out_has 'refused, nothing was changed' "and refuses"
same "a refused dry run lists no steps" "" "$(planned_steps)"
untouched "and touches nothing"

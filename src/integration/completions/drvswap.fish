# SPDX-License-Identifier: GPL-2.0-or-later
#
# Completion of drvswap for fish. tests/integration/completions compares what it offers with the tables of the program.

# The words so far that are neither options nor their values, the current one left out.
function __drvswap_words
    set -l skip no
    for word in (commandline -opc)[2..-1]
        if test $skip = yes
            set skip no
        else if contains -- $word --param --override --expect-version --check --reboot --kernel --timeout --initramfs --hooks --hook-timeout --extend
            set skip yes
        else if not string match -q -- '-*' $word
            echo $word
        end
    end
end

function __drvswap_verb
    set -l words (__drvswap_words)
    if test (count $words) -gt 0; and contains -- $words[1] rollback status history confirm recover persist
        echo $words[1]
    else
        echo swap
    end
end

# Is the verb one of these?
function __drvswap_is
    contains -- (__drvswap_verb) $argv
end

# Does the name of a module come now?
function __drvswap_wants_module
    set -l words (__drvswap_words)
    set -l verb (__drvswap_verb)
    test $verb = swap -a (count $words) -eq 0
    or test $verb != swap -a $verb != recover -a $verb != persist -a (count $words) -eq 1
end

function __drvswap_wants_release
    test (__drvswap_verb) = persist -a (count (__drvswap_words)) -eq 1
end

function __drvswap_wants_file
    test (__drvswap_verb) = swap -a (count (__drvswap_words)) -eq 1
end

function __drvswap_modules
    test -r /proc/modules; and string replace -r ' .*' '' </proc/modules
end

function __drvswap_kernels
    for dir in /lib/modules/*/
        basename $dir
    end
end

function __drvswap_files
    for suffix in .ko .ko.xz .ko.gz .ko.zst .ko.old .ko.xz.old .ko.gz.old .ko.zst.old
        __fish_complete_suffix $suffix
    end | string match -r '^.*(?:/|\.ko(?:\.(?:xz|gz|zst))?(?:\.old)?)(?:\t.*)?$' | sort -u
end

complete -c drvswap -f
complete -c drvswap -n 'test (count (__drvswap_words)) -eq 0' -a rollback -d 'put back what the last swap replaced'
complete -c drvswap -n 'test (count (__drvswap_words)) -eq 0' -a status -d 'what runs, is installed, is kept, waits'
complete -c drvswap -n 'test (count (__drvswap_words)) -eq 0' -a history -d 'past swaps'
complete -c drvswap -n 'test (count (__drvswap_words)) -eq 0' -a confirm -d 'keep a swap that waits'
complete -c drvswap -n 'test (count (__drvswap_words)) -eq 0' -a recover -d 'finish or undo what a crash interrupted'
complete -c drvswap -n 'test (count (__drvswap_words)) -eq 0' -a persist -d 'install what drvswap.conf wants in each kernel'
complete -c drvswap -n __drvswap_wants_module -a '(__drvswap_modules)' -d module
complete -c drvswap -n __drvswap_wants_release -a '(__drvswap_kernels)' -d 'kernel release'
complete -c drvswap -n __drvswap_wants_file -a '(__drvswap_files)'

complete -c drvswap -n '__drvswap_is swap rollback persist' -s n -l dry-run -d 'print every step with its undo, touch nothing'
complete -c drvswap -l json -d 'print data'
complete -c drvswap -n '__drvswap_is rollback' -l original -d 'the file from before the first swap'
complete -c drvswap -n '__drvswap_is swap rollback' -l param -x -d 'module parameter NAME=VALUE'
complete -c drvswap -n '__drvswap_is swap rollback' -l override -x -d 'go on in spite of a finding' -a 'alias-missing
    candidate-owner candidate-permanent candidate-writable check-fails dependency-missing holder-not-installed holder-symbol hook-untrusted host-busy
    initramfs-stuck installed-unusable link-bound link-elsewhere links-depend lockdown module-in-use no-proof option-unused param-unknown
    place-full running-not-on-disk signature-broken signature-missing stale-new storage-remote
    symbol-crc symbol-missing vermagic-mismatch'
complete -c drvswap -n '__drvswap_is swap rollback' -l expect-version -x -d 'version that ethtool must report'
complete -c drvswap -n '__drvswap_is swap rollback' -l confirm -d 'roll back unless confirmed in time'
complete -c drvswap -n '__drvswap_is swap rollback' -l no-wait -d 'return when verified'
complete -c drvswap -n '__drvswap_is status' -s f -l follow -d 'show the swap that is under way'
complete -c drvswap -n '__drvswap_is status' -l prometheus -d 'print metrics'
complete -c drvswap -n '__drvswap_is confirm' -l extend -x -d 'have it wait at least so long from now'
complete -c drvswap -n '__drvswap_is swap rollback' -l check -x -d 'command that must succeed before and after'
complete -c drvswap -n '__drvswap_is swap rollback' -l reboot -x -a 'never stuck' -d 'when the kernel is stuck'
complete -c drvswap -n '__drvswap_is swap rollback status' -l kernel -x -a '(__drvswap_kernels)' -d 'another kernel, offline'
complete -c drvswap -n '__drvswap_is swap rollback recover' -l timeout -x -d 'how long a step may wait'
complete -c drvswap -n '__drvswap_is swap rollback' -l initramfs -x -a 'rebuild leave' -d 'what becomes of an initramfs'
complete -c drvswap -n '__drvswap_is swap rollback' -l hooks -x -a 'run leave' -d 'what becomes of the hooks'
complete -c drvswap -n '__drvswap_is swap rollback' -l hook-timeout -x -d 'how long a hook may take'
complete -c drvswap -n '__drvswap_is swap rollback' -l strict -d 'a setting that the driver lacks is a failure'
complete -c drvswap -n '__drvswap_is recover' -l files -d 'only files and indexes'
complete -c drvswap -s q -l quiet -d 'no progress'
complete -c drvswap -s v -l verbose -d 'say more'
complete -c drvswap -s h -l help -d 'print a summary'
complete -c drvswap -s V -l version -d 'print the version'

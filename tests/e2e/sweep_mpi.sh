#!/usr/bin/env bash
# memspike sweep under mpirun on the demo corpus: four ranks give the bytes of one process, also after the death of one
# rank or of all and after an interrupt; what is wrong on one rank is said once and makes no folder. Exits with 77 (skipped)
# when memspike was built without MPI, or there is no mpirun.
#   tests/e2e/sweep_mpi.sh MEMSPIKE SOURCE_FOLDER
if [ ! -e "$(dirname "$1")/memspike_mpi.so" ] || ! command -v mpirun >/dev/null; then
    echo "skipped: needs memspike built with MPI (memspike_mpi.so beside it) and mpirun"
    exit 77
fi
# shellcheck source=tests/e2e/support.sh
source "$(dirname "${BASH_SOURCE[0]}")/support.sh"
# MPI leaves memory behind in modules that it has unloaded, which no list of suppressions can name: with sanitizers, this
# test looks for everything but leaks.
export ASAN_OPTIONS="${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0"
unset "${!OMPI_@}" "${!PMI_@}" "${!PMIX_@}" "${!SLURM_@}"

launcher=(mpirun)
if mpirun --version | grep -q 'Open MPI\|OpenRTE'; then
    launcher+=(--oversubscribe)
    [ "$(id -u)" -ne 0 ] || launcher+=(--allow-run-as-root)
fi
four=("${launcher[@]}" -n 4 "$memspike" sweep)

cat >writing.cfg <<'END'
name = "writing";
description = "approach 1";
approach = 1;
network = "memristor";
seeds = 2;
settings = { steps = 60; epochs = 2; };
axes = ( { key = "tolerance"; values = [0.01, 0.1]; }, { key = "read_noise"; values = [0.0, 0.05]; } );
measure = ["accuracy", "read_error_std", "weights"];
END
cat >inside.cfg <<'END'
name = "inside";
description = "approach 2, and software beside it";
approach = 2;
network = "memristor";
seeds = 1;
settings = { steps = 60; epochs = 2; };
axes = ( { key = "network"; values = ["ann", "snn", "memristor"]; } );
measure = ["accuracy", "epochs", "trace"];
END
cat >both.cfg <<'END'
name = "both";
description = "everything";
experiments = ["writing", "inside"];
END
"$memspike" prepare -o corpus.msc >/dev/null 2>&1
sweep=(./both.cfg --corpus corpus.msc --threads 1)

# refused WHAT PATTERN MPIRUN_ARGUMENTS...: exit status 2, one line of memspike's, which matches, and no folder.
refused() {
    local what=$1 pattern=$2 status
    shift 2
    "${launcher[@]}" "$@" >out.txt 2>err.txt </dev/null
    status=$?
    grep '^memspike: ' err.txt | grep -v 'built-in demo corpus' >line.txt
    check "$what: exit status 2, not $status" [ $status -eq 2 ]
    check "$what: one line, not $(cat line.txt)" [ "$(wc -l <line.txt)" -eq 1 ]
    check "$what: says $pattern" grep -qE -- "$pattern" line.txt
    check "$what: nothing on standard output" [ ! -s out.txt ]
    check "$what: no folder" [ ! -e refused ]
}

"$memspike" sweep "${sweep[@]}" -o one >one.txt 2>/dev/null
check "four ranks" "${four[@]}" "${sweep[@]}" -o four >four.txt 2>four.err
check "the same bytes, every point" diff -r one four
check "results are printed once" alike sed s/four/one/g one.txt four.txt
check "the demo corpus is mentioned once" [ "$(grep -c 'built-in demo corpus' four.err)" = 1 ]
check "again: nothing left to do" says '^four holds 11 of 11 runs already' "${four[@]}" "${sweep[@]}" -o four
check "help is printed once" says_times 1 '^usage:' "${four[@]}" --help

ranks_of() { pgrep -P "$1" -x memspike; } # of a launcher, by its process number
kill_one() { kill -KILL "$(ranks_of "$1" | tail -n 1)"; }
kill_first() { kill -KILL "$(ranks_of "$1" | head -n 1)"; }
kill_all() { mapfile -t ranks < <(ranks_of "$1") && kill -KILL "$1" "${ranks[@]}"; }
interrupt_one() { kill -TERM "$(ranks_of "$1" | tail -n 1)"; }
interrupt_launcher() { kill -INT "$1"; }

# stopped HOW: a sweep that is stopped so between its first point and its end. Tries again when it was too late; the RTL
# makes the points last.
stopped() {
    local attempt launched
    for attempt in 1 2 3 4 5; do
        rm -rf "$1" "$1.err"
        # Into a file, as Open MPI 5 no longer passes on what it is told once it is interrupted itself.
        # shellcheck disable=SC2016 # the inner shell's
        "${launcher[@]}" -n 4 sh -c 'exec "$@" 2>>"$0"' "$1.err" "$memspike" sweep "${sweep[@]}" --engine rtl -o "$1" >/dev/null 2>&1 &
        launched=$!
        while ! ls "$1"/points/*.point >/dev/null 2>&1 && kill -0 $launched 2>/dev/null; do sleep 0.01; done
        "$1" $launched
        wait $launched 2>/dev/null
        [ -e "$1/sweep.json" ] || return 0
        echo "attempt $attempt of $1 came too late"
    done
    return 1
}
for how in kill_one kill_first kill_all interrupt_one interrupt_launcher; do
    check "$how stops the sweep" stopped $how
    check "it goes on after $how" says "^$how holds [0-9]+ of 11 runs already" "${four[@]}" "${sweep[@]}" -o $how
    check "to the same bytes after $how" diff -r one $how
done
check "an interrupted rank ends the sweep of all, said once" says_times 1 '^memspike: interrupted; interrupt_one holds' cat interrupt_one.err
# Open MPI has interrupted the others before it ended them.
check "a death is followed by a line that says what is kept" says_times 1 '^memspike: interrupted; kill_one holds [0-9]+ of 11 runs: the same command goes on$' cat kill_one.err
check "so is rank 0's" says_times 1 '^memspike: .*rank 0 .*kill_first keeps the runs that it had saved: the same command goes on$' cat kill_first.err
check "an interrupt of the launcher, too" says_times 1 '^memspike: interrupted; interrupt_launcher holds [0-9]+ of 11 runs: the same command goes on$' cat interrupt_launcher.err

# Where the MPI goes on after a death, so does the sweep: the same bytes, by the ranks that are left.
dies_alone() { # dies_alone HOW FOLDER: a sweep that ends by itself after a rank was killed in it; a hanging one is killed
    local attempt launched started
    for attempt in 1 2 3 4 5; do
        rm -rf "$2"
        started=$SECONDS
        timeout -s KILL 120 "${launcher[@]}" --with-ft ulfm -n 4 "$memspike" sweep "${sweep[@]}" --engine rtl -o "$2" >/dev/null 2>"$2.err" &
        launched=$!
        while ! ls "$2"/points/*.point >/dev/null 2>&1 && kill -0 $launched 2>/dev/null; do sleep 0.01; done
        "$1" "$(pgrep -P $launched)"
        wait $launched 2>/dev/null
        ended=$?
        [ $((SECONDS - started)) -lt 120 ] || return 1
        ! grep -q 'ended before' "$2.err" || return 0
        echo "attempt $attempt of $2 came too late"
    done
    return 1
}
if mpirun --version | grep -q 'Open MPI) [5-9]'; then
    check "a rank dies alone" dies_alone kill_one survived
    check "the sweep ends well, with exit status 0, not $ended" [ "$ended" -eq 0 ]
    check "a sweep outlives one of its ranks" diff -r one survived
    check "and says so" says_times 1 '^memspike: rank [123] ended before the work was done; survived holds [0-9]+ of 11 runs: the other ranks go on with the rest$' cat survived.err
    check "rank 0 dies" dies_alone kill_first beheaded
    check "which is a failure" [ "$ended" -ne 0 ]
    check "it does not outlive rank 0" [ ! -e beheaded/sweep.json ]
    check "which the first that is left says" says_times 1 '^memspike: rank 0 ended before the work was done; beheaded keeps the runs that it had saved: the same command goes on$' cat beheaded.err
    check "the same command goes on" "${four[@]}" "${sweep[@]}" -o beheaded >/dev/null 2>&1
    check "to the same bytes" diff -r one beheaded
else
    echo "SKIPPED: no Open MPI 5 here, so no sweep had to outlive a rank" >&2
fi

# What is wrong, once.
printf 'END\n' >none.msc
for part in train test; do
    for label in pos neg; do
        mkdir -p "aclImdb/$part/$label"
        for number in $(seq 10); do echo "$label words again" >"aclImdb/$part/$label/${number}_$([ $label = pos ] && echo 9 || echo 1).txt"; done
    done
done
"$memspike" prepare --data aclImdb --vectors none -o other.msc >/dev/null 2>&1
sed 's/start = 11000.0/start = 12000.0/' "$source_folder/data/devices/paper.cfg" >other.cfg
# Not by `mpirun -n 3 ONE : -n 1 OTHER`: the mpirun of Open MPI 5.0.7 crashes on every colon, with `true` too.
cat >by_rank <<'END'
#!/bin/sh
if [ "${OMPI_COMM_WORLD_RANK:-$PMI_RANK}" = 3 ]; then
    exec "$@"
fi
exec "$1" sweep ./both.cfg --corpus corpus.msc -o refused
END
chmod +x by_rank
one_rank() { # WHAT PATTERN ARGUMENTS...: what rank 3 is given in place of what the others are
    refused "$1" "$2" -n 4 ./by_rank "$memspike" sweep "${@:3}" -o refused
}
one_rank "a corpus that is none" 'rank 3: none.msc: not a memspike corpus' ./both.cfg --corpus none.msc
one_rank "another corpus" 'rank 3: has "corpus [0-9a-f]+" where rank 0 has "corpus [0-9a-f]+"' ./both.cfg --corpus other.msc
one_rank "another device" 'rank 3: has "device [0-9a-f]+" where rank 0 has "device [0-9a-f]+"' ./both.cfg --corpus corpus.msc --device ./other.cfg
one_rank "another experiment" 'rank 3: has "sweep writing" where rank 0 has "sweep both"' ./writing.cfg --corpus corpus.msc
one_rank "other seeds" 'rank 3: has .*seed 7.* where rank 0 has .*seed 1' ./both.cfg --corpus corpus.msc --seed 7
one_rank "another array" 'rank 3: has "array 10x10" where rank 0 has "array 100x1"' ./both.cfg --corpus corpus.msc --array 10x10
refused "an option that is none" '--nonsense: unknown option' -n 4 "$memspike" sweep ./both.cfg --nonsense -o refused
refused "no such experiment" 'fig9z.cfg: cannot be read' -n 4 "$memspike" sweep fig9z -o refused

without_mpi() { ldd "$memspike" >libraries.txt && lacks libmpi libraries.txt; }
# A command that does not share its work runs once or not at all.
refused "a command for one process" 'train: started as 2 processes at once \(OMPI_COMM_WORLD_SIZE|PMI_SIZE\), .*; expected one process; several share the work of: sweep$' -n 2 "$memspike" train --corpus corpus.msc -o refused
check "one process is one" "${launcher[@]}" -n 1 "$memspike" train --epochs 1 --corpus corpus.msc -o trained.msm >/dev/null 2>&1

# One rank alone has nothing to do with MPI.
check "one rank" "${launcher[@]}" -n 1 "$memspike" sweep "${sweep[@]}" -o alone >/dev/null 2>&1
check "the same bytes from one rank" diff -r one alone
check "the command itself is not linked with MPI" without_mpi

echo "$passed passed, $failed failed"
[ $failed -eq 0 ]

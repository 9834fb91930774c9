#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Check the sources' form: clang-format, clang-tidy, shellcheck, mypy, reuse. Needs build/release configured (compile_commands.json).
set -euo pipefail
cd "$(dirname "$0")/.."

fix=false files=()
# How many states of a function the static analyzer looks into; most functions end before. A third of its own limit, for half of the time.
budget=(--extra-arg=-Xclang --extra-arg=-analyzer-config --extra-arg=-Xclang --extra-arg=max-nodes=75000)
for argument in "$@"; do
    case $argument in
        --fix) fix=true ;;
        --deep) budget=() ;;
        -h | --help)
            echo "usage: scripts/check_sources.sh [--fix] [--deep] [FILE...]"
            echo
            echo "Checks all sources, or these, exits with 1 and names what is not clean; --fix writes the C and C++ sources in"
            echo "clang-format's form first; --deep gives the static analyzer all the time it wants."
            exit 0
            ;;
        -*) echo "check_sources.sh: $argument: expected --fix, --deep or files" >&2; exit 2 ;;
        *) files+=("$argument") ;;
    esac
done

# Of the files asked for, else of what git tracks, and in an unpacked copy without git of everything.
list() {
    if [ ${#files[@]} -gt 0 ]; then
        for file in "${files[@]}"; do
            # shellcheck disable=SC2254 # patterns
            for pattern in "$@"; do case $file in $pattern) echo "$file" ;; esac; done
        done
    elif git rev-parse --is-inside-work-tree >/dev/null 2>&1; then
        git ls-files -- "$@"
    else
        for pattern in "$@"; do find . -path ./build -prune -o -name "$pattern" -print; done
    fi
}

echo "checking the form of the sources ..."
mapfile -t sources < <(list '*.c' '*.h' '*.cpp' | grep -v 'model/hardware/registers.h')
if [ ${#sources[@]} -gt 0 ]; then # without files it would read from standard input
    ! $fix || clang-format-19 -i "${sources[@]}"
    clang-format-19 --dry-run --Werror "${sources[@]}"
fi
licence='SPDX-License-''Identifier: Apache-2.0' # apart, since reuse would take it for this file's
mapfile -t unnamed < <(list '*.c' '*.h' '*.cpp' '*.sv' '*.v' '*.vh' '*.py' '*.sh' '*.cmake' | xargs -d '\n' -r grep -L "$licence")
if [ ${#unnamed[@]} -gt 0 ]; then
    printf '%s: expected a line with '"$licence"'\n' "${unnamed[@]}" >&2
    exit 1
fi
# Every file has a licence: its own line, or that of .reuse/dep5 for what takes none.
if [ ${#files[@]} -eq 0 ]; then
    reuse lint -q || { reuse lint >&2; exit 1; }
fi
mapfile -t shell_scripts < <(list '*.sh' '*.sbatch' '.ci/run')
[ ${#shell_scripts[@]} -eq 0 ] || shellcheck "${shell_scripts[@]}"
mapfile -t typed < <(list 'python/memspike/*.py')
[ ${#typed[@]} -eq 0 ] || (cd python && mypy --cache-dir ../build/mypy --python-executable /usr/bin/python3 --no-error-summary -p memspike)
# The examples are projects of their own: how they are compiled is not known here.
mapfile -t c_sources < <(list '*.c' | grep -v '^examples/')
[ ${#c_sources[@]} -gt 0 ] || exit 0
# The largest first, so that none is left to run alone at the end.
if ! printf '%s\0' "${c_sources[@]}" | xargs -0 wc -c | grep -v ' total$' | sort -rn | sed 's/^ *[0-9]* //' |
    xargs -d '\n' -n 1 -P "$(nproc)" clang-tidy-19 -p build/release --quiet "${budget[@]}" >build/clang-tidy.log 2>&1; then
    grep -vE '^[0-9]+ warnings? (generated|treated as error)' build/clang-tidy.log >&2
    exit 1
fi

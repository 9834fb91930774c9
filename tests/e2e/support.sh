# shellcheck shell=bash
# What the end-to-end tests of the command share; they source it with their own arguments, MEMSPIKE SOURCE_FOLDER, and run in
# a folder of its own that it removes at the end. A test of one subcommand says so in `subcommand`.
set -uo pipefail
memspike=$1
# shellcheck disable=SC2034 # for those who source this
source_folder=$2
work=$(mktemp -d)
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
cd "$work" || exit 1
unset MEMSPIKE_DATA
# A browser, Matplotlib and others leave caches and settings in the home of who runs them: here in one of the test's own.
mkdir "$work/home"
export HOME=$work/home
unset XDG_CACHE_HOME XDG_CONFIG_HOME XDG_DATA_HOME
passed=0
failed=0
subcommand=()

check() { # check WHAT COMMAND...: the command must succeed; no command is a failure
    if [ $# -ge 2 ] && "${@:2}"; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "FAILED: $1" >&2
    fi
}

# What check is given. A comparison of what commands print passes only when the commands succeeded, and two answers are the same
# only when they are there: `[ "$(one)" = "$(other)" ]` would pass when both fail. Pipelines belong into functions: pipefail is on.

prints() { # prints TEXT COMMAND...: succeeds and prints this; "" for nothing
    local output
    output=$("${@:2}" 2>/dev/null) && [ "$output" = "$1" ]
}
says() { # says PATTERN COMMAND...: succeeds and prints a line that matches
    local output
    output=$("${@:2}" 2>/dev/null) && grep -qE -- "$1" <<<"$output"
}
says_times() { # says_times NUMBER PATTERN COMMAND...: succeeds and prints so many lines that match
    local output
    output=$("${@:3}" 2>/dev/null) && [ "$(grep -cE -- "$2" <<<"$output")" -eq "$1" ]
}
lacks() { # lacks PATTERN FILE: the file can be read, and no line matches
    grep -qE -- "$1" "$2"
    [ $? -eq 1 ]
}
same() { # same FILE FILE: the same bytes, and some
    [ -s "$1" ] && cmp -s "$1" "$2"
}
differ() { # differ FILE FILE: both can be read, and their bytes differ
    cmp -s "$1" "$2"
    [ $? -eq 1 ]
}
answers() { # answers COMMAND... A B: $first and $second are what it prints about each; fails unless both succeed and say something
    first=$("${@:1:$#-2}" "${@: -2:1}" 2>/dev/null) && second=$("${@:1:$#-2}" "${@: -1}" 2>/dev/null) && [ -n "$first" ] && [ -n "$second" ]
}
alike() { # alike COMMAND... A B: it prints the same about A as about B
    local first second
    answers "$@" && [ "$first" = "$second" ]
}
unlike() { # unlike COMMAND... A B: it prints something else about A than about B
    local first second
    answers "$@" && [ "$first" != "$second" ]
}
but_time() { grep -vE '"(seconds|clocks_per_second|engine)"' "$1"; }
same_but_time() { alike but_time "$1" "$2"; }
no_leftovers() { prints "" find . -name '*.unfinished-*'; }

refuses() { # refuses WHAT PATTERN ARGUMENTS...: exit status 2 and one line that matches, nothing on standard output
    local what=$1 pattern=$2 status
    shift 2
    "$memspike" "${subcommand[@]}" "$@" >out.txt 2>err.txt </dev/null
    status=$?
    grep -v 'built-in demo corpus' err.txt >line.txt
    if [ $status -eq 2 ] && [ "$(wc -l <line.txt)" -eq 1 ] && grep -qE -- "$pattern" line.txt && [ ! -s out.txt ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "FAILED: $what: exit status $status, expected 2 and one line matching: $pattern" >&2
        cat line.txt out.txt >&2
    fi
}

run() { "$memspike" "${subcommand[@]}" "$@" >/dev/null 2>&1; }
asked() { "${@:2}" <<<"$1"; } # asked TEXT COMMAND...: with the text on standard input
# holds FILE EXPRESSION: a JSON file, and what must be true of it, r; load("other.json") is another's.
holds() { python3 -c "import json, sys; load = lambda path: json.load(open(path)); r = load(sys.argv[1]); sys.exit(not (${2}))" "$1"; }

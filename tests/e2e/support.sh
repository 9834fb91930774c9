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

check() { # check WHAT COMMAND...: the command must succeed
    if "${@:2}"; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "FAILED: $1" >&2
    fi
}

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
holds() { python3 -c "import json, sys; r = json.load(open(sys.argv[1])); sys.exit(not (${2}))" "$1"; }

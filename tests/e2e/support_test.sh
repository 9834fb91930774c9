#!/usr/bin/env bash
# The checks that the end-to-end tests share can fail: each is given what it must pass and what it must not, among that missing
# files, commands that fail or are not there, and two empty answers.
#   tests/e2e/support_test.sh
# shellcheck source=tests/e2e/support.sh
source "$(dirname "${BASH_SOURCE[0]}")/support.sh" ./stand_in .
wrong=0
verdict() { # verdict EXPECTED CHECK ARGUMENTS...: how many passed and failed, in a shell of its own
    local counted
    counted=$( (
        "${@:2}" >/dev/null 2>&1
        echo "$passed $failed"
    ))
    if [ "$counted" != "$1" ]; then
        echo "FAILED: ${*:2}: passed and failed: $counted, expected $1" >&2
        wrong=$((wrong + 1))
    fi
}
passes() { verdict "1 0" check "$*" "$@"; }
fails() { verdict "0 1" check "$*" "$@"; }

printf '%s\n' one two >text
cp text text_too
printf '%s\n' one three >other
printf '{"n": 1,\n "seconds": 2}\n' >one.json
printf '{"n": 1,\n "seconds": 3}\n' >later.json
printf '{"n": 2,\n "seconds": 2}\n' >two.json
echo '"seconds": 2' >time_only.json
: >empty
: >empty_too
mkdir folder
says_and_fails() { cat "${1:-text}"; return 1; }

verdict "0 1" check "no command"
passes true
fails false
fails no_such_command
passes prints $'one\ntwo' cat text
passes prints "" cat empty
fails prints one cat text
fails prints "" cat text
fails prints "" cat missing
fails prints $'one\ntwo' says_and_fails
fails prints "" no_such_command
passes says '^tw' cat text
fails says '^three' cat text
fails says '^tw' says_and_fails
fails says '' no_such_command
passes says_times 2 'o' cat text
fails says_times 1 'o' cat text
fails says_times 0 'o' cat missing
fails says_times 2 'o' says_and_fails
passes lacks three text
passes lacks three empty
fails lacks two text
fails lacks two missing
passes same text text_too
fails same text other
fails same missing missing
fails same text missing
fails same empty empty_too
passes differ text other
fails differ text text_too
fails differ text missing
fails differ missing text
passes alike cat text text_too
fails alike cat text other
fails alike cat missing missing_too
fails alike cat empty empty_too
fails alike says_and_fails text text_too
fails alike no_such_command text text_too
passes unlike cat text other
fails unlike cat text text_too
fails unlike cat text missing
fails unlike cat missing text
fails unlike cat text empty
fails unlike says_and_fails text other
passes same_but_time one.json later.json
fails same_but_time one.json two.json
fails same_but_time missing.json missing_too.json
fails same_but_time one.json missing.json
fails same_but_time time_only.json time_only.json
passes holds one.json 'r["n"] == 1 and load("two.json")["n"] == 2'
fails holds one.json 'r["n"] == 2'
fails holds one.json 'r["none"] == load("missing.json")'
fails holds missing.json True
fails holds one.json 'r["n"] == '
passes asked one grep -q one
fails asked one grep -q two
passes no_leftovers
: >folder/x.unfinished-ab12CD
fails no_leftovers
rm folder/x.unfinished-ab12CD

# A stand-in for the command: its status, and a line on each output.
stands_in() { # stands_in STATUS ERRORS OUTPUT
    printf '#!/bin/sh\nprintf "%%b" "%s" >&2\nprintf "%%b" "%s"\nexit %s\n' "$2" "$3" "$1" >stand_in
    chmod +x stand_in
}
stands_in 2 'memspike: wrong\n' ''
verdict "1 0" refuses "what is wrong" 'wrong' x
verdict "0 1" refuses "what is wrong" 'something else' x
fails run x
stands_in 2 'memspike: wrong\nmemspike: again\n' ''
verdict "0 1" refuses "two lines" 'wrong' x
stands_in 2 '' ''
verdict "0 1" refuses "no line" '' x
stands_in 2 'memspike: wrong\n' 'result\n'
verdict "0 1" refuses "a result" 'wrong' x
for status in 0 1 3 139; do
    stands_in $status 'memspike: wrong\n' ''
    verdict "0 1" refuses "status $status" 'wrong' x
done
stands_in 0 '' ''
passes run x
rm stand_in
verdict "0 1" refuses "nobody" '' x
fails run x

[ $wrong -eq 0 ]

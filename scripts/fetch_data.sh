#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Download the reviews and the word vectors. See --help.
set -uo pipefail

program=$(basename "$0")
home=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd) || exit 1

imdb_url=${MEMSPIKE_IMDB_URL:-https://ai.stanford.edu/~amaas/data/sentiment/aclImdb_v1.tar.gz}
glove_url=${MEMSPIKE_GLOVE_URL:-https://nlp.stanford.edu/data/glove.6B.zip}
imdb_sha256=${MEMSPIKE_IMDB_SHA256:-}
glove_sha256=${MEMSPIKE_GLOVE_SHA256:-}
reviews_per_group=${MEMSPIKE_REVIEWS_PER_GROUP:-12500}
imdb_name=aclImdb_v1.tar.gz
glove_member=glove.6B.100d.txt

usage() {
    cat <<HELP
Usage: $program [FOLDER]

Download the data that memspike is trained and tested on into FOLDER (default: data/imdb, in the sources of memspike,
or in the current folder when memspike is installed):
  $imdb_name          the Large Movie Review Dataset, 80 MB, used as it is
  $glove_member.gz   GloVe word vectors, out of an archive of 860 MB that is removed afterwards

What is already there is left alone; a download that was interrupted is resumed. A file gets its name only when it is
complete and its content has been checked.

Examples:
  $program                                  both, into data/imdb
  $program ~/data/imdb                      both, into another folder
  MEMSPIKE_GLOVE_URL=none $program          the reviews alone; training then starts from random word vectors
  MEMSPIKE_IMDB_URL=file:///media/usb/aclImdb_v1.tar.gz $program
                                            from a mirror or a disk

Environment:
  MEMSPIKE_IMDB_URL      where the reviews are: a .tar.gz with aclImdb/ in it
  MEMSPIKE_GLOVE_URL     where the word vectors are: a .zip with $glove_member in it, or a .txt or .txt.gz, which is
                         taken as it is; "none" leaves them out
  MEMSPIKE_IMDB_SHA256   if set, the checksum that the downloaded file must have
  MEMSPIKE_GLOVE_SHA256  the same for the word vectors
  MEMSPIKE_REVIEWS_PER_GROUP
                         reviews that each of the four groups must hold (default: 12500); for tests

Exit status: 0 when everything is there, 1 when a download or a check failed, 2 for wrong usage.
HELP
}

say() {
    printf '%s\n' "$*"
}

fail() {
    printf '%s: %s\n' "$program" "$*" >&2
    exit 1
}

wrong_usage() {
    printf '%s: %s (see %s --help)\n' "$program" "$*" "$program" >&2
    exit 2
}

# check_sha256 FILE CHECKSUM
check_sha256() {
    [ -z "$2" ] && return 0
    local sum
    sum=$(sha256sum "$1" | cut -d ' ' -f 1)
    if [ "${sum,,}" != "${2,,}" ]; then
        problem="its SHA-256 is $sum; expected $2"
        return 1
    fi
}

# The checks set `problem` when they return 1.
check_reviews() {
    local counts
    problem="it is cut off, damaged or no gzip file"
    gzip -t "$1" 2>/dev/null || return 1
    check_sha256 "$1" "$imdb_sha256" || return 1
    problem="it is no tar archive"
    counts=$(tar -tzf "$1" 2>/dev/null | awk '
        { sub(/^(\.\/)+/, "") }
        /^aclImdb\/(train|test)\/(pos|neg)\/[0-9]+_[0-9]+\.txt$/ { split($0, part, "/"); n[part[2] "/" part[3]]++ }
        END { printf "train/neg %d, train/pos %d, test/neg %d, test/pos %d",
                     n["train/neg"], n["train/pos"], n["test/neg"], n["test/pos"] }') || return 1
    local n=$reviews_per_group
    if [ "$counts" != "train/neg $n, train/pos $n, test/neg $n, test/pos $n" ]; then
        problem="it holds $counts reviews; expected $n each"
        return 1
    fi
}

check_zip() {
    problem="it is cut off, damaged or no zip archive"
    unzip -tqq "$1" >/dev/null 2>&1 || return 1
    check_sha256 "$1" "$glove_sha256" || return 1
    problem="there is no $glove_member in it"
    unzip -l "$1" "$glove_member" >/dev/null 2>&1 || return 1
}

# The first line of standard input must be a word and numbers, 100 of them if "100" is given.
check_first_line() {
    awk -v wanted="${1:-0}" '
        { fine = NF >= 2 && (wanted == 0 || NF == wanted + 1)
          for (i = 2; i <= NF; i++) if ($i !~ /^[-+]?[0-9.]+([eE][-+]?[0-9]+)?$/) fine = 0
          exit }
        END { exit fine ? 0 : 1 }'
}

check_plain_vectors() {
    check_sha256 "$1" "$glove_sha256" || return 1
    problem="its first line is no word with numbers"
    check_first_line <"$1" || return 1
}

check_gzip_vectors() {
    problem="it is cut off, damaged or no gzip file"
    gzip -t "$1" 2>/dev/null || return 1
    check_sha256 "$1" "$glove_sha256" || return 1
    problem="its first line is no word with numbers"
    # The end of the pipe closes early: only what the check says counts.
    gzip -dc "$1" 2>/dev/null | check_first_line
    [ "${PIPESTATUS[1]}" -eq 0 ] || return 1
}

# transfer URL FILE: one attempt, resuming FILE; leaves curl's status in `curl_status` and the answer in `http_status`.
transfer() {
    local -a show=(--silent --show-error)
    [ -t 2 ] && show=(--progress-bar)
    http_status=$(curl "${show[@]}" --fail --location --proto '=https,http,file' --proto-redir '=https,http' \
        --connect-timeout 30 --speed-limit 1000 --speed-time 60 --retry 3 \
        --continue-at - --output "$2" --write-out '%{http_code}' "$1")
    curl_status=$?
}

# download URL FILE CHECK: get FILE.part, complete and checked.
download() {
    local url=$1 part=$2.part check=$3
    if [ -e "$part" ] && "$check" "$part"; then
        return 0 # the last run was interrupted between download and renaming
    fi
    say "downloading $url"
    [ -s "$part" ] && say "resuming behind $(wc -c <"$part") bytes"
    transfer "$url" "$part"
    # 33: the server cannot resume. 416: it has nothing behind what we have, which was not right.
    if [ -s "$part" ] && { [ "$curl_status" -eq 33 ] || [ "$http_status" = 416 ]; }; then
        say "cannot be resumed: starting anew"
        rm -f "$part"
        transfer "$url" "$part"
    fi
    if [ "$curl_status" -ne 0 ]; then
        local hint=""
        [ -s "$part" ] && hint="; what came is kept: run this again to resume"
        [ -s "$part" ] || rm -f "$part"
        fail "$url: download failed (curl's status $curl_status, server's answer ${http_status:-none})$hint"
    fi
    if ! "$check" "$part"; then
        rm -f "$part"
        fail "$url: not what was expected: $problem; nothing was kept"
    fi
}

# present FOLDER PATTERN...: prints the first thing there that matches.
present() {
    local folder=$1 pattern found
    shift
    for pattern in "$@"; do
        found=$(find "$folder/" -mindepth 1 -maxdepth 1 -name "$pattern" | sort | head -n 1)
        if [ -n "$found" ]; then
            printf '%s' "$found"
            return 0
        fi
    done
    return 1
}

fetch_reviews() {
    local found
    if found=$(present "$folder" aclImdb '*aclImdb*.tar.gz' '*aclImdb*.tgz' '*aclImdb*.tar.zst'); then
        say "reviews: already there: $found"
        return
    fi
    download "$imdb_url" "$folder/$imdb_name" check_reviews
    mv -f "$folder/$imdb_name.part" "$folder/$imdb_name" 2>/dev/null || fail "$folder/$imdb_name: cannot be written"
    say "reviews: $folder/$imdb_name"
}

fetch_zipped_vectors() {
    local zip=$folder/glove.zip vectors=$folder/$glove_member.gz
    download "$glove_url" "$zip" check_zip
    if ! unzip -p "$zip.part" "$glove_member" | gzip -c >"$vectors.part"; then
        rm -f "$vectors.part"
        fail "$vectors: could not be unpacked"
    fi
    gzip -dc "$vectors.part" 2>/dev/null | check_first_line 100
    if [ "${PIPESTATUS[1]}" -ne 0 ]; then
        rm -f "$vectors.part" "$zip.part"
        fail "$glove_url: not what was expected: the first line of $glove_member is no word with 100 numbers"
    fi
    mv -f "$vectors.part" "$vectors" 2>/dev/null || fail "$vectors: cannot be written"
    rm -f "$zip.part"
    say "word vectors: $vectors"
}

fetch_vectors() {
    local found name check
    if [ "$glove_url" = none ]; then
        say "word vectors: left out"
        return
    fi
    if found=$(present "$folder" 'glove*.txt' 'glove*.txt.gz'); then
        say "word vectors: already there: $found"
        return
    fi
    case $glove_url in
        *.txt) check=check_plain_vectors ;;
        *.txt.gz) check=check_gzip_vectors ;;
        *)
            fetch_zipped_vectors
            return
            ;;
    esac
    name=${glove_url##*/}
    case $name in
        glove*) ;;
        *) name=glove.$name ;;
    esac
    download "$glove_url" "$folder/$name" "$check"
    mv -f "$folder/$name.part" "$folder/$name" 2>/dev/null || fail "$folder/$name: cannot be written"
    say "word vectors: $folder/$name"
}

folder=
while [ $# -gt 0 ]; do
    case $1 in
        -h | --help)
            usage
            exit 0
            ;;
        -*) wrong_usage "unknown option $1" ;;
        '') wrong_usage "the folder's name is empty" ;;
        *)
            [ -z "$folder" ] || wrong_usage "one folder expected, got $folder and $1"
            folder=$1
            ;;
    esac
    shift
done
[ -e "$home/CMakeLists.txt" ] || home=.
folder=${folder:-$home/data/imdb}
case $reviews_per_group in
    '' | *[!0-9]*) wrong_usage "MEMSPIKE_REVIEWS_PER_GROUP is $reviews_per_group; expected a number" ;;
esac
if ! mkdir -p "$folder" 2>/dev/null || [ ! -w "$folder" ]; then
    wrong_usage "$folder: cannot be made or written to"
fi

for tool in curl tar gzip unzip awk sha256sum; do
    command -v "$tool" >/dev/null || fail "$tool is not installed; it is needed to download and check the data"
done

problem=
fetch_reviews
fetch_vectors
say "ready: memspike prepare --data $folder -o corpus.msc"

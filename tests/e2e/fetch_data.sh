#!/usr/bin/env bash
# Test scripts/fetch_data.sh against a server of our own on 127.0.0.1.
#
# Usage: fetch_data.sh    (MEMSPIKE_DATA=FOLDER fetches the real archive from there as well)
# Exit status: 0 when everything passed, 1 otherwise.
set -uo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd) || exit 1
fetch=$here/../../scripts/fetch_data.sh
work=$(mktemp -d) || exit 1
server=
failures=0

finish() {
    [ -n "$server" ] && kill "$server" 2>/dev/null
    rm -rf "$work"
}
trap finish EXIT

# ---- what is served ----
# Under any of the first folders: whole/ as it is, with Range; plain/ without Range; cut/ breaks off in the middle the
# first time; busy/ answers 503 the first time. The log has a line for every request: path, and where it begins.
mkdir -p "$work/files" "$work/out"
cat >"$work/server.py" <<'PYTHON'
import http.server
import os
import sys

folder, log = sys.argv[1], sys.argv[2]
asked = set()


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        _, way, name = self.path.split("/", 2)
        path = os.path.join(folder, name)
        wanted = self.headers.get("Range")
        start = int(wanted.split("=")[1].split("-")[0]) if wanted and way != "plain" else 0
        first = self.path not in asked
        asked.add(self.path)
        with open(log, "a") as lines:
            lines.write("%s %d\n" % (self.path, start))
        if not os.path.isfile(path):
            return self.send_error(404)
        if way == "busy" and first:
            return self.send_error(503)
        with open(path, "rb") as file:
            content = file.read()
        if wanted and way != "plain" and start >= len(content):
            return self.send_error(416)
        body = content[start:]
        self.send_response(206 if wanted and way != "plain" else 200)
        self.send_header("Content-Length", str(len(body)))
        if wanted and way != "plain":
            self.send_header("Content-Range", "bytes %d-%d/%d" % (start, len(content) - 1, len(content)))
        self.end_headers()
        self.wfile.write(body[: len(body) // 2] if way == "cut" and first else body)

    def log_message(self, *arguments):
        pass


server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
with open(log + ".port.new", "w") as port:
    port.write(str(server.server_port))
os.rename(log + ".port.new", log + ".port")
server.serve_forever()
PYTHON

python3 - "$work/files" <<'PYTHON'
import gzip
import io
import random
import sys
import tarfile
import zipfile

folder = sys.argv[1]
random.seed(1)


def archive(name, groups, each):
    with tarfile.open(folder + "/" + name, "w:gz") as tar:
        for group in groups:
            for number in range(each):
                text = ("%030x " % random.getrandbits(120) * 20).encode()
                member = tarfile.TarInfo("aclImdb/%s/%d_%d.txt" % (group, number, 9 if "pos" in group else 2))
                member.size = len(text)
                tar.addfile(member, io.BytesIO(text))


groups = ["train/neg", "train/pos", "test/neg", "test/pos", "train/unsup"]
archive("reviews.tar.gz", groups, 3)
archive("too_few.tar.gz", groups, 2)
archive("no_test.tar.gz", groups[:2], 3)
content = open(folder + "/reviews.tar.gz", "rb").read()
open(folder + "/short.tar.gz", "wb").write(content[: len(content) // 2])
open(folder + "/damaged.tar.gz", "wb").write(content[:500] + bytes([content[500] ^ 255]) + content[501:])
open(folder + "/page.html", "w").write("<html>moved</html>\n")
vectors = "".join("word%d %s\n" % (i, " ".join("%.4f" % random.random() for _ in range(100))) for i in range(50))
with zipfile.ZipFile(folder + "/glove.6B.zip", "w", zipfile.ZIP_DEFLATED) as zipped:
    zipped.writestr("glove.6B.50d.txt", "word 1 2\n")
    zipped.writestr("glove.6B.100d.txt", vectors)
with zipfile.ZipFile(folder + "/other.zip", "w") as zipped:
    zipped.writestr("readme.txt", "nothing here\n")
open(folder + "/vectors.txt", "w").write(vectors)
gzip.open(folder + "/glove.small.txt.gz", "wt").write(vectors)
PYTHON

: >"$work/log"
python3 "$work/server.py" "$work/files" "$work/log" &
server=$!
for _ in $(seq 100); do
    [ -e "$work/log.port" ] && break
    sleep 0.1
done
[ -e "$work/log.port" ] || { echo "the test's server did not start" >&2; exit 1; }
base=http://127.0.0.1:$(cat "$work/log.port")
export no_proxy=127.0.0.1 NO_PROXY=127.0.0.1
unset MEMSPIKE_IMDB_URL MEMSPIKE_GLOVE_URL MEMSPIKE_IMDB_SHA256 MEMSPIKE_GLOVE_SHA256
export MEMSPIKE_REVIEWS_PER_GROUP=3

# ---- tools of the test ----
# run NAME=VALUE... -- ARGUMENT...: status in $status, both outputs in $output.
run() {
    local -a settings=()
    while [ "$1" != -- ]; do
        settings+=("$1")
        shift
    done
    shift
    output=$(env "${settings[@]}" "$fetch" "$@" 2>&1)
    status=$?
}

# expect DESCRIPTION COMMAND...
expect() {
    local description=$1
    shift
    if "$@"; then
        echo "ok      $description"
    else
        echo "FAILED  $description (status ${status:-}, output: ${output:-})"
        failures=$((failures + 1))
    fi
}

says() { [[ $output == *"$1"* ]]; }
ended() { [ "$status" -eq "$1" ]; }
same() { [ -s "$2" ] && cmp -s "$1" "$2"; }
holds() { # a folder's whole contents; that it is there
    local names
    names=$(ls -A "$1") && [ "$names" = "$2" ]
}
requests() { [ -s "$work/log" ] && [ "$(grep -c "^$1" "$work/log")" -eq "$2" ]; }
resumed() { grep -q "^$1 [1-9]" "$work/log"; }

# ---- usage ----
run -- --help
expect "--help ends well" ended 0
expect "--help shows examples" says "Examples:"
run -- --nonsense
expect "an unknown option is wrong usage" ended 2
expect "it is named" says "--nonsense"
run -- one two
expect "two folders are wrong usage" ended 2
run -- ""
expect "an empty folder name is wrong usage" ended 2
touch "$work/file"
run -- "$work/file"
expect "a file as folder is wrong usage" ended 2
run MEMSPIKE_REVIEWS_PER_GROUP=x -- "$work/out/usage"
expect "a count that is no number is wrong usage" ended 2

# ---- all well ----
out=$work/out/both
run MEMSPIKE_IMDB_URL="$base/whole/reviews.tar.gz" MEMSPIKE_GLOVE_URL="$base/whole/glove.6B.zip" -- "$out"
expect "both are fetched" ended 0
expect "the reviews are as served" same "$work/files/reviews.tar.gz" "$out/aclImdb_v1.tar.gz"
expect "the vectors are those of 100 values" same <(gzip -dc "$out/glove.6B.100d.txt.gz") "$work/files/vectors.txt"
expect "nothing else is left" holds "$out" $'aclImdb_v1.tar.gz\nglove.6B.100d.txt.gz'
before=$(wc -l <"$work/log")
run MEMSPIKE_IMDB_URL="$base/whole/reviews.tar.gz" MEMSPIKE_GLOVE_URL="$base/whole/glove.6B.zip" -- "$out"
expect "a second run ends well" ended 0
expect "it says that all is there" says "already there"
expect "it asks the server for nothing" test "$before" -eq "$(wc -l <"$work/log")"

out=$work/out/txt
run MEMSPIKE_IMDB_URL="$base/whole/reviews.tar.gz" MEMSPIKE_GLOVE_URL="$base/whole/vectors.txt" -- "$out"
expect "plain vectors are taken as they are" same "$work/files/vectors.txt" "$out/glove.vectors.txt"
out=$work/out/txt_gz
run MEMSPIKE_IMDB_URL="file://$work/files/reviews.tar.gz" MEMSPIKE_GLOVE_URL="$base/whole/glove.small.txt.gz" -- "$out"
expect "a file on a disk serves as well" ended 0
expect "gzipped vectors are taken as they are" same "$work/files/glove.small.txt.gz" "$out/glove.small.txt.gz"

# ---- interruptions ----
out=$work/out/cut
run MEMSPIKE_IMDB_URL="$base/cut/reviews.tar.gz" MEMSPIKE_GLOVE_URL=none -- "$out"
expect "a download that breaks off fails" ended 1
expect "it says how to go on" says "resume"
expect "only the part is there" holds "$out" aclImdb_v1.tar.gz.part
run MEMSPIKE_IMDB_URL="$base/cut/reviews.tar.gz" MEMSPIKE_GLOVE_URL=none -- "$out"
expect "the next run finishes it" ended 0
expect "it resumed where the first stopped" resumed /cut/reviews.tar.gz
expect "the result is whole" same "$work/files/reviews.tar.gz" "$out/aclImdb_v1.tar.gz"
expect "the part is gone" holds "$out" aclImdb_v1.tar.gz

out=$work/out/plain
mkdir -p "$out"
head -c 200 "$work/files/reviews.tar.gz" >"$out/aclImdb_v1.tar.gz.part"
run MEMSPIKE_IMDB_URL="$base/plain/reviews.tar.gz" MEMSPIKE_GLOVE_URL=none -- "$out"
expect "a server that cannot resume is asked anew" ended 0
expect "the result is whole" same "$work/files/reviews.tar.gz" "$out/aclImdb_v1.tar.gz"

out=$work/out/complete
mkdir -p "$out"
cp "$work/files/reviews.tar.gz" "$out/aclImdb_v1.tar.gz.part"
run MEMSPIKE_IMDB_URL="$base/never/reviews.tar.gz" MEMSPIKE_GLOVE_URL=none -- "$out"
expect "a complete part needs no download" ended 0
expect "the server was not asked" requests /never/ 0

out=$work/out/wrong_part
mkdir -p "$out"
head -c 100000 /dev/zero >"$out/aclImdb_v1.tar.gz.part"
run MEMSPIKE_IMDB_URL="$base/whole/reviews.tar.gz" MEMSPIKE_GLOVE_URL=none -- "$out"
expect "a part of something else is replaced" ended 0
expect "the result is whole" same "$work/files/reviews.tar.gz" "$out/aclImdb_v1.tar.gz"

run MEMSPIKE_IMDB_URL="$base/busy/reviews.tar.gz" MEMSPIKE_GLOVE_URL=none -- "$work/out/busy"
expect "a busy server is asked again" ended 0

# ---- what must be refused ----
refuse() { # DESCRIPTION FILE WORDS
    local folder=$work/out/refused_$2
    run MEMSPIKE_IMDB_URL="$base/whole/$2" MEMSPIKE_GLOVE_URL=none -- "$folder"
    expect "$1 is refused" ended 1
    expect "the message says why" says "$3"
    expect "nothing is left" holds "$folder" ""
}
refuse "an archive cut off" short.tar.gz "cut off, damaged"
refuse "a damaged archive" damaged.tar.gz "damaged"
refuse "an archive with too few reviews" too_few.tar.gz "train/neg 2"
refuse "an archive without test reviews" no_test.tar.gz "test/neg 0"
refuse "a web page" page.html "no gzip file"
refuse "a file that is not there" nothing.tar.gz 404

out=$work/out/sum
sum=$(sha256sum "$work/files/reviews.tar.gz" | cut -d ' ' -f 1)
run MEMSPIKE_IMDB_SHA256="${sum//[0-9]/0}" MEMSPIKE_IMDB_URL="$base/whole/reviews.tar.gz" MEMSPIKE_GLOVE_URL=none -- "$out"
expect "another checksum is refused" ended 1
expect "the message names it" says "$sum"
run MEMSPIKE_IMDB_SHA256="$sum" MEMSPIKE_IMDB_URL="$base/whole/reviews.tar.gz" MEMSPIKE_GLOVE_URL=none -- "$out"
expect "the right checksum is accepted" ended 0

refuse_vectors() { # DESCRIPTION FILE WORDS
    run MEMSPIKE_IMDB_URL="$base/whole/reviews.tar.gz" MEMSPIKE_GLOVE_URL="$base/whole/$2" -- "$out"
    expect "$1 is refused" ended 1
    expect "the message says why" says "$3"
    expect "only the reviews are there" holds "$out" aclImdb_v1.tar.gz
}
refuse_vectors "a zip archive without the vectors" other.zip "no glove.6B.100d.txt"
refuse_vectors "a page instead of a zip archive" page.html "no zip archive"
cp "$work/files/page.html" "$work/files/page.txt"
refuse_vectors "a page instead of vectors" page.txt "no word with numbers"
cp "$work/files/short.tar.gz" "$work/files/short.txt.gz"
refuse_vectors "gzipped vectors cut off" short.txt.gz "cut off, damaged"

# ---- the real archive ----
real=$(find "${MEMSPIKE_DATA:-/nonexistent}/" -maxdepth 1 -name '*aclImdb*.tar.gz' 2>/dev/null | head -n 1)
if [ -n "$real" ]; then
    out=$work/out/real
    ln -s "$(realpath "$real")" "$work/files/real.tar.gz"
    run MEMSPIKE_REVIEWS_PER_GROUP=12500 MEMSPIKE_IMDB_URL="$base/whole/real.tar.gz" MEMSPIKE_GLOVE_URL=none -- "$out"
    expect "the real archive is accepted" ended 0
    expect "it is as it was" same "$real" "$out/aclImdb_v1.tar.gz"
else
    echo "skipped the real archive: MEMSPIKE_DATA is not set or holds none"
fi

kill "$server" 2>/dev/null
wait "$server" 2>/dev/null
server=
out=$work/out/down
run MEMSPIKE_IMDB_URL="$base/whole/reviews.tar.gz" MEMSPIKE_GLOVE_URL=none -- "$out"
expect "a server that is down fails" ended 1
expect "the message names the address" says "$base/whole/reviews.tar.gz"
expect "nothing is left" holds "$out" ""

if [ "$failures" -gt 0 ]; then
    echo "$failures checks failed" >&2
    exit 1
fi

# SPDX-License-Identifier: Apache-2.0
"""scripts/fetch_data.sh against a server of the tests' own on 127.0.0.1: what is fetched, resumed and refused. With MEMSPIKE_DATA=FOLDER
the real archive is fetched from there as well."""
import gzip
import hashlib
import http.server
import io
import pathlib
import random
import shutil
import subprocess
import tarfile
import threading
import zipfile

import pytest

from support import Answer, environment

ARCHIVE = "aclImdb_v1.tar.gz"
GROUPS = ("train/neg", "train/pos", "test/neg", "test/pos", "train/unsup")


# ---- what is served ----
class Server(http.server.ThreadingHTTPServer):
    """A folder, under any of the first folders of an address: whole/ as it is, with Range; plain/ without Range; cut/ breaks off in the
    middle the first time; busy/ answers 503 the first time. It keeps every request: path, and where it begins."""

    def __init__(self, folder):
        self.folder, self.requests = folder, []
        super().__init__(("127.0.0.1", 0), Handler)
        self.base = f"http://127.0.0.1:{self.server_port}"


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):  # pylint: disable=invalid-name
        _, way, name = self.path.split("/", 2)
        wanted = self.headers.get("Range") if way != "plain" else None
        start = int(wanted.split("=")[1].split("-")[0]) if wanted else 0
        first = self.path not in {path for path, _ in self.server.requests}
        self.server.requests.append((self.path, start))
        file = self.server.folder / name
        if not file.is_file():
            return self.send_error(404)
        if way == "busy" and first:
            return self.send_error(503)
        content = file.read_bytes()
        if wanted and start >= len(content):
            return self.send_error(416)
        body = content[start:]
        self.send_response(206 if wanted else 200)
        self.send_header("Content-Length", str(len(body)))
        if wanted:
            self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        self.end_headers()
        self.wfile.write(body[:len(body) // 2] if way == "cut" and first else body)
        return None

    def log_message(self, *arguments):  # pylint: disable=arguments-differ
        pass


def write_archive(path, groups, each, numbers):
    with tarfile.open(path, "w:gz") as archive:
        for group in groups:
            for number in range(each):
                text = (f"{numbers.getrandbits(120):030x} " * 20).encode()
                member = tarfile.TarInfo(f"aclImdb/{group}/{number}_{9 if 'pos' in group else 2}.txt")
                member.size = len(text)
                archive.addfile(member, io.BytesIO(text))


@pytest.fixture(scope="session", name="files")
def fixture_files(tmp_path_factory):
    """A folder with what is served: reviews and vectors, good and bad."""
    files = tmp_path_factory.mktemp("files")
    numbers = random.Random(1)
    write_archive(files / "reviews.tar.gz", GROUPS, 3, numbers)
    write_archive(files / "too_few.tar.gz", GROUPS, 2, numbers)
    write_archive(files / "no_test.tar.gz", GROUPS[:2], 3, numbers)
    whole = (files / "reviews.tar.gz").read_bytes()
    (files / "short.tar.gz").write_bytes(whole[:len(whole) // 2])
    (files / "short.txt.gz").write_bytes(whole[:len(whole) // 2])
    (files / "damaged.tar.gz").write_bytes(whole[:500] + bytes([whole[500] ^ 255]) + whole[501:])
    for name in ("page.html", "page.txt"):
        (files / name).write_text("<html>moved</html>\n", encoding="utf-8")
    vectors = "".join(f"word{i} {' '.join(f'{numbers.random():.4f}' for _ in range(100))}\n" for i in range(50))
    with zipfile.ZipFile(files / "glove.6B.zip", "w", zipfile.ZIP_DEFLATED) as zipped:
        zipped.writestr("glove.6B.50d.txt", "word 1 2\n")
        zipped.writestr("glove.6B.100d.txt", vectors)
    with zipfile.ZipFile(files / "other.zip", "w") as zipped:
        zipped.writestr("readme.txt", "nothing here\n")
    (files / "vectors.txt").write_text(vectors, encoding="utf-8")
    with gzip.open(files / "glove.small.txt.gz", "wt") as zipped:
        zipped.write(vectors)
    return files


@pytest.fixture(name="server")
def fixture_server(files):
    """It listens before it is handed over."""
    with Server(files) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


# ---- the script ----
@pytest.fixture(name="fetch")
def fixture_fetch(source, files):
    """Run it, with these settings; its answer."""
    def fetch(*arguments, reviews=None, vectors="none", **settings):
        if reviews:
            settings |= {"MEMSPIKE_IMDB_URL": reviews, "MEMSPIKE_GLOVE_URL": vectors}
        settings = {"MEMSPIKE_REVIEWS_PER_GROUP": 3, "no_proxy": "127.0.0.1", "NO_PROXY": "127.0.0.1", **settings}
        ran = subprocess.run([source / "scripts/fetch_data.sh", *arguments], capture_output=True, encoding="utf-8", stdin=subprocess.DEVNULL,
                             env=environment(**settings), timeout=600, check=False)
        return Answer(ran.returncode, ran.stdout, ran.stderr)

    return fetch


@pytest.fixture(name="out")
def fixture_out(tmp_path):
    """Where it goes; made by who fetches."""
    return tmp_path / "out"


def names(folder):
    """What a folder holds; it must be there."""
    return sorted(path.name for path in folder.iterdir())


def is_whole(files, out):
    found = (out / ARCHIVE).read_bytes()
    return found != b"" and found == (files / "reviews.tar.gz").read_bytes()


# ---- usage ----
def test_help_shows_examples(fetch):
    answer = fetch("--help")
    assert answer.status == 0 and "Examples:" in answer.out


@pytest.mark.parametrize("arguments, said", [(["--nonsense"], "--nonsense"), (["one", "two"], ""), ([""], ""), (["file"], "")],
                         ids=["an unknown option", "two folders", "an empty name", "a file as folder"])
def test_wrong_usage(fetch, tmp_path, monkeypatch, arguments, said):
    monkeypatch.chdir(tmp_path)
    pathlib.Path("file").touch()
    answer = fetch(*arguments)
    assert answer.status == 2 and answer.out == "" and answer.err and said in answer.err
    assert names(tmp_path) == ["file"]


def test_a_count_that_is_no_number_is_wrong_usage(fetch, out):
    assert fetch(out, MEMSPIKE_REVIEWS_PER_GROUP="x").status == 2


# ---- all well ----
def test_both_are_fetched_and_a_second_run_asks_for_nothing(fetch, server, files, out):
    addresses = {"reviews": f"{server.base}/whole/reviews.tar.gz", "vectors": f"{server.base}/whole/glove.6B.zip"}
    assert fetch(out, **addresses).status == 0
    assert is_whole(files, out)
    with gzip.open(out / "glove.6B.100d.txt.gz", "rb") as found:
        assert found.read() == (files / "vectors.txt").read_bytes()
    assert names(out) == [ARCHIVE, "glove.6B.100d.txt.gz"]
    asked = len(server.requests)
    assert asked > 0
    again = fetch(out, **addresses)
    assert again.status == 0 and "already there" in again.out + again.err and len(server.requests) == asked


def test_plain_vectors_are_taken_as_they_are(fetch, server, files, out):
    assert fetch(out, reviews=f"{server.base}/whole/reviews.tar.gz", vectors=f"{server.base}/whole/vectors.txt").status == 0
    assert (out / "glove.vectors.txt").read_bytes() == (files / "vectors.txt").read_bytes()


def test_a_file_on_a_disk_serves_as_well_and_gzipped_vectors_are_taken_as_they_are(fetch, server, files, out):
    assert fetch(out, reviews=f"file://{files}/reviews.tar.gz", vectors=f"{server.base}/whole/glove.small.txt.gz").status == 0
    assert is_whole(files, out)
    assert (out / "glove.small.txt.gz").read_bytes() == (files / "glove.small.txt.gz").read_bytes()


# ---- interruptions ----
def test_a_download_that_breaks_off_is_resumed_by_the_next_run(fetch, server, files, out):
    cut = f"{server.base}/cut/reviews.tar.gz"
    answer = fetch(out, reviews=cut)
    assert answer.status == 1 and "resume" in answer.out + answer.err and names(out) == [ARCHIVE + ".part"]
    assert fetch(out, reviews=cut).status == 0
    assert any(path == "/cut/reviews.tar.gz" and start > 0 for path, start in server.requests)
    assert is_whole(files, out) and names(out) == [ARCHIVE]


def test_a_server_that_cannot_resume_is_asked_anew(fetch, server, files, out):
    out.mkdir()
    (out / f"{ARCHIVE}.part").write_bytes((files / "reviews.tar.gz").read_bytes()[:200])
    assert fetch(out, reviews=f"{server.base}/plain/reviews.tar.gz").status == 0
    assert is_whole(files, out)


def test_a_complete_part_needs_no_download(fetch, server, files, out):
    out.mkdir()
    shutil.copyfile(files / "reviews.tar.gz", out / f"{ARCHIVE}.part")
    assert fetch(out, reviews=f"{server.base}/whole/reviews.tar.gz").status == 0
    assert is_whole(files, out) and server.requests == []


def test_a_part_of_something_else_is_replaced(fetch, server, files, out):
    out.mkdir()
    (out / f"{ARCHIVE}.part").write_bytes(bytes(100000))
    assert fetch(out, reviews=f"{server.base}/whole/reviews.tar.gz").status == 0
    assert is_whole(files, out)


def test_a_busy_server_is_asked_again(fetch, server, files, out):
    assert fetch(out, reviews=f"{server.base}/busy/reviews.tar.gz").status == 0
    assert is_whole(files, out) and len(server.requests) > 1


# ---- what must be refused ----
@pytest.mark.parametrize("name, said", [
    ("short.tar.gz", "cut off, damaged"), ("damaged.tar.gz", "damaged"), ("too_few.tar.gz", "train/neg 2"), ("no_test.tar.gz", "test/neg 0"),
    ("page.html", "no gzip file"), ("nothing.tar.gz", "404"),
], ids=["an archive cut off", "a damaged archive", "too few reviews", "no test reviews", "a web page", "not there"])
def test_reviews_are_refused_and_nothing_is_left(fetch, server, out, name, said):
    answer = fetch(out, reviews=f"{server.base}/whole/{name}")
    assert answer.status == 1 and said in answer.out + answer.err and names(out) == []


def test_the_checksum_must_be_the_one_that_was_set(fetch, server, files, out):
    right = hashlib.sha256((files / "reviews.tar.gz").read_bytes()).hexdigest()
    reviews = f"{server.base}/whole/reviews.tar.gz"
    answer = fetch(out, reviews=reviews, MEMSPIKE_IMDB_SHA256="0" * 64)
    assert answer.status == 1 and right in answer.out + answer.err and not (out / ARCHIVE).exists()
    assert fetch(out, reviews=reviews, MEMSPIKE_IMDB_SHA256=right).status == 0
    assert is_whole(files, out)


@pytest.mark.parametrize("name, said", [
    ("other.zip", "no glove.6B.100d.txt"), ("page.html", "no zip archive"), ("page.txt", "no word with numbers"),
    ("short.txt.gz", "cut off, damaged"),
], ids=["a zip archive without the vectors", "a page instead of a zip archive", "a page instead of vectors", "gzipped vectors cut off"])
def test_vectors_are_refused_and_only_the_reviews_are_there(fetch, server, out, name, said):
    answer = fetch(out, reviews=f"{server.base}/whole/reviews.tar.gz", vectors=f"{server.base}/whole/{name}")
    assert answer.status == 1 and said in answer.out + answer.err and names(out) == [ARCHIVE]


def test_a_server_that_is_down_is_named_and_nothing_is_left(fetch, files, out):
    with Server(files) as server:
        pass
    address = f"{server.base}/whole/reviews.tar.gz"
    answer = fetch(out, reviews=address)
    assert answer.status == 1 and address in answer.out + answer.err and names(out) == []


# ---- the real archive ----
def test_the_real_archive_is_accepted(fetch, real_data, tmp_path, out):
    real = sorted(pathlib.Path(real_data).glob("*aclImdb*.tar.gz"))
    if not real:
        pytest.skip(f"{real_data} holds no archive of the reviews")
    (tmp_path / "served").mkdir()
    (tmp_path / "served/real.tar.gz").symlink_to(real[0].resolve())
    with Server(tmp_path / "served") as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            assert fetch(out, reviews=f"{server.base}/whole/real.tar.gz", MEMSPIKE_REVIEWS_PER_GROUP=12500).status == 0
        finally:
            server.shutdown()
            thread.join()
    found = (out / ARCHIVE).read_bytes()
    assert found and found == real[0].read_bytes()

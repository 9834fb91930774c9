#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Look at the site that scripts/docs.sh made: every link leads to a page and a heading that are there, and in Chromium no page is wider than a
phone's screen (400 pixels) or a desk's (1,280).

    scripts/site_check.py build/site      exits with 1 and names each dead link and each page that sticks out"""
import html.parser
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import urllib.parse

WIDTHS = (400, 1280)
# The page under test tells its frame how wide it came out.
TELL = "<script>addEventListener('load', () => parent.postMessage(document.documentElement.scrollWidth, '*'))</script>"
AROUND = """<title>waiting</title><script>
const widths = []; addEventListener('message', event => {{ widths.push(event.data); document.title = 'width ' + Math.max(...widths); }});
</script><iframe src="{page}" style="width: {width}px; height: 900px; border: 0"></iframe>"""


class Links(html.parser.HTMLParser):
    """What a page points to, and what may be pointed to in it."""

    def __init__(self, text):
        super().__init__()
        self.targets, self.names = set(), set()
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        for name, value in attrs:
            if name in ("href", "src") and value and tag in ("a", "img", "link", "script"):
                self.targets.add(value)
            elif name in ("id", "name") and value:
                self.names.add(value)


def dead_links(site, pages):
    links = {page: Links(page.read_text(encoding="utf-8")) for page in pages}
    for page, found in links.items():
        for target in sorted(found.targets):
            parts = urllib.parse.urlsplit(target)
            if parts.scheme or parts.netloc:
                continue
            there = (page.parent / urllib.parse.unquote(parts.path)).resolve() if parts.path else page
            if not there.exists():
                yield f"{page.relative_to(site)}: {target}: no such page"
            elif parts.fragment and there in links and urllib.parse.unquote(parts.fragment) not in links[there].names:
                yield f"{page.relative_to(site)}: {target}: no such heading"


def too_wide(browser, site, pages):
    with tempfile.TemporaryDirectory() as folder:
        copy = pathlib.Path(shutil.copytree(site, pathlib.Path(folder) / "site"))
        for page in pages:
            inside = copy / page.relative_to(site)
            inside.write_text(inside.read_text(encoding="utf-8").replace("<head>", "<head>" + TELL, 1), encoding="utf-8")
            for width in WIDTHS:
                around = pathlib.Path(folder) / "around.html"
                around.write_text(AROUND.format(page=inside, width=width), encoding="utf-8")
                shown = subprocess.run([browser, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", f"--user-data-dir={folder}/profile",
                                        "--host-resolver-rules=MAP * ~NOTFOUND", "--virtual-time-budget=5000", "--window-size=1500,1000", "--dump-dom",
                                        f"file://{around}"], capture_output=True, encoding="utf-8", errors="replace", timeout=120, check=False)
                found = re.search("<title>width ([0-9]+)</title>", shown.stdout)
                if found is None:
                    yield f"{page.relative_to(site)}: was not shown at {width} pixels"
                elif int(found.group(1)) > width:
                    yield f"{page.relative_to(site)}: is {found.group(1)} pixels wide where there are {width}"


def main():
    if len(sys.argv) != 2 or not pathlib.Path(sys.argv[1], "index.html").is_file():
        print(f"site_check.py: {sys.argv[1] if len(sys.argv) > 1 else 'nothing given'}: expected the folder that scripts/docs.sh makes", file=sys.stderr)
        return 2
    site = pathlib.Path(sys.argv[1]).resolve()
    pages = [page for page in sorted(site.rglob("*.html")) if "_static" not in page.parts]
    problems = list(dead_links(site, pages))
    browser = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if browser is None:
        print("site_check.py: no Chromium here, so only the links were looked at", file=sys.stderr)
    else:
        problems += too_wide(browser, site, pages)
    for problem in problems:
        print(f"site_check.py: {problem}", file=sys.stderr)
    print(f"{len(pages)} pages looked at, {len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())

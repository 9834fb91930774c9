#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The documents as a site, with the C header (Doxygen, Breathe) and the Python package (Sphinx).
set -euo pipefail
cd "$(dirname "$0")/.."

usage() {
    cat <<'END'
usage: scripts/docs.sh [--check]

Builds the site into build/site; its first page is build/site/index.html. Needs build/release/libmemspike.so, which it builds, for what the Python
package says of itself.

  --check   then looks at every page in Chromium, as wide as a desk's screen and as a phone's: no dead link, nothing that sticks out

examples:
  scripts/docs.sh && xdg-open build/site/index.html
  scripts/docs.sh --check
END
}
check=false
case "${1:-}" in
    "") ;;
    --check) check=true ;;
    -h | --help) usage; exit 0 ;;
    *) echo "docs.sh: $1: expected --check or nothing" >&2; exit 2 ;;
esac

scripts/setup.sh --for docs
scripts/build.sh release libmemspike
work=build/site.work
rm -rf "$work" build/site
mkdir -p "$work/pages" "$work/doxygen"
echo "making the site (log: build/site.log) ..."
cp docs/*.md docs/site/* "$work/pages/"
cp -r docs/pictures "$work/pages/"
cp CONTRIBUTING.md CHANGELOG.md "$work/pages/"
cp rtl/README.md "$work/pages/rtl.md"
scripts/site_pages.py "$work/pages"
{
    # Comments are plain ones, so that the header reads well by itself; Doxygen is shown them as its own.
    cat <<END
PROJECT_NAME = memspike
INPUT = $PWD/include/memspike/memspike.h
INPUT_FILTER = "sed -E 's|^( *)/\*( [^-])|\1/**\2|; s|(;\|,) +/\* |\1 /**< |'"
OUTPUT_DIRECTORY = $PWD/$work/doxygen
GENERATE_XML = YES
GENERATE_HTML = NO
GENERATE_LATEX = NO
OPTIMIZE_OUTPUT_FOR_C = YES
EXTRACT_ALL = YES
QUIET = YES
MACRO_EXPANSION = YES
EXPAND_ONLY_PREDEF = YES
PREDEFINED = MEMSPIKE_API=
JAVADOC_AUTOBRIEF = YES
TYPEDEF_HIDES_STRUCT = YES
MARKDOWN_SUPPORT = NO
END
} >"$work/Doxyfile"
if ! { doxygen "$work/Doxyfile" &&
    MEMSPIKE_SOURCE=$PWD MEMSPIKE_DOXYGEN=$PWD/$work/doxygen/xml PYTHONPATH=$PWD/python \
        /usr/bin/python3 -B -m sphinx -q -b html "$work/pages" build/site; } >build/site.log 2>&1; then
    tail -n 20 build/site.log >&2
    echo "docs.sh: the site was not made; the whole log is build/site.log" >&2
    exit 1
fi
grep -E 'WARNING|ERROR' build/site.log >&2 || true
echo "build/site/index.html"
if $check; then
    scripts/site_check.py build/site
fi

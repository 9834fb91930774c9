# SPDX-License-Identifier: Apache-2.0
"""The documents as a site, with the C header and the Python package: scripts/docs.sh builds it. The pages are the documents themselves, copied beside
this file's own; links to files of the sources become links to where they are kept, or plain words."""
import os
import pathlib
import re

ROOT = pathlib.Path(os.environ["MEMSPIKE_SOURCE"])
project = "memspike"
author = copyright = "the memspike authors"
version = release = re.search(r"project\(memspike VERSION (\S+)", (ROOT / "CMakeLists.txt").read_text(encoding="utf-8")).group(1)
extensions = ["myst_parser", "breathe", "sphinx.ext.autodoc"]
breathe_projects = {"memspike": os.environ["MEMSPIKE_DOXYGEN"]}
breathe_default_project = "memspike"
breathe_domain_by_extension = {"h": "c"}
myst_heading_anchors = 4
source_suffix = {".md": "markdown"}
exclude_patterns = ["verification", "systems"]
html_theme = "sphinx_rtd_theme"
html_static_path = ["site.css"]
html_css_files = ["site.css"]
html_show_sourcelink = False
html_copy_source = False
autodoc_member_order = "bysource"
autodoc_typehints = "description"
suppress_warnings = ["myst.header"]
nitpicky = False

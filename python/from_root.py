# SPDX-License-Identifier: Apache-2.0
"""Build the package from the project's root: what setuptools does, in this folder."""
import os

from setuptools.build_meta import *  # noqa: F401,F403  all hooks that it has

os.chdir(os.path.dirname(os.path.abspath(__file__)))

# SPDX-License-Identifier: Apache-2.0
"""What scripts/report.py is made of: a sweep is read (sweep), put into words (words), drawn (plots) and set on a page (page)."""

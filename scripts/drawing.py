# SPDX-License-Identifier: Apache-2.0
"""What the scripts that draw share: Matplotlib without the settings of its user, colours, and files that are whole."""
import logging
import os
import sys

# Whatever the user's settings of matplotlib are, the bytes are the same.
os.environ.pop("MPLBACKEND", None)
logging.getLogger("matplotlib").setLevel(logging.ERROR)
try:
    import matplotlib  # noqa: F401  what others take from here
    from matplotlib.figure import Figure  # noqa: F401
    from matplotlib.ticker import EngFormatter, NullFormatter  # noqa: F401
except ImportError as missing:
    sys.exit(f"memspike: python3 cannot load matplotlib ({missing}); expected the package python3-matplotlib")

# Okabe and Ito's colours, told apart with every kind of colour vision, without the yellow, which paper swallows; marker
# and line tell them apart again.
STYLES = [("#0072B2", "o", "-"), ("#D55E00", "s", "--"), ("#009E73", "^", "-."), ("#CC79A7", "D", ":"),
          ("#E69F00", "v", (0, (5, 1))), ("#56B4E9", "P", (0, (3, 1, 1, 1, 1, 1))), ("#000000", "X", (0, (1, 1)))]


def write_whole(path, text):
    """Under another name first, so that nobody finds half a file."""
    part = path.with_name(path.name + ".part")
    try:
        part.write_text(text, encoding="utf-8")
        os.replace(part, path)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from None
    finally:
        part.unlink(missing_ok=True)

# SPDX-License-Identifier: Apache-2.0
"""memspike: a memristor crossbar, the spiking hardware around it, and networks that run on them.

    import memspike
    crossbar = memspike.Crossbar("paper", array="100x1", engine="rtl", read_noise=0.05)
    crossbar.write(weights)                  # (outputs, inputs), by predict-write-verify
    spikes = crossbar.run(values)            # (samples, inputs) from 0 to 1, to spike counts (samples, outputs)
    network = memspike.Network.fit(X, y)     # any features, and classes
    network.predict(X, "memristor")

NumPy in and out; float64 arrays for weights and resistances and float32 ones for samples are not copied. Long calls take progress=True or a
function of (what, done, total), and end with Ctrl-C. See docs/python.md."""
from ._library import VERSION as __version__
from ._library import Error, Interrupted, Invalid
from .crossbar import Crossbar, Engine
from .device import Device
from .network import Corpus, Deployment, Network
from .settings import Settings, arrays, engines, settings

__all__ = ["Corpus", "Crossbar", "Deployment", "Device", "Engine", "Error", "Interrupted", "Invalid", "Network", "Settings", "arrays",
           "engines", "settings", "__version__"]

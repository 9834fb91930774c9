#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The netlist of an unpacked bitstream, its ports declared in the old way: Verilator takes the new one only once a name.
#   scripts/fpga/netlist.sh FOLDER MODULE PACKAGE
set -euo pipefail
cd "$1"
icebox_vlog -n "$2" -s -c -d "$3" -p pins.pcf unpacked.asc >raw.v
python3 - "$2" <<'PYTHON'
import re, sys
text = open("raw.v", encoding="ascii").read()
head = re.search(r"module %s \((.*?)\);\n" % sys.argv[1], text, re.S)
ports = [port.strip() for port in head.group(1).split(", ")]
names = [re.sub(r"^(input|output)\s*(\[[^]]*\])?\s*", "", port) for port in ports]
declared = "".join(f"{port} ;\n" for port in ports)
text = text.replace(head.group(0), f"module {sys.argv[1]} ({' , '.join(names)} );\n{declared}")
open("netlist.v", "w", encoding="ascii").write(text)
PYTHON

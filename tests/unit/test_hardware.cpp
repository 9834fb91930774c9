// SPDX-License-Identifier: Apache-2.0
/* What follows from a set's parameters, in C (model/hardware/hardware.c) and in the RTL (rtl/memspike_widths.sv,
 * which Icarus Verilog computes). */
#include "support/files.h"

#include "model/hardware/hardware.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>
#include <string>
#include <vector>

namespace
{

std::vector<struct hardware> sets()
{
    std::vector<struct hardware> found;
    for (const struct hardware *each = hardware_list(); each->name != nullptr; each++) {
        found.push_back(*each);
    }
    for (const uint32_t lanes :
         {1, 2, 3, 7, 8, 10, 16, 25, 31, 32, 33, 50, 64, 100, 127, 128, 129, 200, 899}) {
        for (const uint32_t tiles : {1, 2, 5, 8, 25}) {
            for (const uint32_t phases : {1, 2, 3, 8, 10, 16, 17}) {
                if (lanes % tiles == 0) {
                    const struct hardware_parameters parameters = {
                        .inputs = lanes * phases,
                        .lanes = lanes,
                        .outputs = 1 + lanes % 3,
                        .tiles = tiles,
                        .differential = phases % 2 == 0,
                        .clocks_per_us = 1,
                    };
                    found.push_back(hardware_make("one of its own", &parameters));
                }
            }
        }
    }
    return found;
}

TEST(Hardware, WidthsAreThoseOfTheRtl)
{
    const support::TemporaryFolder folder;
    const std::string bench = folder / "bench.sv", program = folder / "bench";
    std::string expected = std::to_string(CODE_FRACTION) + "\n";
    std::ofstream source(bench);
    source << "module bench;\n  initial begin\n    $display(\"%0d\", memspike_widths::CODE_FRAC);\n";
    for (const struct hardware &each : sets()) {
        const std::string lanes = std::to_string(each.lanes), tiles = std::to_string(each.tiles),
                          phases = std::to_string(each.phases),
                          code = "memspike_widths::code_width(" + lanes + ", " + tiles + ")",
                          columns = "memspike_widths::columns(" + phases + ", " +
                                    std::to_string(each.outputs) + ", " + std::to_string(each.sides - 1) +
                                    ")";
        const std::string set = lanes + " lanes, " + phases + " phases, " + tiles + " tiles, " +
                                std::to_string(each.outputs) + " outputs: ";
        source << "    $display(\"" << set << "%0d %0d %0d %0d %0d\", memspike_widths::tile_code_width("
               << lanes << ", " << tiles << "), " << code << ", memspike_widths::membrane_width(" << code
               << ", " << phases << "), " << columns << ", 1 << memspike_widths::index_width(" << lanes
               << "));\n";
        expected += set + std::to_string(each.tile_code_bits) + " " + std::to_string(each.code_bits) + " " +
                    std::to_string(each.membrane_bits) + " " + std::to_string(each.columns) + " " +
                    std::to_string(each.row_stride) + "\n";
    }
    source << "  end\nendmodule\n";
    source.close();
    const std::string command = "iverilog -g2012 -o " + program +
                                " " MEMSPIKE_SOURCE_DIR "/rtl/memspike_widths.sv " + bench +
                                " 2>&1 && vvp -n " + program + " 2>&1";
    FILE *pipe = popen(command.c_str(), "r"); // NOLINT(cert-env33-c): the folder is our own
    ASSERT_NE(pipe, nullptr);
    std::string found;
    for (int letter = std::fgetc(pipe); letter != EOF; letter = std::fgetc(pipe)) {
        found += static_cast<char>(letter);
    }
    EXPECT_EQ(pclose(pipe), 0);
    EXPECT_EQ(found, expected);
}

} // namespace

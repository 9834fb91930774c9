// SPDX-License-Identifier: Apache-2.0
// One Verilated model behind the C interface. Compiled once for each set of hardware parameters, with
//   MODEL         the Verilated class, MODEL_HEADER its header
//   MODEL_OPENER  the name of the function that makes an instance
//   MODEL_CODES_TO_REGISTERS  where code_i leads into registers and nowhere else
// and with what lower_clock.h takes
#include "model/chip/verilated_dut.h"

#include MODEL_HEADER

#include "model/chip/lower_clock.h"

namespace
{

using Instance = verilated_dut::Instance<MODEL>;

/* A netlist that holds mutants has an input that chooses one. */
template <typename Model> auto choose_mutant(Model &top, int) -> decltype(top.mutant = 0, void())
{
    const char *mutant = std::getenv("MEMSPIKE_MUTANT");
    top.mutant = mutant != nullptr ? static_cast<uint16_t>(std::atoi(mutant)) : 0;
}
template <typename Model> void choose_mutant(Model & /*top*/, long)
{
}

void clock(struct dut *dut)
{
    Instance *instance = Instance::of(dut);
    instance->set_inputs();
    verilated_dut::lower_clock(*instance->top);
    instance->observe();
    instance->top->clk_i = 1;
    instance->top->eval();
    instance->get_outputs();
}

#if defined MODEL_RISE && defined MODEL_CODES_TO_REGISTERS && !VM_COVERAGE
#define SENSE_CLOCK
// Verilator's flags of what has risen are an array in older versions.
template <typename Flags> auto set_first(Flags &flags, int) -> decltype(flags.at(0) = true, void())
{
    flags.at(0) = true;
}
template <typename Flags> auto set_first(Flags &flags, long) -> decltype(flags.set(0, true), void())
{
    flags.set(0, true);
}

// Codes go into registers and nowhere else, so when they alone change there is nothing to settle before the
// clock rises: of an evaluation only that is left.
void sense_clock(struct dut *dut)
{
    Instance *instance = Instance::of(dut);
    auto &root = *instance->top->rootp;
    instance->set_codes(root);
    set_first(root.__VnbaTriggered, 0);
    MODEL_RISE(&root);
    instance->get_sense_outputs(root);
}
#endif

void close(struct dut *dut)
{
    Instance *instance = Instance::of(dut);
    instance->end();
    delete instance;
}

#ifndef SENSE_CLOCK
constexpr auto sense_clock = clock;
#endif
const struct dut_model model = {clock,   sense_clock,        Instance::settle, close,          nullptr,
                                nullptr, Instance::membrane, Instance::spike,  Instance::count};

} // namespace

extern "C" MODULE_EXPORT struct dut *MODEL_OPENER(const struct hardware *hardware);

struct dut *MODEL_OPENER(const struct hardware *hardware)
{
    auto *instance = new Instance(hardware, &model);
    instance->top = std::make_unique<MODEL>(instance->context.get());
    choose_mutant(*instance->top, 0);
    return &instance->dut;
}

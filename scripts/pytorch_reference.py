#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Inference of the same spiking network as a batched PyTorch program: what one would run without memspike, to be timed
beside it. Floating point, no hardware in it: Poisson spikes, weighted sum, integrate-and-fire with reset by subtraction.
Needs Debian's python3-torch.

    scripts/pytorch_reference.py --reviews 2000

prints the seconds that 25,000 reviews would take in the fastest of several batch sizes.
"""
import argparse
import time

import torch

THRESHOLD_PER_INPUT = 0.5
BATCH_SIZES = (100, 250, 500)


def count_spikes(rates, weights, steps):
    """rates (reviews, inputs) and weights (inputs), all in [0, 1] -> spikes of the output neuron (reviews)."""
    threshold = THRESHOLD_PER_INPUT * weights.numel()
    draws = torch.rand(rates.shape[0], steps, rates.shape[1])
    currents = torch.matmul((draws < rates.unsqueeze(1)).to(torch.float32), weights)
    membrane = torch.zeros(rates.shape[0])
    spikes = torch.zeros(rates.shape[0])
    counts = torch.zeros(rates.shape[0])
    for current in currents.unbind(1):
        membrane += current - threshold * spikes
        spikes = (membrane > threshold).to(torch.float32)
        counts += spikes
    return counts


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--reviews", type=int, default=2000)
    parser.add_argument("--inputs", type=int, default=100)
    parser.add_argument("--steps", type=int, default=1000)
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(1)
    rates = torch.rand(arguments.reviews, arguments.inputs)
    weights = torch.rand(arguments.inputs)
    fastest = float("inf")
    for batch in BATCH_SIZES:
        started = time.perf_counter()
        for first in range(0, arguments.reviews, batch):
            count_spikes(rates[first:first + batch], weights, arguments.steps)
        fastest = min(fastest, time.perf_counter() - started)
    print(f"{fastest * 25000 / arguments.reviews:.2f} s per 25,000 reviews x {arguments.steps} steps")


if __name__ == "__main__":
    main()

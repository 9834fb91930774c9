# SPDX-License-Identifier: Apache-2.0
"""16. Training."""
import math

import numpy as np

from .arrays import fixed_resistance
from .crossbar import Crossbar
from .devices import Device
from .files import Model, Network
from .host import Settings, Writing, answer_of, pair_of
from .random_numbers import ORDER, SPLIT, VECTORS, WEIGHTS, Stream, unit
from .spikes import mean_vector, rates_of


class Training:
    """Epochs in software."""

    def __init__(self, corpus, seed, size, fraction, gain, rate, outputs=1, has_sign=False):
        self.corpus, self.seed, self.gain, self.outputs = corpus, seed, gain, outputs
        self.rate, self.lowest = np.float32(rate), np.float32(-1 if has_sign else 0)
        self.boundary = 0.5 * fraction * size
        middle = 2 * self.boundary / size
        low, high = (2 * middle - 1, 1.0) if has_sign else (0.125, 0.875)
        numbers = Stream(seed, WEIGHTS)
        drawn = [max(low + (high - low) * unit(numbers.next()), float(self.lowest)) for _ in range(outputs * size)]
        self.weights = np.array(drawn).astype(np.float32).reshape(outputs, size)
        vocabulary = len(corpus.words)
        if corpus.vectors is not None:
            self.vectors = corpus.vectors.copy()
        else:
            numbers = Stream(seed, VECTORS)
            drawn = [0.4 + 0.2 * unit(numbers.next()) for _ in range(vocabulary * size)]
            self.vectors = np.array(drawn).astype(np.float32).reshape(vocabulary, size)
        self.squares = [np.zeros_like(self.weights), np.zeros_like(self.vectors)]
        self.epochs_done, self.results = 0, []
        self.split = list(range(len(corpus.training)))
        Stream(seed, SPLIT).shuffle(self.split)

    def outputs_of(self, x):
        """Added up one after the other, in double precision."""
        return np.add.accumulate(self.weights.astype(np.float64) * x.astype(np.float64), axis=1)[:, -1].tolist()

    def label(self, review):
        return Model.STARS.index(review.stars) if self.outputs > 1 else review.positive

    def loss_of(self, logits, label):
        loss, errors = 0.0, []
        for o, logit in enumerate(logits):
            wanted = label != 0 if self.outputs == 1 else label == o
            errors.append(1 / (1 + math.exp(-logit)) - wanted)
            s = logit if wanted else -logit
            loss += math.log1p(math.exp(-s)) if s > 0 else -s + math.log1p(math.exp(s))
        return loss, errors

    def answer(self, y):
        return int(y[0] > self.boundary) if self.outputs == 1 else y.index(max(y))

    def adagrad(self, values, squares, direction, scale, lowest):
        gradient = np.float32(scale) * direction
        squares += gradient * gradient
        values -= self.rate * gradient / (np.sqrt(squares) + np.float32(1e-8))
        np.clip(values, lowest, np.float32(1), out=values)

    def learn_words(self, review, errors, before):
        direction, gradient = before[0], errors[0]
        if self.outputs > 1:
            terms = np.array(errors)[:, None] * before.astype(np.float64)
            direction, gradient = np.add.accumulate(terms, axis=0)[-1].astype(np.float32), 1.0
        occurrences = {}
        for word in review.ids.tolist():
            occurrences[word] = occurrences.get(word, 0) + 1
        words = np.array(list(occurrences))
        scale = np.array([gradient * count / len(review.ids) for count in occurrences.values()]).astype(np.float32)
        values, squares = self.vectors[words], self.squares[1][words]
        self.adagrad(values, squares, direction[None, :], scale[:, None], np.float32(0))
        self.vectors[words], self.squares[1][words] = values, squares

    def learn_weights(self, directions, errors):
        for o in range(self.outputs):
            self.adagrad(self.weights[o], self.squares[0][o], directions[o], errors[o], self.lowest)

    def judge(self, review, number):
        """Loss, errors, and whether the answer is right."""
        y = self.outputs_of(mean_vector(self.vectors, review.ids))
        return *self.loss_of([self.gain * (value - self.boundary) for value in y], self.label(review)), self.answer(y) == self.label(review)

    def learn(self, review, number):
        loss, errors, right = self.judge(review, number)
        before = self.weights.copy()
        self.learn_weights([mean_vector(self.vectors, review.ids)] * self.outputs, errors)
        self.learn_words(review, errors, before)
        return loss, right

    def epoch(self):
        training, learning = self.corpus.training, len(self.split) - self.corpus.validating
        order = self.split[:learning]
        Stream(self.seed, ORDER, self.epochs_done).shuffle(order)
        first, validated = 2**31 + self.epochs_done * self.corpus.validating, self.split[learning:]
        seen = [self.learn(training[place], 2**30 + self.epochs_done * learning + n) for n, place in enumerate(order)]
        judged = [self.judge(training[place], first + i) for i, place in enumerate(validated)]
        result = []
        for part in (seen, judged):
            loss = 0.0
            for value, *_ in part:
                loss += value
            result += [loss / len(part), sum(right for *_, right in part) / len(part)]
        self.results.append(result)
        self.epochs_done += 1
        if min(range(self.epochs_done), key=lambda e: self.results[e][2]) == self.epochs_done - 1:
            self.keep_best()

    def keep_best(self):
        self.best = Network(self.weights.copy(), self.vectors.copy())


class OnlineTraining(Training):
    """Approach 2: the counts come from the hardware, and the weights go back to it."""

    def __init__(self, corpus, seed, array, device_file, preset, ideal, outputs=1, **overrides):
        preset = {**preset, **overrides}
        fraction = preset["threshold"]["approach2"]
        super().__init__(corpus, seed, array.inputs, fraction, preset["gain"]["approach2"], preset["learning_rate"], outputs, array.sides == 2)
        self.array, self.ideal, self.update, self.readout = array, ideal, preset["update"], preset["readout"]
        self.approach, self.task, self.boundary_share = 2, int(outputs > 1), 0.5 * fraction
        self.settings = Settings(preset, array, self)
        self.settings.early = False
        device = Device(device_file, 2, self.settings.guard)
        self.settings.set_thresholds(array, device, self)
        self.crossbar = Crossbar(array, device, seed, self.settings.noise, self.settings.adc_bits, self.settings.adc_full_scale,
                                 self.settings.stuck)
        self.synapses = [(o, i, array.device(i, o)) for o in range(outputs) for i in range(array.inputs)]
        self.measured = np.zeros(array.devices, np.float32)
        self.clocks = self.pulses = self.writings = self.write_clocks = 0
        if ideal:
            self.place_ideally()
            return
        for _, _, number in self.synapses:
            for side in range(array.sides):
                self.measure(number + side * array.lanes, self.crossbar.read(number + side * array.lanes))
        if preset["start"] == "fresh":
            self.take_measured()
            self.crossbar.prepare()
        else:
            self.write()

    def measure(self, number, reading):
        self.measured[number] = min(1.0, max(0.0, self.crossbar.device.weight(reading / 256)))

    def measured_weight(self, number):
        return self.measured[number] - (self.measured[number + self.array.lanes] if self.array.sides == 2 else np.float32(0))

    def take_measured(self):
        for o, i, number in self.synapses:
            self.weights[o, i] = self.measured_weight(number)

    def place_ideally(self):
        device = self.crossbar.device
        resistances = [device.resistance(0.0)] * self.array.devices
        for o, i, number in self.synapses:
            weight = float(self.weights[o, i])
            pair = pair_of(weight) if self.array.sides == 2 else (weight,)
            for side, share in enumerate(pair):
                resistances[number + side * self.array.lanes] = device.resistance(share)
        self.crossbar.place(resistances)
        self.crossbar.prepare()

    def write(self):
        targets = [0] * self.array.devices
        for o, i, number in self.synapses:
            if self.array.sides == 1:
                targets[number] = self.target(float(self.weights[o, i]))
                continue
            step = float(self.weights[o, i] - self.measured_weight(number))
            up, down = (number, number + self.array.lanes) if step > 0 else (number + self.array.lanes, number)
            high, low, size = float(self.measured[up]), float(self.measured[down]), abs(step)
            lowered = min(size, max(low - 0.1, 0.0))
            raised = min(size - lowered, 1 - high)
            further = min(size - lowered - raised, low - lowered)
            targets[up] = self.target(high + raised) if raised > 0 else 0
            targets[down] = self.target(low - lowered - further) if lowered + further > 0 else 0
        writing = Writing(self.crossbar, self.settings, targets)
        for number, reading in writing.readings.items():
            self.measure(number, reading)
        self.pulses, self.writings, self.write_clocks = self.pulses + len(writing.pulses), self.writings + 1, self.write_clocks + writing.clock
        if self.update != "accumulate":
            self.take_measured()
        self.crossbar.prepare()

    def target(self, weight):
        return fixed_resistance(self.crossbar.device.resistance(weight))

    def fire(self, review, number):
        self.result = self.crossbar.review(rates_of(mean_vector(self.vectors, review.ids)), number, self.settings)
        self.clocks += self.result.clocks
        return self.result

    def judge(self, review, number):
        result, settings = self.fire(review, number), self.settings
        logits = []
        for o in range(self.outputs):
            spikes, membrane = result.counts[o], result.history[-1][o]
            if self.readout == "membrane":
                spikes = spikes - int(membrane > settings.threshold) + (membrane - settings.membrane_start) / settings.threshold
            logits.append(0.5 * self.array.inputs * self.gain * (spikes / settings.steps - 0.5))
        loss, errors = self.loss_of(logits, self.label(review))
        return loss, errors, answer_of(result.counts, self, settings.steps) == self.label(review)

    def learn(self, review, number):
        loss, errors, right = self.judge(review, number)
        before = self.weights.copy()
        directions, shares = [mean_vector(self.vectors, review.ids)] * self.outputs, [1.0] * self.outputs
        if self.update == "surrogate":
            steps, history = np.float32(self.settings.steps), np.array(self.result.history)
            active = (history > 0) & (history < 2 * self.settings.threshold)
            directions = [self.result.spikes[active[:, o]].sum(axis=0).astype(np.float32) / steps for o in range(self.outputs)]
            shares = [float(np.float32(active[:, o].sum()) / steps) for o in range(self.outputs)]
        self.learn_weights(directions, errors)
        self.learn_words(review, [error * share for error, share in zip(errors, shares)], before)
        self.place_ideally() if self.ideal else self.write()
        return loss, right

    def keep_best(self):
        super().keep_best()
        self.best_resistances = list(self.crossbar.resistances)

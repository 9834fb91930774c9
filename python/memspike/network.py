# SPDX-License-Identifier: Apache-2.0
"""Corpora, networks, and networks on hardware."""
from __future__ import annotations

import json
import os
from typing import Any, Dict, List, Optional, Sequence, Tuple, Union

import numpy as np

from ._library import Handle, Invalid, Listener, Progress, array, call, dtype_of, ffi, lib, make, path_of, plain, pointer
from .device import Device, device_of
from .settings import Settings, SettingValue, arrays, settings_of

_PLACEMENTS = {"ann": "SOFTWARE", "snn": "IDEAL", "memristor": "MEMRISTORS"}
# What only says how something is run.
_NOT_KEPT = ("engine", "threads", "check", "port", "timeout")
AnyDevice = Union[str, os.PathLike, Device]


class Corpus(Handle):
    """Labelled texts: made by build() or load()."""

    def __init__(self, *_: object):
        raise TypeError("Corpus: expected Corpus.build() or Corpus.load(path)")

    @classmethod
    def _of(cls, made: Any) -> Corpus:
        corpus = cls.__new__(cls)
        corpus._own(made, lib.memspike_corpus_free)
        return corpus

    @classmethod
    def build(cls, data: Union[None, str, os.PathLike] = None, vectors: Union[None, str, os.PathLike] = None, pairs: bool = False, *,
              progress: Progress = None) -> Corpus:
        """Read reviews.

        data: a folder with aclImdb/ or its archive, and perhaps word vectors; None for the built-in demo corpus. vectors: a file of
        word vectors, or "none"; None looks for one in the folder. pairs: two words in a row are a word, too. Raises Invalid for what
        holds no reviews."""
        names = [ffi.NULL if name is None else ffi.new("char[]", path_of(name)) for name in (data, vectors)]
        return cls._of(make("corpus", lib.memspike_corpus_build, *names, pairs, Listener(progress)))

    @classmethod
    def load(cls, path: Union[str, os.PathLike]) -> Corpus:
        """Read a corpus file (.msc)."""
        return cls._of(make("corpus", lib.memspike_corpus_load, path_of(path)))

    def save(self, path: Union[str, os.PathLike]) -> None:
        """Write a corpus file (.msc)."""
        with self._gate:
            call(lib.memspike_corpus_save, self, path_of(path))

    @property
    def about(self) -> Dict[str, Any]:
        """kind ("imdb", "demo", or what other reviews are called), how many reviews are for training, validation (among these) and
        test, and vocabulary."""
        with self._gate:
            return plain(lib.memspike_corpus_describe(self.pointer))

    def __repr__(self) -> str:
        about = self.about
        return f"<memspike.Corpus {about['kind']}, {about['training']} training and {about['test']} test reviews>"


def _suitable(features: int, classes: int) -> Dict[str, str]:
    """Where features of any sign of weight go, unless something else is asked for: the first array with pairs that is large enough."""
    outputs = 1 if classes == 2 else 8
    for found in arrays():
        if found["pairs"] and found["outputs"] >= outputs and found["inputs"] >= features:
            return {"preset": "signed" if classes == 2 else "rating", "array": found["name"]}
    return {}


class Network(Handle):
    """A trained linear layer, of texts or of features, and, for approach 2, the memristors that training left: made by train(), fit() or load().

    settings: those it was trained with, which it is tested with unless others are given. A model file does not have them all: a network of
    texts that was loaded has its seed and otherwise the paper's, one of features has all of its own. `classes_`: the labels of a network of
    features, sorted."""
    settings: Settings
    classes_: np.ndarray
    _low: Optional[np.ndarray] = None  # of each feature, and how far it goes
    _span: Optional[np.ndarray] = None

    def __init__(self, *_: object):
        raise TypeError("Network: expected Network.train(corpus), Network.fit(X, y) or Network.load(path)")

    @classmethod
    def _of(cls, made: Any) -> Network:
        network = cls.__new__(cls)
        network._own(made, lib.memspike_network_free)
        network.about = plain(lib.memspike_network_describe(made))
        network.classes_ = np.arange(network.about["classes"])
        network._kept = None
        return network

    about: Dict[str, Any]
    """inputs, outputs, classes, features (0 for a network of texts), approach, epochs, best_epoch, seed."""

    @classmethod
    def train(cls, corpus: Corpus, approach: int = 1, device: AnyDevice = "paper", settings: Optional[Settings] = None, *,
              progress: Progress = None, **changes: SettingValue) -> Network:
        """Train on the reviews of a corpus: approach 1 in software, approach 2 on the hardware, in memristors of this device."""
        chosen = settings_of(settings, changes)
        with corpus._gate:
            network = cls._of(make("network", lib.memspike_network_train, corpus, chosen, device_of(device),
                                   approach, Listener(progress)))
        network.settings = chosen
        return network

    @classmethod
    def fit(cls, X: Any, y: Any, approach: int = 1, device: AnyDevice = "paper", settings: Optional[Settings] = None, *,
            validation: Union[float, int] = 0.3, scale: bool = True, progress: Progress = None, **changes: SettingValue) -> Network:
        """Train on features: X (samples, features), y (samples) of 2 to 8 classes, which may be any labels.

        validation: the share, or number, of the samples that tell which epoch is the best, chosen by the seed. scale: bring each feature
        to 0 to 1, the smallest and largest that it has in X, now and in predict(), where what lies beyond is cut off; without it they
        must lie there. Without a preset and an array, those are taken that have pairs of devices, for weights of both signs: "signed"
        on 100x1d for 2 classes, "rating" on 100x8d for more.

        Raises Invalid for too many features or classes for the array, or values outside of 0 to 1."""
        labels, numbers = np.unique(np.asarray(y), return_inverse=True)
        given = np.asarray(X)
        if given.ndim != 2 or len(given) != len(numbers):
            raise Invalid(f"X: shape {given.shape}, y: shape {np.shape(y)}; expected (samples, features) and (samples)")
        low = span = None
        if scale and len(given):
            low = given.min(axis=0).astype(float)
            span = given.max(axis=0) - low
        values = _scaled(given, low, span)
        if settings is None and not {"preset", "array"} & changes.keys():
            changes = {**_suitable(values.shape[1], len(labels)), **changes}
        chosen = settings_of(settings, changes)
        held_back = int(validation) if validation >= 1 else round(validation * len(values))
        codes = np.ascontiguousarray(numbers.ravel(), np.int32)
        samples = ffi.new("memspike_samples *", (pointer(values), pointer(codes), len(values), values.shape[1], len(labels), held_back))
        network = cls._of(make("network", lib.memspike_network_fit, samples, chosen, device_of(device), approach,
                               Listener(progress)))
        network.settings, network.classes_, network._low, network._span = chosen, labels, low, span
        network._remember()
        return network

    def _remember(self) -> None:
        """What the library does not know of a network of features goes into its remark, and with it into the model file."""
        standard = Settings()
        remark: Dict[str, Any] = {"classes": self.classes_.tolist(),
                  "settings": [{name: value for name, value in self.settings.of(approach).items()
                                if name not in _NOT_KEPT and value != standard.of(approach)[name]} for approach in (1, 2)]}
        if self._low is not None and self._span is not None:
            remark["scale"] = {"low": self._low.tolist(), "span": self._span.tolist()}
        call(lib.memspike_network_set_remark, self, json.dumps(remark).encode())

    @classmethod
    def load(cls, path: Union[str, os.PathLike]) -> Network:
        """Read a model file (.msm). Classes, scaling and settings of a network of features come with it."""
        network = cls._of(make("network", lib.memspike_network_load, path_of(path)))
        remark = ffi.string(lib.memspike_network_remark(network.pointer)).decode()
        known = json.loads(remark) if remark.startswith("{") else {}
        approach = network.about["approach"]
        network.settings = Settings(**{"seed": network.about["seed"], **known.get("settings", [{}, {}])[approach - 1]})
        network.classes_ = np.array(known["classes"]) if "classes" in known else network.classes_
        if "scale" in known:
            network._low, network._span = (np.array(known["scale"][name]) for name in ("low", "span"))
        return network

    def save(self, path: Union[str, os.PathLike]) -> None:
        """Write a model file (.msm), the same that the command reads and writes. Classes, scaling and settings of a network of features
        are in it, too: the library keeps them with the network as a remark."""
        with self._gate:
            call(lib.memspike_network_save, self, path_of(path))

    @property
    def weights(self) -> np.ndarray:
        """Of the best epoch, (outputs, inputs) of float32."""
        found = np.empty((self.about["outputs"], self.about["inputs"]), np.float32)
        with self._gate:
            lib.memspike_network_get_weights(self.pointer, pointer(found))
        return found

    @property
    def epochs(self) -> List[Dict[str, Any]]:
        """For each epoch its training_loss, training_accuracy (each sample before its update), validation_loss, validation_accuracy."""
        found = []
        result = ffi.new("memspike_epoch *")
        with self._gate:
            for epoch in range(1, self.about["epochs"] + 1):
                lib.memspike_network_get_epoch(self.pointer, epoch, result)
                found.append({"epoch": epoch, **plain(result[0])})
        return found

    def deploy(self, network: str = "memristor", device: AnyDevice = "paper", settings: Optional[Settings] = None,
               **changes: SettingValue) -> Deployment:
        """Put it on hardware: "memristor" writes the weights into the devices (of approach 2: as training left them), "snn" places them
        as they are, "ann" is the network in software."""
        return Deployment(self, network, device, settings, **changes)

    def _deployed(self, network: str, device: AnyDevice, changes: Dict[str, Any]) -> Deployment:
        """The last one, if it is the same."""
        chosen = settings_of(self.settings, changes)
        wanted = (network, device if isinstance(device, Device) else os.fspath(device), chosen.of(1), chosen.of(2))
        if self._kept is None or self._kept[0] != wanted:
            self._kept = (wanted, Deployment(self, network, device, chosen))
        return self._kept[1]

    _kept: Optional[Tuple[Any, Deployment]]

    def predict(self, X: Any, network: str = "memristor", device: AnyDevice = "paper", *, progress: Progress = None,
                **changes: SettingValue) -> np.ndarray:
        """The class of each sample of features, X (samples, features): labels as y had them, (samples). See deploy(); what was written
        is kept, and asked again as long as everything else is the same."""
        return self._deployed(network, device, changes).predict(X, progress=progress)

    def score(self, X: Any, y: Any, network: str = "memristor", device: AnyDevice = "paper", *, progress: Progress = None,
              **changes: SettingValue) -> float:
        """The share of samples that predict() gets right."""
        return float(np.mean(self.predict(X, network, device, progress=progress, **changes) == np.asarray(y)))

    def classify(self, texts: Union[str, Sequence[str]], network: str = "memristor", device: AnyDevice = "paper", *,
                 progress: Progress = None, **changes: SettingValue) -> Any:
        """The class of each text: 0 negative, 1 positive, or 0 to 7 by rising stars; -1 for one without a word of the vocabulary. An
        array of int32, or for one text a number."""
        return self._deployed(network, device, changes).classify(texts, progress=progress)

    def test(self, corpus: Corpus, network: str = "memristor", device: AnyDevice = "paper", limit: int = 0, *, reviews: bool = False,
             progress: Progress = None, **changes: SettingValue) -> Dict[str, Any]:
        """Deployment.test() of a new deployment."""
        with Deployment(self, network, device, settings_of(self.settings, changes)) as deployment:
            return deployment.test(corpus, limit, reviews=reviews, progress=progress)

    def __repr__(self) -> str:
        about = self.about
        of = f"{about['features']} features" if about["features"] else "texts"
        return f"<memspike.Network of {of}, {about['classes']} classes, approach {about['approach']}>"


def _scaled(values: Any, low: Optional[np.ndarray], span: Optional[np.ndarray]) -> np.ndarray:
    """Features as the hardware takes them."""
    if low is None or span is None:
        return array(values, np.float32, (-1, -1), "X")
    given = array(values, float, (-1, len(low)), "X")
    return np.clip((given - low) / np.where(span > 0, span, 1), 0, 1).astype(np.float32)


class Deployment(Handle):
    """A network on the hardware, or in software, ready to answer. Settings are the network's, unless others are given. It does without the
    network that it was made from."""
    _many = False

    def __init__(self, network: Network, placement: str = "memristor", device: AnyDevice = "paper", settings: Optional[Settings] = None,
                 **changes: SettingValue):
        if placement not in _PLACEMENTS:
            raise Invalid(f"network: {placement!r}; expected one of {', '.join(_PLACEMENTS)}")
        self.settings = settings_of(settings if settings is not None else network.settings, changes)
        self.about, self.classes_ = network.about, network.classes_
        self._low, self._span = network._low, network._span
        with network._gate:
            made = make("deployment", lib.memspike_deploy, network, self.settings, device_of(device),
                        getattr(lib, "MEMSPIKE_" + _PLACEMENTS[placement]))
        self._own(made, lib.memspike_deployment_free)

    @property
    def report(self) -> Dict[str, Any]:
        """How the weights were written: weight_error_mean, _std and _max (written - wanted), and the engine's statistics so far."""
        with self._gate:
            found = plain(lib.memspike_deployment_report(self.pointer))
        return {**found.pop("statistics"), **found}

    def _answers(self, function: Any, questions: Any, count: int, progress: Progress, spikes: bool) -> Any:
        answers = np.zeros(count, np.int32)
        counts = np.zeros((count, self.about["outputs"]), np.uint16)
        with self._gate:
            call(function, self, questions, count, pointer(answers), pointer(counts), Listener(progress))
        return (answers, counts) if spikes else answers

    def predict(self, X: Any, *, spikes: bool = False, progress: Progress = None) -> Any:
        """The class of each sample, X (samples, features): labels, (samples). With spikes=True also the spike counts that said so,
        (samples, outputs) of uint16, 0 in software. Samples are numbered from 0, which chooses their random numbers."""
        values = _scaled(X, self._low, self._span)
        if values.shape[1] != self.about["features"] and self.about["features"]:
            raise Invalid(f"X: {values.shape[1]} features; expected {self.about['features']}")
        answers, counts = self._answers(lib.memspike_predict, pointer(values), len(values), progress, True)
        return (self.classes_[answers], counts) if spikes else self.classes_[answers]

    def classify(self, texts: Union[str, Sequence[str]], *, spikes: bool = False, progress: Progress = None) -> Any:
        """The class of each text, as Network.classify(). With spikes=True also the spike counts, (texts, outputs)."""
        single = isinstance(texts, str)
        lines: Sequence[str] = [texts] if isinstance(texts, str) else texts
        strings = [ffi.new("char[]", line.encode()) for line in lines]
        found = self._answers(lib.memspike_classify, ffi.new("char *[]", strings), len(strings), progress, spikes)
        if single:
            return (int(found[0][0]), found[1][0]) if spikes else int(found[0])
        return found

    def test(self, corpus: Corpus, limit: int = 0, *, reviews: bool = False, progress: Progress = None) -> Dict[str, Any]:
        """Test on the test reviews of the corpus that it was trained on: `limit` of them, spread evenly, or all.

        The result has accuracy (0 to 1), reviews, confusion (a list of how often each label got each answer), firing_rate_mean,
        sample_clocks, transfer_clocks, and what `report` has. With reviews=True "every_review" is a dict of arrays, as pandas.DataFrame takes it: number,
        seed (of the encoder), label, answer, and the spikes of each output."""
        count = limit if limit else corpus.about["test"]
        result = ffi.new("memspike_result *")
        tested = ffi.new("memspike_tested[]", count if reviews else 0)
        with self._gate, corpus._gate:
            call(lib.memspike_test, self, corpus, limit, result, tested if reviews else ffi.NULL, Listener(progress))
        classes = self.about["classes"]
        found = {**self.report, **plain(result[0])}
        found["confusion"] = [row[:classes] for row in found["confusion"][:classes]]
        if reviews:
            rows = np.frombuffer(ffi.buffer(tested), dtype_of("memspike_tested"))
            found["every_review"] = {name: rows[name].copy() for name in ("number", "seed", "label", "answer")}
            found["every_review"].update({f"spikes_{output}": rows["spikes"][:, output].copy() for output in range(self.about["outputs"])})
        return found

    def __repr__(self) -> str:
        return f"<memspike.Deployment on {self.settings['array']}, {self.settings['engine']}>"

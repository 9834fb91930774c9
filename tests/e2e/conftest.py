# SPDX-License-Identifier: Apache-2.0
"""Options and data of the end-to-end tests: what takes a while is made once, and each test runs in a folder of its own.

    python3 -m pytest tests/e2e                                all of them, on build/release/memspike
    python3 -m pytest tests/e2e/test_command.py -k classify    some
    python3 -m pytest tests/e2e --memspike build/debug/memspike -m 'not release_only'    with sanitizers
"""
import os
import pathlib
import shutil
import stat
import tempfile

import pytest

pytest.register_assert_rewrite("support")
import support  # noqa: E402  the line above has to come first

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
# Neither settings of who runs the tests, nor of a launcher around them, reach the command.
NOT_OURS = ("MEMSPIKE_", "OMPI_", "PMI_", "PMIX_", "SLURM_", "XDG_", "MPLCONFIGDIR", "MPLBACKEND")


def pytest_addoption(parser):
    parser.addoption("--memspike", metavar="PATH", help="the command (default: build/release/memspike)")
    parser.addoption("--netlist-reviews", metavar="N", type=int,
                     help="of test_fpga_netlist.py: write the weights first, and run so many reviews (default: 3, not written)")
    parser.addoption("--source", metavar="FOLDER", default=str(ROOT), help="the source folder (default: that of these tests)")


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config):
    config.addinivalue_line("markers", "release_only: minutes long under sanitizers, which see the same code run in the other tests; "
                                       "ctest has the label for whole files")
    # All folders of a run lie in one that is removed at its end; --basetemp keeps them.
    if not config.option.basetemp:
        config.memspike_folder = tempfile.mkdtemp(prefix="memspike-e2e-")
        config.option.basetemp = os.path.join(config.memspike_folder, "tests")


def pytest_unconfigure(config):
    folder = getattr(config, "memspike_folder", None)
    if folder:
        for path, _, _ in os.walk(folder):
            os.chmod(path, stat.S_IRWXU)
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session", name="memspike")
def fixture_memspike(pytestconfig, source):
    path = pathlib.Path(pytestconfig.getoption("--memspike") or source / "build" / "release" / "memspike").resolve()
    if not os.access(path, os.X_OK):
        pytest.fail(f"{path}: no command to test; expected scripts/build.sh before, or --memspike PATH")
    return path


@pytest.fixture(scope="session", name="source")
def fixture_source(pytestconfig):
    return pathlib.Path(pytestconfig.getoption("--source")).resolve()


@pytest.fixture(scope="session", name="real_data")
def fixture_real_data(environment):
    """The folder with the real reviews; without it the test is skipped."""
    if not environment["MEMSPIKE_DATA"]:
        pytest.skip("MEMSPIKE_DATA is not set")
    return environment["MEMSPIKE_DATA"]


@pytest.fixture(scope="session", autouse=True, name="environment")
def fixture_environment(tmp_path_factory):
    """A home of the tests' own: a browser, Matplotlib and others leave caches and settings there. What was set before is returned."""
    before = {"MEMSPIKE_DATA": os.environ.get("MEMSPIKE_DATA", "")}
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if name.startswith(NOT_OURS):
                patch.delenv(name)
        patch.setenv("HOME", str(home))
        for name, folder in (("XDG_CACHE_HOME", ".cache"), ("XDG_CONFIG_HOME", ".config"), ("XDG_DATA_HOME", ".local/share"),
                             ("XDG_STATE_HOME", ".local/state")):
            (home / folder).mkdir(parents=True)
            patch.setenv(name, str(home / folder))
        yield before


@pytest.fixture(scope="session", name="folder")
def fixture_folder(memspike, tmp_path_factory):
    """A further folder by its name, for what several tests share."""
    return lambda name: support.Here(memspike, tmp_path_factory.mktemp(name))


@pytest.fixture(name="here")
def fixture_here(memspike, tmp_path, monkeypatch):
    """The test's own folder."""
    monkeypatch.chdir(tmp_path)
    return support.Here(memspike, tmp_path)


# ---- data: each made once, by who asks first ----
@pytest.fixture(scope="session", name="made")
def fixture_made(folder):
    return folder("made")


@pytest.fixture(scope="session", name="corpus")
def fixture_corpus(made):
    """The demo corpus; what was said of it is in corpus.json beside it."""
    made.run("prepare -o corpus.msc --json corpus.json")
    return made / "corpus.msc"


@pytest.fixture(scope="session", name="bigrams")
def fixture_bigrams(made):
    """The demo corpus with pairs of words, and bigrams.json."""
    made.run("prepare --bigrams -o bigrams.msc --json bigrams.json")
    return made / "bigrams.msc"


@pytest.fixture(scope="session", name="model")
def fixture_model(made, corpus):
    """Trained by approach 1 with all its defaults, and model.json."""
    made.run("train -o model.msm --json model.json --corpus", corpus)
    return made / "model.msm"


@pytest.fixture(scope="session", name="signed")
def fixture_signed(made, bigrams):
    """Weights with a sign, for pairs of devices."""
    made.run("train --array 100x1d --preset signed --epochs 2 -o signed.msm --corpus", bigrams)
    return made / "signed.msm"


@pytest.fixture(scope="session", name="stars")
def fixture_stars(made, corpus):
    """A neuron for each number of stars."""
    made.run("train --array 100x8d --task rating --preset rating -o stars.msm --corpus", corpus)
    return made / "stars.msm"


@pytest.fixture(name="trained")
def fixture_trained(here, corpus, model):
    """The test's own folder, with corpus.msc and model.msm in it."""
    here.take(corpus, model)
    return here

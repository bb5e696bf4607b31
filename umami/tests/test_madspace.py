"""MadSpace calls the library: values, and cross sections with MadSpace's own phase space.

OMNIS_UMAMI_LIBRARY is the library, OMNIS_PROGRAM the program `omnis` that integrates the same
processes with its own phase space.
"""

import json
import os
import shutil
import subprocess
from pathlib import Path

import madspace as ms
import numpy as np
import pytest

LIBRARY = os.environ["OMNIS_UMAMI_LIBRARY"]
PROGRAM = os.environ["OMNIS_PROGRAM"]

ROOT = Path(__file__).resolve().parents[2]
ME = ms.MatrixElement
# GeV^-2 in pb.
PB = 3.893793721718594e8


class Provider:
    """The process of a card, loaded by MadSpace."""

    def __init__(self, folder, card, threads=2):
        copy = folder / "libprocess.so"
        shutil.copy(LIBRARY, copy)
        (folder / "process.toml").write_text(card)
        self.context = ms.Context(threads)
        self.api = self.context.load_matrix_element(str(copy), "")

    def function(self, inputs, outputs=(ME.matrix_element_out,)):
        """A function of arrays, in MadSpace's compute graph."""
        node = ME(self.api, list(inputs), list(outputs))
        return ms.FunctionRuntime(node.function(), self.context)


def omnis_integral(folder, card, accuracy):
    path = folder / "integrate.toml"
    path.write_text(card)
    command = [PROGRAM, "integrate", str(path), "--accuracy", str(accuracy), "--json", "-q"]
    answer = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    return answer["xsec_pb"], answer["xsec_err_pb"]


def points(masses, energy, n, seed=1):
    mapping = ms.PhaseSpaceMapping(masses, energy, leptonic=True)
    random = np.random.default_rng(seed).random((n, mapping.random_dim()))
    found = mapping.map_forward([random])
    return np.ascontiguousarray(found.momenta), np.asarray(found.det)


def test_values_are_those_of_the_program(tmp_path):
    line = "g g > t t~ g"
    provider = Provider(tmp_path, f'process.generate = ["{line}"]\n')
    assert (provider.api.particle_count(), provider.api.helicity_count()) == (5, 32)
    momenta, _ = points([0, 0, 173, 173, 0], 1000.0, 500)
    found = provider.function([ME.momenta_in])(momenta)
    path = tmp_path / "momenta.json"
    path.write_text(json.dumps(momenta.tolist()))
    command = [PROGRAM, "evaluate", line, "--momenta", str(path), "--tchannel-width", "off"]
    answer = json.loads(subprocess.run([*command, "--json"], check=True, capture_output=True).stdout)
    expected = [point["me2"] for point in answer["points"]]
    np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_helicities_and_flows_are_drawn(tmp_path):
    provider = Provider(tmp_path, 'process.generate = ["g g > t t~"]\n')
    momenta, _ = points([0, 0, 173, 173], 1000.0, 2000)
    random = np.random.default_rng(3).random((2, len(momenta)))
    drawn = provider.function(
        [ME.momenta_in, ME.random_color_in, ME.random_helicity_in],
        [ME.matrix_element_out, ME.color_index_out, ME.helicity_index_out],
    )
    values, colour, helicity = drawn(momenta, random[0], random[1])
    assert set(np.unique(colour)) == {0, 1}
    assert np.min(helicity) >= 0 and np.max(helicity) < 16
    plain = provider.function([ME.momenta_in])(momenta)
    np.testing.assert_array_equal(values, plain)


def test_outputs_that_are_not_supported_are_errors(tmp_path):
    provider = Provider(tmp_path, 'process.generate = ["g g > t t~"]\n')
    momenta, _ = points([0, 0, 173, 173], 1000.0, 10)
    with pytest.raises(Exception):
        provider.function([ME.momenta_in], [ME.diagram_amp2_out])(momenta)


FIXED = {
    "e+ e- > mu+ mu-": dict(
        beams=["e+", "e-"], energy=200.0, masses=[0, 0, 0, 0], cuts="", count=400_000
    ),
    "g g > t t~": dict(
        beams=["g", "g"], energy=1000.0, masses=[0, 0, 173, 173], cuts="", count=400_000
    ),
    "g g > t t~ g": dict(
        beams=["g", "g"],
        energy=1000.0,
        masses=[0, 0, 173, 173, 0],
        cuts="pt(g) > 50",
        count=1_000_000,
    ),
}


@pytest.mark.parametrize("line", FIXED)
def test_cross_sections_agree_with_those_of_omnis(tmp_path, line):
    """Points, Jacobian and sum by MadSpace, |M|^2 by omnis; and all of it by omnis."""
    given = FIXED[line]
    half = given["energy"] / 2
    card = (
        f'process.generate = ["{line}"]\n'
        f"beams = {{ particles = {json.dumps(given['beams'])}, energies = [{half}, {half}] }}\n"
        "scales.alpha_s = 0.118\n"
        "model.set = { MT = 173.0 }\n"
    )
    if given["cuts"]:
        card += f'cuts.require = ["{given["cuts"]}"]\n'
    provider = Provider(tmp_path, card)
    n = given["count"]
    momenta, det = points(given["masses"], given["energy"], n, seed=11)
    alpha_s = np.full(n, 0.118)
    values = provider.function([ME.momenta_in, ME.alpha_s_in])(momenta, alpha_s)
    passed = np.ones(n, bool)
    if given["cuts"]:
        passed = np.hypot(momenta[:, 4, 1], momenta[:, 4, 2]) > 50
    # The flux of massless beams; MadSpace's Jacobian has the factors of 2 pi.
    weights = np.where(passed, values * det, 0.0) * PB / (2 * given["energy"] ** 2)
    mean, error = weights.mean(), weights.std() / np.sqrt(n)
    expected, expected_error = omnis_integral(tmp_path, card, 0.001)
    pull = (mean - expected) / np.hypot(error, expected_error)
    print(
        f"{line}: MadSpace {mean:.6g} +- {error:.2g} pb, omnis {expected:.6g} +- "
        f"{expected_error:.2g} pb, difference {100 * (mean / expected - 1):+.3f} %, pull {pull:+.2f}"
    )
    assert error < 0.005 * mean and expected_error < 0.002 * expected
    assert abs(pull) < 3 and abs(mean / expected - 1) < 0.01


def test_flavours_and_threads(tmp_path):
    """Every flavour by its index, whatever the number of threads."""
    provider = Provider(tmp_path, 'process.generate = ["p p > e+ e- j"]\n', threads=4)
    momenta, _ = points([0] * 5, 300.0, 20_000)
    call = provider.function([ME.momenta_in, ME.flavor_in])
    whole = []
    for index in range(3):
        flavour = np.full(len(momenta), index, dtype=np.int32)
        whole.append(call(momenta, flavour))
    mixed = np.arange(len(momenta), dtype=np.int32) % 3
    found = call(momenta, mixed)
    for index in range(3):
        np.testing.assert_array_equal(found[mixed == index], whole[index][mixed == index])


def test_the_guide_is_run(tmp_path, monkeypatch):
    page = (ROOT / "docs/src/user/umami.md").read_text()
    block = lambda language: page.split(f"```{language}\n")[1].split("```")[0]
    (tmp_path / "ttg.toml").write_text(block("toml"))
    shutil.copy(LIBRARY, tmp_path / "libttg.so")
    monkeypatch.chdir(tmp_path)
    names = {}
    exec(block("python"), names)
    values = names["values"]
    assert values.shape == (1000,) and np.all(values > 0)

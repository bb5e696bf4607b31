"""MadSpace calls the library: values, and cross sections with MadSpace's own phase space.

OMNIS_UMAMI_LIBRARY is the library, OMNIS_PROGRAM the program `omnis` that integrates the same
processes with its own phase space.
"""

import gzip
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


CHUNK = 500_000
# Process line, beams, energies, masses, a cut on the last leg, number of points.
INTEGRALS = {
    "e+ e- > mu+ mu-": (["e+", "e-"], 200.0, [0, 0, 0, 0], 0, 2_000_000),
    "g g > t t~": (["g", "g"], 1000.0, [0, 0, 173, 173], 0, 4_000_000),
    "g g > t t~ g": (["g", "g"], 1000.0, [0, 0, 173, 173, 0], 50, 4_000_000),
    "p p > t t~": (["p", "p"], 13000.0, [0, 0, 173, 173], 0, 4_000_000),
}


def parton_densities(folder, context):
    """The set that omnis has built in, and a strong coupling of 0.118 at every scale."""
    name = "NNPDF23_lo_as_0130_qed"
    data = ROOT / "data/pdf" / name
    grid = folder / f"{name}_0000.dat"
    grid.write_bytes(gzip.decompress((data / f"{name}_0000.dat.gz").read_bytes()))
    coupling = folder / "alpha_s.info"
    values = [1.0, 10.0, 100.0, 1000.0, 100000.0]
    coupling.write_text(f"AlphaS_Qs: {values}\nAlphaS_Vals: {[0.118] * len(values)}\n")
    pdf, alpha_s = ms.PdfGrid(str(grid)), ms.AlphaSGrid(str(coupling))
    pdf.initialize_globals(context)
    alpha_s.initialize_globals(context)
    return pdf, ms.RunningCoupling(alpha_s)


def flavours_of(line):
    """Numbers of the incoming particles of each flavour, and how often it counts."""
    command = [PROGRAM, "process", line, "--json"]
    answer = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    names = {"g": 21, "d": 1, "u": 2, "s": 3, "c": 4, "b": 5, "e-": 11, "mu-": 13}
    number = lambda name: names[name] if name in names else -names[name.translate(ANTI)]
    found = []
    for element in answer["matrix_elements"]:
        for flavour in element["subprocesses"]:
            incoming = flavour["name"].split(">")[0].split()
            found.append(([number(x) for x in incoming], 2 if flavour["mirrored"] else 1))
    return found


ANTI = str.maketrans({"~": None, "+": "-"})


@pytest.mark.parametrize("line", INTEGRALS)
def test_cross_sections_agree_with_those_of_omnis(tmp_path, line):
    """Points, Jacobian, flux, densities and sum by MadSpace, |M|^2 by omnis; and all of it by
    omnis. Exchanged beams give the same to a total cross section."""
    beams, energy, masses, pt_min, n = INTEGRALS[line]
    card = (
        f'process.generate = ["{line}"]\n'
        f"beams = {{ particles = {json.dumps(beams)}, energies = [{energy / 2}, {energy / 2}] }}\n"
        "scales = { mu_r = 173.0, mu_f = 173.0, alpha_s = 0.118 }\n"
        "model.set = { MT = 173.0 }\n"
    )
    if pt_min:
        card += f'cuts.require = ["pt(g) > {pt_min}"]\n'
    provider = Provider(tmp_path, card)
    pdf, coupling = parton_densities(tmp_path, provider.context)
    flavours = flavours_of(line)
    is_hadronic = beams[0] == "p"
    node = ME(provider.api, [ME.momenta_in, ME.alpha_s_in, ME.flavor_in], [ME.matrix_element_out])
    densities = [[numbers for numbers, _ in flavours], pdf, pdf] if is_hadronic else []
    scale = ms.EnergyScale(len(masses), 173.0)
    cross_section = ms.DifferentialCrossSection(node, energy, coupling, scale, *densities)
    function = cross_section.function()
    runtime = ms.FunctionRuntime(function, provider.context)
    mapping = ms.PhaseSpaceMapping(masses, energy, leptonic=not is_hadronic)
    random = np.random.default_rng(11)
    first, second = 0.0, 0.0
    for _ in range(n // CHUNK):
        found = mapping.map_forward([random.random((CHUNK, mapping.random_dim()))])
        momenta = np.ascontiguousarray(found.momenta)
        weights = np.zeros(CHUNK)
        for index, (_, factor) in enumerate(flavours):
            inputs = {
                "momenta": momenta,
                "flavor": np.full(CHUNK, index, dtype=np.int32),
                "pdf_id": np.full(CHUNK, index if is_hadronic else 0, dtype=np.int32),
                "x1": np.broadcast_to(found.x1, CHUNK).copy(),
                "x2": np.broadcast_to(found.x2, CHUNK).copy(),
            }
            weights += factor * runtime(*[inputs[key] for key in function.inputs.keys()])
        weights *= found.det
        weights[np.hypot(momenta[:, -1, 1], momenta[:, -1, 2]) <= pt_min] = 0.0
        first, second = first + weights.sum(), second + (weights**2).sum()
    mean = first / n
    error = np.sqrt((second / n - mean**2) / n)
    expected, expected_error = omnis_integral(tmp_path, card, 0.0005)
    pull = (mean - expected) / np.hypot(error, expected_error)
    print(
        f"{line}: MadSpace {mean:.6g} +- {error:.2g} pb, omnis {expected:.6g} +- "
        f"{expected_error:.2g} pb, difference {100 * (mean / expected - 1):+.3f} %, pull {pull:+.2f}"
    )
    assert error < 0.003 * mean and expected_error < 0.001 * expected
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

"""Matrix elements and parton densities against other programs, and event files by hand:
every row and column stands where it should."""

import json
from pathlib import Path

import numpy as np
import pytest

import omnis

GOLDEN = Path(__file__).parents[2] / "tests" / "golden"


@pytest.fixture(scope="module")
def processes():
    text = (GOLDEN / "matrix_elements.json").read_text()
    return {p["process"]: p for p in json.loads(text)["processes"]}


def lines(tags):
    """Which legs a flow joins: pairs of legs with the same colour."""
    where = {}
    for leg, pair in enumerate(tags):
        for end, tag in enumerate(pair):
            if tag:
                where.setdefault(tag, []).append((leg, end))
    return sorted(map(tuple, where.values()))


@pytest.mark.parametrize("process", [
    "u d~ > e+ ve", "u d > u d", "g g > t t~", "u u~ > g g", "g g > t t~ g",
    "e+ e- > ve ve~ mu+ mu-", "u u~ > e+ e- g",
])
def test_matrix_elements_are_those_of_madgraph(processes, process):
    golden = processes[process]
    points = golden["points"]
    assert "hel" in points[0] and "jamp2" in points[0]
    # More points than a block has, in any memory order.
    repeats = 1 + 600 // len(points)
    p = np.tile([q["p"] for q in points], (repeats, 1, 1))
    tolerance = max(1e-9, *(10 * q["rel_rot"] for q in points))

    def column(key):
        return np.tile([q[key] for q in points], repeats)

    element = omnis.MatrixElement(process, t_channel_width=True)
    assert element.pdg == golden["pdg"]
    assert np.allclose(element.me2(p), column("me2"), rtol=tolerance)
    assert np.allclose(element.me2(np.asfortranarray(p)), column("me2"), rtol=tolerance)
    without = omnis.MatrixElement(process)
    assert np.allclose(without.me2(p), column("me2_t0"), rtol=tolerance)

    by_helicity = element.me2_by_helicity(p)
    rows = {tuple(h): k for k, h in enumerate(element.helicities.tolist())}
    for k, q in [(k, q) for k, q in enumerate(points) if "hel" in q]:
        expected = np.zeros(len(rows))
        for helicities, value in q["hel"]:
            expected[rows[tuple(helicities)]] = value
        limit = 1e-12 * expected.sum()
        assert np.allclose(by_helicity[k :: len(points)], expected, rtol=tolerance, atol=limit)

    by_flow = element.me2_by_flow(p)
    theirs = [lines(tags) for tags in golden["icolup"]]
    at = [theirs.index(lines(tags)) for tags in element.flows]
    for k, q in [(k, q) for k, q in enumerate(points) if "jamp2" in q]:
        expected = np.array(q["jamp2"])[at]
        limit = 1e-12 * expected.sum()
        assert np.allclose(by_flow[k :: len(points)], expected, rtol=tolerance, atol=limit)


def test_parton_densities_are_those_of_the_grid():
    golden = json.loads((GOLDEN / "nnpdf23_lo_xf.json").read_text())
    points = np.array(golden["points"])
    pdf = omnis.Pdf(golden["set"])
    for k, flavour in enumerate(golden["flavours"]):
        found = pdf.xf(flavour, points[:, 0].copy(), points[:, 1].copy())
        assert np.allclose(found, points[:, 2 + k], rtol=1e-10, atol=1e-14), flavour


FILE = """<LesHouchesEvents version="3.0">
<header>
<initrwgt>
<weightgroup name="g" combine="envelope">
<weight id="a"> first </weight>
<weight id="b"> second </weight>
</weightgroup>
</initrwgt>
</header>
<init>
2212 2212 6500 6500 0 0 0 0 -4 2
3.0 0.3 1 7
4.0 0.4 1 8
</init>
<event>
4 7 1.5 91 0.0078 0.118
2 -1 0 0 501 0 0 0 45.5 45.5 0 0 9
-2 -1 0 0 0 501 0 0 -45.5 45.5 0 0 9
13 1 1 2 0 0 20 30 27.5 45.4 0.1 0.25 -1
-13 1 1 2 0 0 -20 -30 -27.5 45.6 0.2 0.5 1
<scales muf="80" mur="30" mups="91" muf1="70" muf2="80"></scales>
<rwgt>
<wgt id="a"> 2.5 </wgt>
<wgt id="b"> 3.5 </wgt>
</rwgt>
</event>
<event>
3 8 -0.5 60 0.0079 0.12
21 -1 0 0 502 503 0 0 30 30 0 0 9
21 -1 0 0 503 502 0 0 -30 30 0 0 9
25 1 1 2 0 0 0 0 0 60 60 0 0
<rwgt>
<wgt id="a"> 4.5 </wgt>
<wgt id="b"> 5.5 </wgt>
</rwgt>
</event>
</LesHouchesEvents>
"""


@pytest.fixture
def events(tmp_path):
    (tmp_path / "by_hand.lhe").write_text(FILE)
    return omnis.read_events(tmp_path / "by_hand.lhe")


def test_columns_are_those_of_the_file(events):
    assert len(events) == 2 and (events.xsec_pb, events.weight_strategy) == (7.0, -4)
    assert events.xsec_err_pb == pytest.approx(0.5)
    assert events.offsets.tolist() == [0, 4, 7]
    assert events.weight.tolist() == [1.5, -0.5] and events.process_id.tolist() == [7, 8]
    assert events.scale.tolist() == [91, 60] and events.mu_r.tolist() == [30, 60]
    assert events.mu_f.tolist() == [[70, 80], [60, 60]]
    assert events.alpha_s.tolist() == [0.118, 0.12]
    assert events.alpha_em.tolist() == [0.0078, 0.0079]
    assert events.weight_ids == ["a", "b"]
    assert [text.strip() for text in events.weight_texts] == ["first", "second"]
    assert events.weights.tolist() == [[2.5, 3.5], [4.5, 5.5]]
    assert events.pdg.tolist() == [2, -2, 13, -13, 21, 21, 25]
    assert events.status.tolist() == [-1, -1, 1, 1, -1, -1, 1]
    assert events.mothers[2:5].tolist() == [[1, 2], [1, 2], [0, 0]]
    assert events.colours[[0, 1, 4]].tolist() == [[501, 0], [0, 501], [502, 503]]
    assert events.p[2].tolist() == [45.4, 20, 30, 27.5]
    assert events.mass.tolist() == [0, 0, 0.1, 0.2, 0, 0, 60]
    assert events.lifetime[2:4].tolist() == [0.25, 0.5]
    assert events.spin.tolist() == [9, 9, -1, 1, 9, 9, 0]
    assert events.momenta(status=-1)[1].tolist() == [[30, 0, 0, 30], [30, 0, 0, -30]]
    with pytest.raises(ValueError, match="found 2 of them in event 0 and 1 in event 1"):
        events.momenta()


def test_fields_of_awkward_records_are_the_columns(events):
    pytest.importorskip("awkward")
    array = events.to_awkward()
    second, muon = array[1].tolist(), array[0].particles[2].tolist()
    assert muon == {
        "pdg": 13, "status": 1, "mother1": 1, "mother2": 2, "colour": 0, "anticolour": 0,
        "E": 45.4, "px": 20, "py": 30, "pz": 27.5, "mass": 0.1, "lifetime": 0.25, "spin": -1,
    }
    assert [(g["colour"], g["anticolour"]) for g in second["particles"][:2]] == [(502, 503), (503, 502)]
    assert second["weights"] == {"a": 4.5, "b": 5.5} and array[0].mu_f.tolist() == [70, 80]
    keys = ["weight", "process_id", "scale", "mu_r", "alpha_s", "alpha_em"]
    assert [second[key] for key in keys] == [-0.5, 8, 60, 60, 0.12, 0.0079]

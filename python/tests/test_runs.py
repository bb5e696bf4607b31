"""Cards, events and phase space, against the laws they obey and one another."""

import math
import os
import subprocess

import numpy as np
import pytest

import omnis

CARD = {
    "process": {"generate": ["p p > e+ e-"]},
    "cuts": {"require": ["m(e+, e-) > 60"]},
    "run": {"seed": 3, "events": 500, "accuracy": 0.01},
}


@pytest.fixture(scope="module")
def result():
    return omnis.run(CARD)


def invariant(p):
    return p[..., 0] ** 2 - (p[..., 1:] ** 2).sum(axis=-1)


def test_cards_are_paths_texts_and_dictionaries(result, tmp_path):
    text = omnis.card_text(CARD)
    assert 'process.generate = ["p p > e+ e-"]' in text
    (tmp_path / "card.toml").write_text(text)
    for card in [text, str(tmp_path / "card.toml"), tmp_path / "card.toml"]:
        same = omnis.run(card, 0)
        assert same.events is None
        # Without events the grids adapt less: two numbers of one cross section.
        error = math.hypot(same.estimate.xsec_err_pb, result.estimate.xsec_err_pb)
        assert abs(same.estimate.xsec_pb - result.estimate.xsec_pb) < 5 * error
    with pytest.raises(TypeError, match="run.events"):
        omnis.card_text({"run": {"events": object()}})


def test_events_obey_cuts_and_kinematics(result):
    events = result.events
    assert len(events) == 500
    final, incoming = events.momenta(), events.momenta(status=-1)
    assert final.shape == (500, 2, 4) and incoming.shape == (500, 2, 4)
    assert np.allclose(final.sum(axis=1), incoming.sum(axis=1), rtol=1e-9, atol=1e-7)
    assert np.all(invariant(final.sum(axis=1)) > 60**2 * (1 - 1e-9))
    assert np.all(np.abs(invariant(final)) < 1e-6 * final[..., 0] ** 2)
    assert events.offsets[-1] == len(events.pdg) == len(events.p)
    assert set(events.pdg[events.status == 1]) == {-11, 11}
    assert events.weight.mean() == pytest.approx(result.estimate.xsec_pb, rel=1e-2)
    assert "p p > e+ e-" in events.header["OmnisCard"]


def test_events_have_their_matrix_elements():
    card = {
        "process": {"generate": ["g g > t t~"]},
        "scales": {"alpha_s": 0.13},
        "run": {"accuracy": 0.02},
    }
    events = omnis.run(card, 200).events
    legs = np.concatenate([events.momenta(-1), events.momenta()], axis=1)
    me2 = omnis.MatrixElement("g g > t t~").me2(legs, alpha_s=events.alpha_s)
    assert me2.shape == (200,) and np.all(me2 > 0)
    assert np.allclose(me2, omnis.MatrixElement("g g > t t~").me2(legs, alpha_s=0.13), rtol=1e-6)


def test_events_are_those_of_files_and_of_any_threads(result, tmp_path):
    path = tmp_path / "events.lhe.gz"
    assert result.run.generate(100, output=path) is None
    found = omnis.read_events(path)
    assert np.array_equal(found.p, result.events.p[: len(found.p)])
    one = omnis.run(CARD, threads=1)
    assert np.array_equal(one.events.p, result.events.p)
    later = result.run.generate(50, first=100)
    assert np.array_equal(later.p, result.events.p[result.events.offsets[100] :][: len(later.p)])
    other = result.run.generate(100, seed=4)
    assert not np.array_equal(other.p, found.p)
    assert omnis.run(CARD, 0, seed=4).estimate.xsec_pb != omnis.run(CARD, 0).estimate.xsec_pb


@pytest.mark.skipif("OMNIS_PROGRAM" not in os.environ, reason="OMNIS_PROGRAM names no program")
def test_events_are_those_of_the_program(tmp_path):
    (tmp_path / "card.toml").write_text(omnis.card_text(CARD))
    command = [os.environ["OMNIS_PROGRAM"], "generate", "card.toml", "-o", "program.lhe"]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    omnis.run(CARD, output=tmp_path / "python.lhe")
    # Headers have the version of the program.
    theirs, ours = [
        (tmp_path / name).read_bytes().partition(b"<event>")[2]
        for name in ["program.lhe", "python.lhe"]
    ]
    assert theirs == ours and len(ours) > 100_000


def test_estimates_have_parts(result):
    found = result.estimate
    names, parts, errors = zip(*found.subprocesses)
    assert sorted(names) == sorted(result.run.subprocesses) and len(names) > 3
    assert sum(parts) == pytest.approx(found.xsec_pb, rel=1e-9) and min(errors) > 0
    assert 0 < found.efficiency <= 1 and found.n_points > 1000 and found.n_non_finite == 0
    assert found.dof > 0 and found.chi2 < found.dof + 5 * math.sqrt(2 * found.dof)
    assert result.run.estimate_so_far.xsec_pb == found.xsec_pb


def test_gridpacks_make_the_same_events(result, tmp_path):
    path = tmp_path / "dy.omnis"
    result.run.write_gridpack(path)
    opened = omnis.Run.from_gridpack(path)
    assert opened.estimate_so_far.xsec_pb == result.estimate.xsec_pb
    assert np.array_equal(opened.generate(20).p, result.events.p[: result.events.offsets[20]])


def test_awkward_arrays_have_the_same_numbers(result):
    ak = pytest.importorskip("awkward")
    array = result.events.to_awkward()
    assert len(array) == 500
    final = array.particles[array.particles.status == 1]
    energy = ak.sum(final.E, axis=1)
    assert np.allclose(energy, result.events.momenta()[..., 0].sum(axis=1), rtol=1e-12)


def test_weights_have_names_and_columns():
    card = {**CARD, "weights": {"mu_f": [0.5, 1.0, 2.0]}, "run": {"accuracy": 0.02, "events": 50}}
    events = omnis.run(card).events
    assert events.weights.shape == (50, len(events.weight_ids)) and len(events.weight_ids) >= 2
    assert np.isfinite(events.weights).all()
    same = [np.allclose(column, events.weight) for column in events.weights.T]
    central = ["MUF=1.0" in text for text in events.weight_texts]
    assert same == central and sorted(same) == [False, False, True]


def test_integral_over_the_maps_is_the_cross_section(result):
    run, generator = result.run, np.random.default_rng(1)
    total, variance, n = 0.0, 0.0, 200_000
    for channel in range(run.n_channels):
        found = run.evaluate(channel, generator.random((n, run.n_dim(channel))))
        f = found["alpha"] * found["value"]
        total += f.mean()
        variance += f.var() / n
        assert found["momenta"].shape == (n, 4, 4)
        assert (found["alpha"] >= 0).all() and (found["alpha"] <= 1 + 1e-12).all()
        p = found["momenta"][found["value"] > 0]
        assert np.allclose(p[:, :2].sum(axis=1), p[:, 2:].sum(axis=1), rtol=1e-9, atol=1e-6)
        assert (invariant(p[:, 2:].sum(axis=1)) > 60**2 * (1 - 1e-9)).all()
    error = math.hypot(math.sqrt(variance), result.estimate.xsec_err_pb)
    assert abs(total - result.estimate.xsec_pb) < 4 * error
    assert error < 0.03 * total


def test_maps_have_inverses(result):
    run, generator = result.run, np.random.default_rng(2)
    for channel in range(run.n_channels):
        with pytest.raises(ValueError, match=r"u: found shape \[3, 1\], expected \(n, "):
            run.map(channel, np.zeros((3, 1)))
        n_dim = run.n_dim(channel)
        for n in (n_dim, n_dim - 1):
            try:
                u = generator.random((1000, n))
                momenta, x, det = run.map(channel, u)
            except ValueError:
                continue
            break
        exists = det > 0
        assert exists.mean() > 0.5
        # Momentum fractions, the first beam first, are those of the laboratory.
        rest = np.full((1000, run.n_dim(channel) - u.shape[1]), 0.25)
        lab = run.evaluate(channel, np.hstack([u, rest]))["momenta"]
        passes = lab[:, 0, 0] > 0
        assert passes.mean() > 0.3
        assert np.allclose(lab[passes, :2, 0], 6500 * x[passes], rtol=1e-9)
        again, density = run.inverse_map(channel, momenta[exists], x[exists])
        assert np.allclose(again, u[exists], atol=1e-7)
        assert np.allclose(density * det[exists], 1.0, rtol=1e-7)


def test_samplers_of_channels_are_densities(result):
    sampler = result.run.sampler(0)
    assert not np.array_equal(sampler.sample(10)[1], result.run.sampler(1).sample(10)[1])
    u, log_q = sampler.sample(1000)
    assert np.allclose(sampler.log_prob(u), log_q)
    flat = np.random.default_rng(3).random((200_000, sampler.n_dim))
    q = np.exp(sampler.log_prob(flat))
    assert abs(q.mean() - 1) < 5 * q.std() / math.sqrt(len(q))


def test_progress_is_told_and_may_stop():
    told = []
    card = {**CARD, "process": {"generate": ["p p > e+ e- j j"]}, "cuts": {"require": [
        "m(e+, e-) > 60", "pt(j) > 20", "dR(j, j) > 0.4"]}, "run": {"accuracy": 0.0005}}
    run = omnis.Run(omnis.card_text(card))

    def progress(status):
        told.append(status)
        raise RuntimeError("enough")

    with pytest.raises(RuntimeError, match="enough"):
        run.integrate(progress=progress)
    assert told[0]["n_points"] >= 0 and told[0]["stage"] in {"survey", "adapt", "integrate"}


def test_errors_name_what_is_wrong(tmp_path):
    with pytest.raises(omnis.OmnisError, match="did you mean 'events'"):
        omnis.run({**CARD, "run": {"evnts": 3}})
    with pytest.raises(omnis.OmnisError, match="infinite") as caught:
        omnis.run({"process": {"generate": ["p p > e+ e- j"]}}, 0)
    assert "pt(j)" in str(caught.value)
    with pytest.raises(omnis.OmnisError, match="nothing.lhe"):
        omnis.read_events(tmp_path / "nothing.lhe")
    with pytest.raises(omnis.OmnisError) as caught:
        omnis.read_events(tmp_path / "nothing.lhe")
    assert str(caught.value).count("No such file") == 1
    run = omnis.Run(omnis.card_text(CARD))
    for call, message in [
        (lambda: run.generate(-5), "n_events: found -5, expected a whole number from 0"),
        (lambda: run.integrate(-1), "n_events: found -1"),
        (lambda: run.generate(5, seed=-1), "seed: found -1"),
        (lambda: run.generate(5, first=2**64 - 1), "first: found 18446744073709551615"),
        (lambda: run.n_dim(-1), "channel: found -1, expected 0 to"),
        (lambda: omnis.run(CARD, 5, threads=-1), "threads: found -1"),
        (lambda: omnis.Run(omnis.card_text(CARD), threads=0), "threads: found 0"),
    ]:
        with pytest.raises(ValueError, match=message):
            call()
    with pytest.raises(ValueError, match="n_events: found 0"):
        omnis.Run(omnis.card_text(CARD)).generate(0)

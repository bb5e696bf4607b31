"""Matrix elements, parton densities, densities and integrals of functions."""

import math

import numpy as np
import pytest

import omnis


def two_to_two(n, energy, mass, seed=1):
    """Points a b > c d with massless a, b, shape (n, 4, 4)."""
    generator = np.random.default_rng(seed)
    cos, phi = generator.uniform(-0.9, 0.9, n), generator.uniform(0, 2 * np.pi, n)
    sin, e = np.sqrt(1 - cos**2), energy / 2
    q = math.sqrt(e * e - mass * mass)
    p = np.zeros((n, 4, 4))
    p[:, :2, 0], p[:, 0, 3], p[:, 1, 3] = e, e, -e
    p[:, 2:, 0] = e
    p[:, 2, 1:] = q * np.stack([sin * np.cos(phi), sin * np.sin(phi), cos], axis=1)
    p[:, 3, 1:] = -p[:, 2, 1:]
    return p


def test_me2_is_the_formula():
    # q qbar > t tbar: Ellis, Stirling, Webber, QCD and Collider Physics, eq. (10.4).
    element = omnis.MatrixElement("u u~ > t t~", set={"MT": 173.0})
    assert element.pdg == [2, -2, 6, -6] and element.n_incoming == 2
    m, p = element.masses[2], two_to_two(3000, 1000.0, 173.0)
    alpha_s = np.linspace(0.08, 0.13, 3000)
    s = 1000.0**2
    t = m * m - 2 * (p[:, 0, 0] * p[:, 2, 0] - (p[:, 0, 1:] * p[:, 2, 1:]).sum(axis=1))
    t1, u1 = (m * m - t) / s, (m * m - (2 * m * m - s - t)) / s
    rho = 4 * m * m / s
    expected = (4 * np.pi * alpha_s) ** 2 * 4 / 9 * (t1**2 + u1**2 + rho / 2)
    assert np.allclose(element.me2(p, alpha_s=alpha_s), expected, rtol=1e-10)


def test_parts_add_up():
    element = omnis.MatrixElement("g g > t t~")
    p = two_to_two(1500, 800.0, element.masses[2])
    me2 = element.me2(p)
    by_helicity = element.me2_by_helicity(p)
    assert by_helicity.shape == (1500, len(element.helicities))
    # 1 / (2 * 2 * 8 * 8): averages over spins and colours.
    assert np.allclose(by_helicity.sum(axis=1) / 256, me2, rtol=1e-10)
    assert element.me2_by_flow(p).shape == (1500, len(element.flows)) == (1500, 2)
    # Rows of an array that is not contiguous.
    assert np.array_equal(element.me2(p[::3]), me2[::3])


def test_the_coupling_is_one_number_or_one_for_each_point():
    element = omnis.MatrixElement("g g > t t~")
    p = two_to_two(7, 800.0, element.masses[2])
    one = element.me2(p, alpha_s=0.13)
    assert np.array_equal(one, element.me2(p, alpha_s=np.full(7, 0.13)))
    assert np.array_equal(one, element.me2(p.tolist(), alpha_s=[0.13] * 7))
    # Two powers of the coupling.
    assert np.allclose(element.me2(p, alpha_s=0.26), 4 * one, rtol=1e-12)
    with pytest.raises(ValueError, match=r"alpha_s: found shape \[3\], expected one number, or the"):
        element.me2(p, alpha_s=[0.1] * 3)


def test_momenta_are_checked():
    element = omnis.MatrixElement("e+ e- > mu+ mu-")
    p = two_to_two(5, 100.0, 0.0)
    with pytest.raises(ValueError, match=r"found shape \[5, 3, 4\], expected \(n, 4, 4\)"):
        element.me2(p[:, :3])
    with pytest.raises(ValueError, match=r"momenta: found shape \[3, 4\], expected \(n, 4, 4\)"):
        element.me2(np.zeros((3, 4)))
    p[3, 2, 0] *= 1.01
    with pytest.raises(ValueError, match=r"momenta\[3\]: found a sum of E that differs by"):
        element.me2(p)
    for parts in [element.me2_by_helicity, element.me2_by_flow]:
        with pytest.raises(ValueError, match=r"momenta\[3\]: found a sum of E that differs by"):
            parts(p)
    assert np.isfinite(element.me2(p, check=False)).all()
    # Conserved, with a mass.
    with pytest.raises(ValueError, match=r"momenta\[0\]: found a mass of 30.0+ GeV of leg 3"):
        element.me2(two_to_two(5, 100.0, 30.0))
    # Wherever the point lies among the blocks that are evaluated together.
    for k in [0, 2, 3, 990, 991, 992, 993, 2002]:
        for leg, mu, by, what in [(3, 3, np.nan, "a sum of pz"), (1, 1, 1e-3, "a sum of px")]:
            p = two_to_two(2003, 100.0, 0.0)
            p[k, leg, mu] += by
            with pytest.raises(ValueError, match=rf"momenta\[{k}\]: found {what} that differs"):
                element.me2(p)
        p = two_to_two(2003, 100.0, 0.0)
        p[k, 2:, 0] += [-1e-3, 1e-3]
        with pytest.raises(ValueError, match=rf"momenta\[{k}\]: found a mass of 0.3\d* GeV of leg 3"):
            element.me2(p)
    # On shell and conserved, but for the sign of an energy.
    x = np.sqrt(30.0)
    legs = [[5, 0, 0, 5], [5, 0, 0, -5], [-1, 0, 0, 1], [5.5, x, 0, -0.5], [5.5, -x, 0, -0.5]]
    with pytest.raises(ValueError, match=r"momenta\[0\]: found an energy of -1 GeV of leg 3"):
        omnis.MatrixElement("u u~ > g g g").me2([legs])
    with pytest.raises(omnis.OmnisError, match="'mv-'"):
        omnis.MatrixElement("e+ e- > mu+ mv-")
    with pytest.raises(omnis.OmnisError, match="MTT"):
        omnis.MatrixElement("g g > t t~", set={"MTT": 170.0})


def test_models_have_restrictions():
    assert omnis.MatrixElement("g g > b b~").masses[2] > 4
    assert omnis.MatrixElement("g g > b b~", restrict=["no_b_mass"]).masses[2] == 0


def test_parton_densities():
    pdf = omnis.Pdf()
    assert pdf.name in omnis.pdf_sets() and 21 in pdf.flavours
    x = np.geomspace(1e-6, 1.0, 20_001)
    q = np.full_like(x, 100.0)
    total = sum(np.trapezoid(pdf.xf(f, x, q), x) if hasattr(np, "trapezoid")
                else np.trapz(pdf.xf(f, x, q), x) for f in pdf.flavours)
    assert total == pytest.approx(1.0, abs=0.01)
    assert pdf.alpha_s(np.array([91.1876]))[0] == pytest.approx(0.13, abs=0.002)
    with pytest.raises(ValueError, match="x: found 2"):
        pdf.xf(21, np.array([2.0]), np.array([10.0]))
    with pytest.raises(omnis.OmnisError, match="NNPDF23_lo_as_0130_qed"):
        omnis.Pdf("NNPDF23_lo_as_0130")


def ridge(x):
    return np.exp(-((x[:, 0] - x[:, 1]) ** 2) / 2e-2) + 0 * x[:, 2]


RIDGE = math.sqrt(2e-2 * math.pi) * math.erf(1 / math.sqrt(2e-2)) - 2e-2 * (
    1 - math.exp(-1 / 2e-2)
)


@pytest.mark.parametrize("sampler", ["uniform", "vegas", "flow"])
def test_integrals_of_functions(sampler):
    integrator = omnis.Integrator([(0, 1)] * 3, sampler)
    found = integrator(ridge, accuracy=2e-3, n_events=5000)
    assert abs(found.mean - RIDGE) < 4 * found.sdev and found.sdev < 3e-3 * RIDGE
    assert found.n_points > 1000 and found.n_non_finite == 0
    x, weights = found.sample(4000)
    assert x.shape == (4000, 3) and weights.shape == (4000,)
    spread = np.average((x[:, 0] - x[:, 1]) ** 2, weights=weights)
    # A Gaussian of width 0.1 times 1 - d; four standard deviations of 4000 points.
    root = math.sqrt(math.pi / 2)
    assert spread == pytest.approx(1e-2 * (root - 0.2) / (root - 0.1), rel=0.09)
    assert found.dof > 0 and found.chi2 < found.dof + 5 * math.sqrt(2 * found.dof)
    other = integrator(ridge, accuracy=2e-3, n_events=5000, seed=2)
    assert other.mean != found.mean
    again, _ = found.sample(4000, seed=2)
    assert not np.array_equal(again, x) and np.array_equal(found.sample(4000)[0], x)
    if sampler == "flow":
        assert found.efficiency > 0.5


def test_boxes_have_a_volume():
    found = omnis.Integrator([(-1, 3), (2, 4)])(lambda x: x[:, 0] + x[:, 1] ** 2, 1e-3)
    assert abs(found.mean - (8 + 4 * 56 / 3)) < 4 * found.sdev
    x, weights = found.sample(5000)
    assert (x >= [-1, 2]).all() and (x <= [3, 4]).all()
    # The integrals of x^2 + x y^2 and of x y + y^3.
    expected = np.array([56 / 3 + 4 * 56 / 3, 24 + 4 * 60]) / (8 + 4 * 56 / 3)
    error = x.std(axis=0) / math.sqrt(len(x))
    assert (np.abs(np.average(x, axis=0, weights=weights) - expected) < 5 * error).all()


def test_signs_of_functions_are_those_of_weights():
    found = omnis.Integrator([(0, 1)])(lambda x: np.where(x[:, 0] < 0.25, -1.0, 1.0), 1e-3)
    x, weights = found.sample(2000)
    assert ((weights < 0) == (x[:, 0] < 0.25)).all() and (weights < 0).any()


def test_what_progress_raises_ends_the_work():
    told, n_points = [], 0

    def f(x):
        nonlocal n_points
        n_points += len(x)
        return x[:, 0]

    def progress(status):
        told.append(status)
        if len(told) == 2:
            raise RuntimeError("enough")

    with pytest.raises(RuntimeError, match="enough"):
        omnis.Integrator([(0, 1)] * 8)(f, 1e-9, max_points=200_000_000, progress=progress)
    assert len(told) == 2 and n_points < 100_000_000
    assert told[1]["n_points"] > 0 and told[1]["integral"] == pytest.approx(0.5, rel=0.05)
    assert 0 < told[1]["error"] < 0.05


def test_exceptions_of_functions_come_back():
    with pytest.raises(ZeroDivisionError):
        omnis.Integrator([(0, 1)])(lambda x: 1 / 0)
    with pytest.raises(ValueError, match="found 3 values, expected"):
        omnis.Integrator([(0, 1)])(lambda x: np.zeros(3))
    with pytest.raises(ValueError, match="sampler: found 'vega'"):
        omnis.Integrator([(0, 1)], "vega")(lambda x: x[:, 0])
    with pytest.raises(ValueError, match=r"limits: found \(1, 0\)"):
        omnis.Integrator([(1, 0)])(lambda x: x[:, 0])


def test_infinite_values_are_counted():
    found = omnis.Integrator([(0, 1)])(
        lambda x: np.where(x[:, 0] < 0.01, np.nan, 1.0), 1e-3, max_points=100_000
    )
    assert found.n_non_finite > 0 and abs(found.mean - 0.99) < 5 * found.sdev + 1e-3


def test_flows_learn_weights():
    x = np.random.default_rng(6).random((20_000, 2))
    flow = omnis.fit_flow(x, np.where(x[:, 0] < 0.5, 3.0, 1.0), epochs=4)
    u, _ = flow.sample(20_000)
    assert (u[:, 0] < 0.5).mean() == pytest.approx(0.75, abs=0.03)
    for other in [flow.sample(100, seed=2)[0], flow.sample(100, stream=1)[0]]:
        assert not np.array_equal(other, u[:100])
    short = omnis.fit_flow(x, epochs=1)
    assert not np.array_equal(short.log_prob(u), omnis.fit_flow(x, epochs=4).log_prob(u))


def test_flows_learn_points():
    generator = np.random.default_rng(5)
    a = generator.normal(0.5, 0.15, 40_000)
    x = np.stack([a, a + generator.normal(0, 0.03, a.size)], axis=1)
    x = x[((x > 0) & (x < 1)).all(axis=1)]
    flow = omnis.fit_flow(x)
    grid = generator.random((400_000, 2))
    q = np.exp(flow.log_prob(grid))
    assert abs(q.mean() - 1) < 5 * q.std() / math.sqrt(q.size)
    # The entropy of the two Gaussians, up to what the edges cut off and 0.05.
    entropy = 2 * 0.5 * math.log(2 * math.pi * math.e) + math.log(0.15 * 0.03)
    assert -flow.log_prob(x).mean() == pytest.approx(entropy, abs=0.05)
    drawn, log_q = flow.sample(20_000)
    assert np.allclose(flow.log_prob(drawn), log_q, atol=1e-5)
    # One point in a hundred is flat.
    mixed = 0.99 * np.cov(x.T) + 0.01 * np.eye(2) / 12
    expected = mixed[0, 1] / math.sqrt(mixed[0, 0] * mixed[1, 1])
    assert np.corrcoef(drawn.T)[0, 1] == pytest.approx(expected, abs=0.01)

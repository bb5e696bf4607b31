"""|M|^2 of e+ e- > e+ e- mu+ mu- by photons only: all 12 Feynman diagrams, 60 digits.

Prints two_photon.json without its totals. Dirac representation; spins along the z axis of the rest
frames, which is as good as any for a sum. Needs mpmath.
"""

import itertools
import json

from mpmath import cos, exp, mp, mpc, mpf, sin, sqrt

mp.dps = 60
M_E, M_MU = mpf(0.000511), mpf(0.10566)
I = mpc(0, 1)
GAMMA = [
    [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, -1, 0], [0, 0, 0, -1]],
    [[0, 0, 0, 1], [0, 0, 1, 0], [0, -1, 0, 0], [-1, 0, 0, 0]],
    [[0, 0, 0, -I], [0, 0, I, 0], [0, I, 0, 0], [-I, 0, 0, 0]],
    [[0, 0, 1, 0], [0, 0, 0, -1], [-1, 0, 0, 0], [0, 1, 0, 0]],
]
METRIC = [1, -1, -1, -1]


def times(matrix, v):
    return [sum(matrix[i][j] * v[j] for j in range(4)) for i in range(4)]


def dot(a, b):
    return sum(x * y for x, y in zip(a, b))


def minkowski(a, b):
    return sum(METRIC[m] * a[m] * b[m] for m in range(4))


def plus(a, b, sign=1):
    return [x + sign * y for x, y in zip(a, b)]


def slash(p):
    return [[sum(METRIC[m] * p[m] * GAMMA[m][i][j] for m in range(4)) for j in range(4)] for i in range(4)]


def spinor(p, m, spin, anti):
    n = sqrt(p[0] + m)
    x = [mpc(1 - spin), mpc(spin)]
    k = [p[3] * x[0] + (p[1] - I * p[2]) * x[1], (p[1] + I * p[2]) * x[0] - p[3] * x[1]]
    large, small = [n * x[0], n * x[1]], [k[0] / n, k[1] / n]
    return small + large if anti else large + small


def bar(w):
    return [w[0].conjugate(), w[1].conjugate(), -w[2].conjugate(), -w[3].conjugate()]


class Line:
    """A fermion line; `before` and `after` are momenta along its arrow."""

    def __init__(self, row, after, column, before, mass):
        self.row, self.after, self.column, self.before, self.mass = row, after, column, before, mass

    def photon(self):
        """Current over q^2, and the momentum q that the line gives away."""
        q = plus(self.before, self.after, -1)
        q2 = minkowski(q, q)
        return [dot(self.row, times(GAMMA[m], self.column)) / q2 for m in range(4)], q

    def absorb(self, one, two):
        total = mpc(0)
        for (first, q), (second, _) in ((one, two), (two, one)):
            p = plus(self.before, q)
            numerator = slash(p)
            for i in range(4):
                numerator[i][i] += self.mass
            w = times(slash(second), times(numerator, times(slash(first), self.column)))
            total += dot(self.row, w) / (minkowski(p, p) - self.mass**2)
        return total


def amplitude(lines):
    """Each line in turn absorbs the photons of the other two."""
    return sum(lines[k].absorb(*[l.photon() for j, l in enumerate(lines) if j != k]) for k in range(3))


def me2(p1, p2, p3, p4, k1, k2):
    """Averaged over spins of e+ (p1) and e- (p2), in units of e^8."""
    total = mpf(0)
    minus = [[-x for x in p] for p in (p1, p3, k1)]
    for s in itertools.product((0, 1), repeat=6):
        out_p, in_m = spinor(p3, M_E, s[2], True), spinor(p2, M_E, s[1], False)
        in_p, out_m = bar(spinor(p1, M_E, s[0], True)), bar(spinor(p4, M_E, s[3], False))
        muon = Line(bar(spinor(k2, M_MU, s[5], False)), k2, spinor(k1, M_MU, s[4], True), minus[2], M_MU)
        scatter = [Line(out_m, p4, in_m, p2, M_E), Line(in_p, minus[0], out_p, minus[1], M_E), muon]
        annihilate = [Line(in_p, minus[0], in_m, p2, M_E), Line(out_m, p4, out_p, minus[1], M_E), muon]
        total += abs(amplitude(scatter) - amplitude(annihilate)) ** 2
    return total / 4


def boost(p, frame, m):
    along = sum(frame[i] * p[i] for i in (1, 2, 3))
    e = (frame[0] * p[0] + along) / m
    f = (e + p[0]) / (frame[0] + m)
    return [e] + [p[i] + f * frame[i] for i in (1, 2, 3)]


def point(energy, w, y, pt3, phi3, pt4, phi4, c, phi):
    """Momenta from mass and rapidity of the muons, transverse momenta of e+ and e-, muon angles."""
    root = 2 * mpf(energy)
    pz = sqrt(root**2 / 4 - M_E**2)
    x3, y3, x4, y4 = pt3 * cos(phi3), pt3 * sin(phi3), pt4 * cos(phi4), pt4 * sin(phi4)
    x, yy = -x3 - x4, -y3 - y4
    m_t = sqrt(w**2 + x**2 + yy**2)
    up, down = m_t * exp(y), m_t * exp(-y)
    pair = (root - up) * (root - down)
    a, b = M_E**2 + pt3**2, M_E**2 + pt4**2
    lam = sqrt((pair - a - b) ** 2 - 4 * a * b)
    ahead3 = (root - up) * (pair + a - b + lam) / (2 * pair)
    ahead4 = (root - down) * (pair + b - a + lam) / (2 * pair)
    p3 = [(ahead3 + a / ahead3) / 2, x3, y3, (ahead3 - a / ahead3) / 2]
    p4 = [(ahead4 + b / ahead4) / 2, x4, y4, (b / ahead4 - ahead4) / 2]
    q = [(up + down) / 2, x, yy, (up - down) / 2]
    k, s = sqrt(w**2 / 4 - M_MU**2), sqrt(1 - c * c)
    k1 = boost([w / 2, k * s * cos(phi), k * s * sin(phi), k * c], q, w)
    return [[root / 2, 0, 0, pz], [root / 2, 0, 0, -pz], p3, p4, k1, plus(q, k1, -1)]


# W, y, pt of e+ and of e- in units of m xi with their azimuths, cosine and azimuth of mu+.
SHAPES = [
    (0.4, 0.0, 1, 0.3, 1, 2.1, 0.3, 1.0),
    (0.25, 1.2, 3, 0.1, 0.5, 4.0, -0.6, 5.0),
    (1.5, -0.8, 40, 1.1, 2000, 3.3, 0.8, 2.2),
    (3.0, 0.3, 0.2, 0.0, 0.3, 6.0, -0.2, 0.4),
]
cases = []
for energy in (5, 50, 250):
    for shape in SHAPES:
        w, y, a3, phi3, a4, phi4, c, phi = map(mpf, shape)
        xi3, xi4 = w * exp(y) / (2 * energy), w * exp(-y) / (2 * energy)
        cases.append((energy, w, y, a3 * M_E * xi3, phi3, a4 * M_E * xi4, phi4, c, phi))
cases.append((5, mpf(4), mpf("0.1"), mpf("1.3"), mpf("0.4"), mpf("0.9"), mpf("2.5"), mpf("0.2"), mpf("1.7")))
points = []
for case in cases:
    p = point(*case)
    q = [plus(p[k], p[k + 2], -1) for k in (0, 1)]
    entry = {
        "p": [[float(x) for x in leg] for leg in p],
        "t": [float(minkowski(x, x)) for x in q],
        "me2_over_e8": float(me2(*p)),
    }
    points.append(json.dumps(entry))
print('{"pdg": [-11, 11, -11, 11, -13, 13], "points": [\n' + ",\n".join(points) + "\n]}")

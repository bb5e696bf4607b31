"""Reads a Les Houches event file with pylhe and checks every event.

    validate_events.py FILE N_EVENTS

Exit code 1 with one line per kind of defect; silent but for a summary otherwise.
"""

import gzip
import math
import re
import sys
from collections import Counter

import pylhe

MOMENTUM = 1e-9  # of the incoming energy
ON_SHELL = 1e-8  # of the energy squared


def tags_by_id(path):
    """How many colour tags particles have: those of the Standard Model and of
    supersymmetry, and those whose representations are in blocks QNUMBERS of the header."""
    gluons, quarks = (21, 1000021), [n + k for n in (0, 1000000, 2000000) for k in range(1, 7)]
    tags = {gluon: 2 for gluon in gluons} | {quark: 1 for quark in quarks}
    of_representation = {1: 0, 3: 1, 6: 2, 8: 2}
    with (gzip.open if path.endswith(".gz") else open)(path, "rt") as file:
        number = None
        for line in file:
            if line.lstrip().startswith("<init>"):
                break
            if block := re.match(r"\s*block\s+(\S+)(?:\s+(\d+))?", line, re.IGNORECASE):
                number = int(block[2] or 0) if block[1].upper() == "QNUMBERS" else None
            elif number and (row := re.match(r"\s*3\s+(-?\d+)", line)):
                tags[number] = of_representation[abs(int(row[1]))]
    return tags


def defects(event, tags):
    """Names of what is wrong with one event."""
    legs = event.particles
    incoming = [p for p in legs if p.status == -1]
    outgoing = [p for p in legs if p.status == 1]
    if len(incoming) != 2 or len(outgoing) < 1:
        yield "not two incoming and some outgoing legs"
        return
    energy = sum(p.e for p in incoming)
    for axis in ("e", "px", "py", "pz"):
        before = sum(getattr(p, axis) for p in incoming)
        after = sum(getattr(p, axis) for p in outgoing)
        if not abs(before - after) <= MOMENTUM * energy:
            yield f"momentum not conserved ({axis})"
    for p in incoming + outgoing:
        m2 = p.e**2 - p.px**2 - p.py**2 - p.pz**2
        if not abs(m2 - p.m**2) <= ON_SHELL * p.e**2:
            yield f"off shell (id {p.id})"
    for k, p in enumerate(legs, start=1):
        if p.status == 2:
            daughters = [d for d in legs if d.mother1 == k and d.mother2 in (0, k)]
            for axis in ("e", "px", "py", "pz"):
                total = sum(getattr(d, axis) for d in daughters)
                if not abs(getattr(p, axis) - total) <= MOMENTUM * energy:
                    yield f"resonance is not the sum of its daughters ({axis})"
    # A colour line enters with an incoming colour or an outgoing anticolour
    # and leaves with an incoming anticolour or an outgoing colour. The second colour of a
    # sextet is in the place of an anticolour, with a minus sign, and the other way round.
    enters, leaves = Counter(), Counter()
    for p in incoming + outgoing:
        first, second = (enters, leaves) if p.status == -1 else (leaves, enters)
        for table, other, tag in ((first, second, p.color1), (second, first, p.color2)):
            if tag:
                (table if tag > 0 else other)[abs(tag)] += 1
        coloured = bool(p.color1) + bool(p.color2)
        if coloured != tags.get(abs(p.id), 0):
            yield f"colour of id {p.id}"
    if enters != leaves or any(n != 1 for n in enters.values()):
        yield "colour line does not close"


def main():
    path, wanted = sys.argv[1], int(sys.argv[2])
    file = pylhe.LHEFile.fromfile(path)
    tags = tags_by_id(path)
    found = Counter()
    n, weights = 0, 0.0
    declared = file.header.initrwgt.list_weights_ids()
    for event in file.events:
        n += 1
        if list(event.weights) != declared:
            found["other weights than the header declares"] += 1
        elif declared and not all(math.isfinite(w) for w in event.weights.values()):
            found["a weight is not finite"] += 1
        elif declared and event.weights[declared[0]] != event.eventinfo.weight:
            found["the first weight is not that of the event"] += 1
        weights += event.eventinfo.weight
        if not event.eventinfo.weight > 0.0:
            found["weight is not positive"] += 1
        found.update(set(defects(event, tags)))
    if n != wanted:
        found[f"{n} events instead of {wanted}"] += 1
    processes = file.init.procInfo
    xsec = sum(p.xSection for p in processes)
    if not xsec > 0.0 or any(not p.error > 0.0 for p in processes):
        found["a cross section or its error is not positive"] += 1
    strategy = abs(file.init.initInfo.weightingStrategy)
    if n and strategy == 4 and not abs(weights / n / xsec - 1.0) < 0.05:
        found[f"mean weight {weights / n} against {xsec} pb"] += 1
    if n and strategy == 3 and not abs(weights / n - 1.0) < 0.05:
        found[f"mean weight {weights / n} instead of 1"] += 1
    for defect, count in found.items():
        print(f"{path}: {defect}: {count}", file=sys.stderr)
    print(f"{path}: {n} events, {xsec:.6g} pb, {sum(found.values())} defects")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())

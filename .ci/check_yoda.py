"""Reads a YODA file with babyyoda and compares it with the JSON beside it: run by check-pages."""

import json
import math
import sys

from babyyoda import grogu

objects = grogu.read(sys.argv[1])
with open(sys.argv[2]) as text:
    sample = json.load(text)["samples"][0]
histograms = sample["histograms"]["distributions"]
n_checked = 0
for histogram in histograms:
    columns = [("", histogram["xsec_pb"], histogram["xsec_err_pb"])]
    columns += [(f"[{w['name']}]", w["xsec_pb"], w["xsec_err_pb"]) for w in histogram["weights"]]
    for name, values, errors in columns:
        found = objects[f"/OMNIS/{histogram['name']}{name}"]
        assert list(found.xEdges()) == histogram["edges"], name
        bins = found.bins()
        assert len(bins) == len(values), name
        for b, value, error in zip(bins, values, errors):
            assert math.isclose(b.sumW(), value, rel_tol=1e-14, abs_tol=0), (name, b, value)
            assert math.isclose(math.sqrt(b.sumW2()), error, rel_tol=1e-12), (name, b, error)
        n_checked += 1
assert n_checked > 0
print(f"{sys.argv[1]}: {n_checked} histograms as in {sys.argv[2]}")

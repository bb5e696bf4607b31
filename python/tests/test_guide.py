"""The Python blocks of the guide and of the README of the package run as they are printed."""

import math
import re
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parents[2]


def blocks(page):
    """The Python blocks of a page, behind blank lines, so that messages have its line numbers."""
    text = (ROOT / page).read_text()
    for found in re.finditer(r"^```python\n(.*?)^```$", text, re.DOTALL | re.MULTILINE):
        yield "\n" * text[: found.start(1)].count("\n") + found[1]


def run(page, tmp_path, monkeypatch):
    """Runs the blocks of a page one after the other; the names that they leave."""
    monkeypatch.chdir(tmp_path)
    left = {}
    for block in blocks(page):
        exec(compile(block, page, "exec"), left)
    assert not list(tmp_path.iterdir()), "the page writes no file"
    return left


def test_the_page_on_python(tmp_path, monkeypatch):
    left = run("docs/src/user/python.md", tmp_path, monkeypatch)
    assert left["pt"].shape == (1000, 3)
    # The jet passes the cut of the card.
    assert (left["pt"][:, 2] > 20).all()
    assert left["me2"].shape == (1000,) and (left["me2"] > 0).all()
    assert 0.1 < left["alpha_s"][-1] < 0.13
    assert left["found"]["value"].shape == (1000,)
    # A ridge of Gaussian section along the diagonal of the square, but for its ends.
    integral = left["integral"]
    exact = np.sqrt(np.pi * 2e-3) - 2e-3
    assert integral.mean == pytest.approx(exact, abs=5 * integral.sdev)
    assert left["points"].shape == (1000, 2)


def test_the_readme_of_the_package(tmp_path, monkeypatch):
    left = run("python/README.md", tmp_path, monkeypatch)
    assert left["e_plus"].shape == (10_000, 4)
    assert (left["me2"] > 0).all()
    integral = left["integral"]
    exact = (math.sqrt(math.pi / 20) * math.erf(math.sqrt(5))) ** 4
    assert integral.mean == pytest.approx(exact, abs=5 * integral.sdev)
    assert left["points"].shape == (1000, 4)

"""Parton-level events, matrix elements and neural importance sampling.

The main names:

- `run`: a card to its cross section and events; `Run`: the same step by step
- `read_events`: event files as columns of numpy (`Events`)
- `MatrixElement`: squared matrix elements of arrays of momenta
- `Pdf`, `pdf_sets`: parton densities
- `Integrator`: any numpy function, with grids or normalizing flows (`Integral`)
- `Sampler`, `fit_flow`: densities to draw from

Shapes are (n, ...) with the points first, energies in GeV, cross sections in pb.
"""

from __future__ import annotations

from ._card import card_text
from ._integrator import Integrator
from ._omnis import (
    Estimate,
    Events,
    Integral,
    MatrixElement,
    OmnisError,
    Pdf,
    Run,
    Sampler,
    __version__,
    fit_flow,
    integrate,
    pdf_sets,
    read_events,
)
from ._run import Result, run

__all__ = [
    "Estimate",
    "Events",
    "Integral",
    "Integrator",
    "MatrixElement",
    "OmnisError",
    "Pdf",
    "Result",
    "Run",
    "Sampler",
    "__version__",
    "card_text",
    "fit_flow",
    "integrate",
    "pdf_sets",
    "read_events",
    "run",
]

"""Integrals as users of `vegas` write them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ._omnis import Integral, integrate

Function = Callable[[NDArray[np.float64]], NDArray[np.float64]]


class Integrator:
    """Adaptive Monte Carlo over a box, with grids or normalizing flows.

    Parameters
    ----------
    limits
        Ends `(low, high)` of each dimension.
    sampler
        `"vegas"` (adaptive grids), `"flow"` (a normalizing flow on top, which learns what
        grids cannot: correlations), `"auto"` (a flow where it saves time), `"uniform"`.

    Examples
    --------
    >>> integrator = Integrator([(0, 1), (0, 1)])
    >>> integral = integrator(lambda x: x[:, 0] * x[:, 1], accuracy=1e-3)
    >>> abs(integral.mean - 0.25) < 5 * integral.sdev
    True
    """

    def __init__(self, limits: Sequence[tuple[float, float]], sampler: str = "vegas") -> None:
        self.limits = [(float(low), float(high)) for low, high in limits]
        self.sampler = sampler

    def __call__(
        self,
        f: Function,
        accuracy: float = 1e-3,
        *,
        max_points: int = 20_000_000,
        n_events: int = 0,
        seed: int = 1,
        threads: int | None = None,
        progress: Callable[[dict[str, Any]], object] | None = None,
    ) -> Integral:
        """Integrates `f`, which takes points of shape (n, n_dim) and returns values (n,).

        Stops at the relative error `accuracy` or after `max_points` evaluations. With
        `n_events` it adapts as long as pays for so many points of `Integral.sample`.
        """
        return integrate(
            f,
            self.limits,
            accuracy=accuracy,
            max_points=max_points,
            sampler=self.sampler,
            n_events=n_events,
            seed=seed,
            threads=threads,
            progress=progress,
        )

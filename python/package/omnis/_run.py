"""A card to its cross section and events."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from os import PathLike
from typing import Any

from ._card import card_text
from ._omnis import Estimate, Events, Run


@dataclass(frozen=True)
class Result:
    """What `run` found.

    Attributes
    ----------
    estimate
        The cross section with its error.
    events
        Events in memory; `None` where none were asked for, or they are in a file.
    run
        The card, compiled and adapted: for further events, its maps and densities.
    """

    estimate: Estimate
    events: Events | None
    run: Run


def run(
    card: str | PathLike[str] | Mapping[str, Any],
    n_events: int | None = None,
    *,
    seed: int | None = None,
    output: str | PathLike[str] | None = None,
    threads: int | None = None,
    progress: Callable[[dict[str, Any]], object] | None = None,
) -> Result:
    """Integrates a card, and generates unweighted events.

    Parameters
    ----------
    card
        Path of a card, its text, or a dictionary such as
        `{"process": {"generate": ["p p > e+ e-"]}}`.
    n_events
        Number of events; by default as the card has it, 0 for the cross section alone.
    seed
        Seed of adaptation and events; by default that of the card. The same seed gives the
        same events as the program.
    output
        Event file (`.lhe`, `.lhe.gz`); the events are not kept in memory then.
    threads
        Number of threads; all cores by default. The numbers do not depend on it.
    progress
        Called about ten times a second with a dictionary: stage, done (from 0 to 1),
        n_points, n_events, integral and error in pb.

    Raises
    ------
    OmnisError
        Names line and key of what cannot be used, and the nearest valid choice.
    """
    if isinstance(card, Mapping):
        card = card_text(card)
    made = Run(card, threads=threads, seed=seed)
    wanted = made.n_events if n_events is None else n_events
    estimate = made.integrate(wanted, progress=progress)
    if wanted == 0:
        return Result(estimate, None, made)
    events = made.generate(wanted, output=output, progress=progress)
    return Result(estimate, events, made)

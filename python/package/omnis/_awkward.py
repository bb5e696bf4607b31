"""Events as awkward arrays."""

from __future__ import annotations

from typing import Any

from ._omnis import Events


def to_awkward(events: Events) -> Any:
    """One record for each event, with a list of particles whose field names are those that
    `vector` knows (`px`, `py`, `pz`, `E`); the alternative weights have a field each."""
    try:
        import awkward as ak
    except ImportError as e:
        raise ImportError("to_awkward() needs the package awkward: pip install awkward") from e
    p, mothers, colours = events.p, events.mothers, events.colours
    particles = ak.zip(
        {
            "pdg": events.pdg,
            "status": events.status,
            "mother1": mothers[:, 0],
            "mother2": mothers[:, 1],
            "colour": colours[:, 0],
            "anticolour": colours[:, 1],
            "E": p[:, 0],
            "px": p[:, 1],
            "py": p[:, 2],
            "pz": p[:, 3],
            "mass": events.mass,
            "lifetime": events.lifetime,
            "spin": events.spin,
        },
        with_name="Momentum4D",
    )
    layout = ak.contents.ListOffsetArray(ak.index.Index64(events.offsets), particles.layout)
    fields = {
        "weight": events.weight,
        "process_id": events.process_id,
        "scale": events.scale,
        "mu_r": events.mu_r,
        "mu_f": events.mu_f,
        "alpha_s": events.alpha_s,
        "alpha_em": events.alpha_em,
        "particles": ak.Array(layout),
    }
    if events.weight_ids:
        weights = events.weights
        columns = {name: weights[:, k] for k, name in enumerate(events.weight_ids)}
        fields["weights"] = ak.zip(columns)
    return ak.zip(fields, depth_limit=1)

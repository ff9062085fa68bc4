"""What does a predicted speed rest on, and what would make it surer?"""

from __future__ import annotations

from typing import Literal

from advisor.machine.document import NOISY_PERCENT
from advisor.models.machine_file import Box
from advisor.models.memory import Verdict
from advisor.models.model import Model

Basis = Literal["calibrated", "bandwidth", "layers"]


def basis_of(box: Box, verdict: Verdict) -> Basis:
    """Calibrated where this machine's own measurements carry all of it."""
    return "calibrated" if box.own and verdict == "yes" else "bandwidth"


def rests_on(model: Model, box: Box, verdict: Verdict) -> str:
    """What the speeds rest on, in words; empty where there are none."""
    if verdict == "no":
        return ""
    if box.own is not None and verdict == "yes":
        return _measured(model, box)
    if box.device is not None and verdict == "partly":
        return "published rates of llama.cpp, this device's data sheet and main memory's bandwidth"
    if box.kind == "mlx":
        return "published rates of mlx_lm and this device's data sheet"
    if box.device is not None:
        return "published rates of llama.cpp and this device's data sheet"
    if box.measured_bytes_per_s is not None:
        return (
            "this machine's measured memory bandwidth, and the share of it that llama.cpp reached "
            "on one other machine"
        )
    return ""


def _measured(model: Model, box: Box) -> str:
    own = box.own
    assert own is not None
    itself = f"{model.architecture.name}:{model.quantization}" in own.measured
    among = "this one among them" if itself else "of which this is none"
    return (
        f"{own.decode.models} models measured on this machine with {own.server}, {among}; "
        f"the median error of those left out in turn was {own.decode.median_error:.0%}"
    )


def narrower_by(box: Box) -> str | None:
    """What would rest speeds on this machine's own measurements; None where they do, or if it is
    another box."""
    if not box.here or box.own is not None:
        return None
    how = (
        "advisor models calibrate, some three minutes"
        if box.kind in ("cpu", "metal")
        else "advisor bench with a server that uses the card"
    )
    if box.own_unknown:
        how = f"{how}. {box.own_unknown}"
    if box.measured_bytes_per_s is not None and box.others_busy_percent > NOISY_PERCENT:
        how = (
            f"{how}. Now other programs keep the processors {box.others_busy_percent:.0f} % busy, "
            "so that its memory seems slower than it is"
        )
    return how

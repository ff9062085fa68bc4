"""What does `advisor models predict --measure` do? It measures two shallow copies of the model."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from advisor.errors import InputError

if TYPE_CHECKING:
    from advisor.models.model import Model
    from advisor.models.prediction import Prediction


def require_measurable(other_box: Path | str | None, concurrency: int) -> None:
    """Raises InputError where what is asked for is not of this machine or of one request."""
    if other_box is not None:
        raise InputError(
            "--measure is for this machine",
            why=f"{other_box} is another one",
            remedy="Leave out --measure, or --machine and --device.",
        )
    if concurrency > 1:
        raise InputError(
            "--measure is for one request at a time",
            remedy="Leave out --concurrency, or calibrate this machine: advisor models calibrate",
        )


def by_layers(model: Model, prediction: Prediction, context_tokens: int) -> Prediction:
    """The prediction with the speeds that two shallow copies have on this machine.

    Raises InputError or AdvisorError where they cannot be measured.
    """
    from advisor.bench.by_layers import measure_by_layers
    from advisor.bench.session import Order, host_of
    from advisor.cli.output import is_quiet
    from advisor.machine.probe import probe
    from advisor.models.by_layers import measured_by_layers
    from advisor.report.live import Live

    if prediction.machine_kind not in ("cpu", "metal"):
        raise InputError(
            "The graphics card cannot be measured by layers",
            why="the engine that comes with this tool computes on the processors here",
            remedy="Leave --measure out; advisor bench measures a server that uses the card.",
        )
    live = Live(quiet=is_quiet())
    with live.running():
        host = host_of(probe(progress=live.step), Order())
        return measured_by_layers(
            prediction, measure_by_layers(model, context_tokens, host, live.step)
        )

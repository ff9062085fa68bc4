"""Is what a foreign file describes a model that there can be?"""

from __future__ import annotations

from advisor.errors import InputError
from advisor.models.buffers import compute_bytes
from advisor.models.cache import BATCH_TOKENS, layer_bytes, state_bytes
from advisor.models.model import Model

MOST_WEIGHTS = 10**15
"""Some thousand times as many as the catalogue's largest."""
MOST_TOKEN_BYTES = 16 << 20
"""Some eighteen times as many as the catalogue's model with the largest cache."""
MOST_BESIDE_BYTES = 1 << 44
"""Some thousand times as many as the catalogue's model with the largest states takes."""


def require_plausible(model: Model, source: str) -> None:
    """Raises InputError where a part has no weights, or sizes are beyond those of any model."""
    one = model.architecture
    for each in model.tensors:
        if min(each.dims) < 1:
            raise InputError(
                f"{source} describes a model with an empty part",
                why=f"its dimensions leave {each.name[:40]!r} without weights",
                remedy="Name the file of a whole model.",
            )
    layers = range(one.layers)
    for what, found, most in (
        ("weights", sum(each.weights for each in model.tensors), MOST_WEIGHTS),
        (
            "bytes for each token of a context",
            sum(layer_bytes(one, layer) for layer in layers),
            MOST_TOKEN_BYTES,
        ),
        (
            "bytes beside its weights",
            compute_bytes(one, BATCH_TOKENS) + one.layers * state_bytes(one),
            MOST_BESIDE_BYTES,
        ),
    ):
        if found > most:
            raise InputError(
                f"{source} describes a model that there cannot be",
                why=f"it has {found:.2g} {what}",
                remedy="Fetch or write it again.",
            )

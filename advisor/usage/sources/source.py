"""What does a source of usage have to be able to do?"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from advisor.usage.ledger import Ledger

Take = Callable[[bytes], bool]
"""Takes in one record as JSON, and says whether it held usage. Raises ValueError or msgspec's
errors with a reason that shows nothing of the record."""
TakeRow = Callable[[Sequence[str]], bool]
"""The same for a row of a table."""


@dataclass(frozen=True, slots=True)
class JsonSource:
    """Records in JSON. `recognises` looks at a decoded one; `reader` binds a ledger."""

    name: str
    recognises: Callable[[Mapping[str, Any]], bool]
    reader: Callable[[Ledger], Take]


@dataclass(frozen=True, slots=True)
class TableSource:
    """Rows under a header, whose names come in lower case. `reader` also gets the header."""

    name: str
    recognises: Callable[[Sequence[str]], bool]
    reader: Callable[[Ledger, Sequence[str]], TakeRow]

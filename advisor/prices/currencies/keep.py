"""Which rates were fetched before? They are kept as `currencies.json` in the folder of the user's
data, the newest of each currency."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import msgspec

from advisor.documents import to_json, write_whole
from advisor.errors import InputError
from advisor.prices.currencies.document import Currencies, Rate

FILE_NAME = "currencies.json"


def kept_rates(folder: Path) -> tuple[Rate, ...]:
    """The rates that were kept, by code; none where none was. Raises InputError for a file that
    cannot be read."""
    path = folder / FILE_NAME
    try:
        return msgspec.json.decode(path.read_bytes(), type=Currencies).items
    except FileNotFoundError:
        return ()
    except (OSError, ValueError) as error:
        raise InputError(
            f"cannot read the rates in {path}",
            why=str(error),
            remedy="Delete it and run `advisor prices currency --fetch`.",
        ) from None


def keep_rates(folder: Path, rates: Iterable[Rate]) -> tuple[Rate, ...]:
    """Keeps these beside those of before, and gives back all. Of two the newer stays."""
    by_code = {rate.code: rate for rate in kept_rates(folder)}
    for rate in rates:
        before = by_code.get(rate.code)
        if before is None or before.as_of <= rate.as_of:
            by_code[rate.code] = rate
    found = tuple(by_code[code] for code in sorted(by_code))
    folder.mkdir(parents=True, exist_ok=True)
    write_whole(folder / FILE_NAME, to_json(Currencies(items=found)))
    return found

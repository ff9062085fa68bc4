"""What does a request ask for? Its fields as plain values, with clear words for what is wrong."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from advisor.errors import InputError
from advisor.history.moments import asked_micros
from advisor.history.store import Wanted

if TYPE_CHECKING:
    from starlette.requests import Request

    from advisor.history.store import RunStore
    from advisor.web.dashboard.access import Access
    from advisor.web.dashboard.measurement import Measuring

FILTERS = ("machine", "model", "server", "kind", "tag", "since", "until")
KINDS = ("run", "bench", "skip", "imported")
MOST_FIELDS = 100


@dataclass(frozen=True, slots=True)
class Site:
    """What all pages share."""

    store: RunStore
    measuring: Measuring
    access: Access


def site_of(request: Request) -> Site:
    """What the pages of this server share."""
    site: Site = request.app.state.site
    return site


async def form_of(request: Request) -> dict[str, str]:
    """The fields of a form of ours. Raises InputError for another's."""
    given = await request.body()
    if not request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        raise InputError("that is no form of this page")
    try:
        fields = dict(parse_qsl(given.decode(), max_num_fields=MOST_FIELDS))
    except ValueError:
        raise InputError("that is no form of this page") from None
    if not site_of(request).access.is_our_form(fields.get("form_secret", "")):
        raise InputError(
            "this form is not from this server as it runs now",
            why="it was started again since, or the form is another site's",
            remedy="Load the page again.",
        )
    return fields


def filters_of(request: Request) -> dict[str, str]:
    """The filters of a list of runs that the address holds."""
    asked = request.query_params
    return {key: asked[key].strip() for key in FILTERS if asked.get(key, "").strip()}


def wanted_of(filters: dict[str, str], limit: int | None = None) -> Wanted:
    """The runs that the filters mean. Raises InputError."""
    if filters.get("kind", "run") not in KINDS:
        raise InputError(f"there is no kind '{filters['kind'][:40]}'", remedy=", ".join(KINDS))
    return Wanted(
        machine=filters.get("machine"),
        model=filters.get("model"),
        server=filters.get("server"),
        kind=filters.get("kind"),
        tag=filters.get("tag"),
        since_us=asked_micros(filters.get("since")),
        until_us=asked_micros(filters.get("until"), end=True),
        limit=limit,
    )

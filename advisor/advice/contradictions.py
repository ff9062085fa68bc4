"""Which parts of a scenario's costs contradict each other, or are missing where they are needed?"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from math import fsum

from advisor.advice.bounds import Table
from advisor.advice.box_checks import check_box, check_rising
from advisor.advice.inputs import Inputs
from advisor.advice.price_tables import ApiTable
from advisor.advice.usage_table import work_of
from advisor.economics.rented import RentalKind
from advisor.economics.tariff import MINUTES_PER_DAY, parse_minute
from advisor.errors import InputError

SHARES_SUM_WITHIN = 1e-6
LENGTHS_AGREE_WITHIN = 0.25
"""How far tokens a month may be from requests times their mean length, which may be a sample's: the
tokens a month stand, lengths divide them in proportion."""


def check_costs(inputs: Inputs) -> None:
    """Raises InputError, with the key and its remedy, for what does not fit together."""
    _check_usage(inputs)
    check_box("box", inputs.box, inputs.horizon.months)
    _check_tariff(inputs)
    for number, api in enumerate(inputs.api, start=1):
        _check_api(inputs, api, f" (entry {number})")
    _check_rented(inputs)
    _check_candidates(inputs)
    if inputs.horizon.starts_on is not None:
        day_of("horizon.starts_on", inputs.horizon.starts_on)
    _check_carbon(inputs)
    for rate in inputs.currency.rate:
        day_of("currency.rate.as_of", rate.as_of)


def _check_weighed_carbon(inputs: Inputs) -> None:
    """Carbon weighs on both sides or on none."""
    carbon, told = inputs.carbon, [each.name for each in inputs.carbon.told]
    if not carbon.usd_per_tonne:
        return
    if carbon.grid_g_per_kwh is None:
        raise InputError(
            "carbon.grid_g_per_kwh",
            why="carbon.usd_per_tonne weighs the box's carbon, which is unknown without it",
            remedy="Give the grid's grams, or leave usd_per_tonne out.",
        )
    if inputs.box.electricity_usd_per_month is not None:
        raise InputError(
            "box.electricity_usd_per_month",
            why="carbon.usd_per_tonne weighs kilowatt-hours, which a given bill hides",
            remedy="Leave the bill out, so that the powers count, or leave usd_per_tonne out.",
        )
    for api in inputs.api:
        if api.name not in told:
            raise InputError(
                "carbon.told",
                why=f"carbon.usd_per_tonne weighs both sides, and nobody tells what '{api.name}' "
                "emits",
                remedy="Add [[carbon.told]] for it (0 to count nothing), or leave usd_per_tonne "
                "out.",
            )


def _check_carbon(inputs: Inputs) -> None:
    _check_weighed_carbon(inputs)
    names = [each.name for each in inputs.api] + [each.name for each in inputs.rented]
    told = [each.name for each in inputs.carbon.told]
    for name in told:
        if name not in names:
            raise InputError(
                "carbon.told.name",
                why=f"no [[api]] and no [[rented]] is called '{name}'",
                remedy=f"Name one of: {', '.join(names)}."
                if names
                else "Add one, or leave it out.",
            )
        if told.count(name) > 1:
            raise InputError(
                "carbon.told.name", why=f"'{name}' is listed twice", remedy="Keep one of them."
            )


def day_of(key: str, text: str) -> date:
    """The day of an ISO date. Raises InputError where the calendar has no such day."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InputError(key, why=f"'{text}' is no day", remedy="Write 2026-12-01.") from None


def _check_usage(inputs: Inputs) -> None:
    usage = inputs.usage
    if usage.cached_input_share + usage.cache_write_share > 1 + SHARES_SUM_WITHIN:
        raise InputError(
            "usage.cache_write_share",
            why="with cached_input_share it is more than the whole input",
            remedy="Input is read from the cache, written to it, or neither.",
        )
    _check_shares("usage.hours", [each.share for each in usage.hours])
    for each in usage.hours:
        _check_length("usage.hours", each.start, each.end)
    work_of(usage.hours)
    _check_shares("usage.request", [each.share for each in usage.request])
    requests = usage.requests_known
    if not usage.request or requests is None:
        return
    stated = (usage.input_tokens_per_month, usage.output_tokens_per_month)
    for kind, tokens, mean in zip(("input", "output"), stated, usage.mean_lengths, strict=True):
        if abs(requests * mean - tokens) > LENGTHS_AGREE_WITHIN * max(tokens, requests * mean):
            raise InputError(
                "usage.request",
                why=f"{requests:,.0f} requests of {mean:,.1f} {kind} tokens on average are not "
                f"usage.{kind}_tokens_per_month = {tokens:,.0f}",
                remedy="Make requests, their lengths and the tokens a month agree.",
            )


def _check_length(key: str, start: str, end: str) -> None:
    if start == end:
        raise InputError(
            key,
            why=f"hours from {start} to {end} have no length",
            remedy='A whole day runs from "00:00" to "24:00".',
        )


def _check_shares(key: str, shares: Sequence[float]) -> None:
    if shares and abs(fsum(shares) - 1.0) > SHARES_SUM_WITHIN:
        raise InputError(
            f"{key}.share",
            why=f"the shares sum to {fsum(shares):g}",
            remedy="Make them sum to 1: add an entry for the rest.",
        )


def _check_tariff(inputs: Inputs) -> None:
    tariff = inputs.tariff
    if not tariff.block:
        if tariff.other_kwh_per_month:
            raise InputError(
                "tariff.other_kwh_per_month",
                why="it matters only to a tariff by blocks",
                remedy="Add [[tariff.block]], or leave it out.",
            )
        return
    if tariff.band or tariff.usd_per_kwh is not None:
        raise InputError(
            "tariff.block",
            why="another price of the kilowatt-hour is given too",
            remedy="Give blocks, or usd_per_kwh and bands.",
        )
    limits = [each.up_to_kwh for each in tariff.block]
    if limits[-1] is not None or None in limits[:-1]:
        raise InputError(
            "tariff.block.up_to_kwh",
            why="every block but the last needs a limit, and the last has none",
            remedy="Leave up_to_kwh out of the last block only.",
        )
    check_rising("tariff.block.up_to_kwh", [each for each in limits if each is not None])


def _check_api(inputs: Inputs, api: ApiTable, entry: str) -> None:
    batch = (api.batch_input_usd_per_mtok, api.batch_output_usd_per_mtok)
    if (batch[0] is None) != (batch[1] is None):
        missing = "input" if batch[0] is None else "output"
        raise InputError(
            f"api.batch_{missing}_usd_per_mtok{entry}",
            why="the other batch price is given, this one is not",
            remedy="Give both, or neither.",
        )
    extras = (*api.tier, *api.time, *api.change)
    more = any(p is not None for p in (*batch, api.cache_write_usd_per_mtok, api.usd_per_request))
    if api.input_usd_per_mtok is None and (extras or more):
        raise InputError(
            f"api.input_usd_per_mtok{entry}",
            why=f"'{api.name}' has other prices but not this one",
            remedy="Give input and output price, or no price to look all of them up.",
        )
    if api.usd_per_request and inputs.usage.requests_known is None:
        raise InputError(
            "usage.requests_per_month",
            why=f"'{api.name}' charges for each request",
            remedy="Give the requests a month.",
        )
    check_rising(f"api.tier.above_input_tokens{entry}", [t.above_input_tokens for t in api.tier])
    _check_times(api, entry)
    days = [day_of(f"api.change.from{entry}", each.start) for each in api.change]
    check_rising(f"api.change.from{entry}", [float(day.toordinal()) for day in days])
    if days and inputs.horizon.starts_on is None:
        raise InputError(
            "horizon.starts_on",
            why=f"the prices of '{api.name}' change on a day, but not when month 0 begins",
            remedy='Add starts_on = "2026-12-01" to [horizon].',
        )
    for each in extras:
        _check_names_a_price(each, entry)


def _check_times(api: ApiTable, entry: str) -> None:
    taken: set[int] = set()
    for each in api.time:
        _check_length(f"api.time{entry}", each.from_utc, each.until_utc)
        start = parse_minute("from_utc", each.from_utc, "api.time")
        end = parse_minute("until_utc", each.until_utc, "api.time")
        minutes = {
            (start + n) % MINUTES_PER_DAY
            for n in range((end - start) % MINUTES_PER_DAY or MINUTES_PER_DAY)
        }
        if minutes & taken:
            raise InputError(
                f"api.time{entry}",
                why=f"two prices hold at {each.from_utc} or later",
                remedy="Give each time of the day one price.",
            )
        taken |= minutes


def _check_names_a_price(table: Table, entry: str) -> None:
    names = [name for name in table.__struct_fields__ if "usd" in name]
    if all(getattr(table, name) is None for name in names):
        kind = type(table).__name__.removesuffix("Table").lower()
        raise InputError(
            f"api.{kind}{entry}", why="it names no price", remedy="Add input_usd_per_mtok = ..."
        )


def _check_rented(inputs: Inputs) -> None:
    names = [each.name for each in inputs.rented]
    for number, each in enumerate(inputs.rented, start=1):
        if names.count(each.name) > 1:
            raise InputError(
                "rented.name", why=f"'{each.name}' is listed twice", remedy="Keep one of them."
            )
        spot = each.kind is RentalKind.SPOT
        if each.interrupted_share > 0 and not spot:
            raise InputError(
                f"rented.interrupted_share (entry {number})",
                why=f"'{each.name}' is {each.kind.value}: only spot GPUs are taken away",
                remedy='Leave it out, or say kind = "spot".',
            )
        rates = (
            each.prefill_tok_per_s or inputs.box.prefill_tok_per_s,
            each.decode_tok_per_s or inputs.box.decode_tok_per_s,
        )
        if spot and None in rates:
            raise InputError(
                f"rented.decode_tok_per_s (entry {number})",
                why=f"what '{each.name}' does again cannot be counted without its speed",
                remedy="Give prefill_tok_per_s and decode_tok_per_s, here or of the box.",
            )
        if each.as_of is not None:
            day_of(f"rented.as_of (entry {number})", each.as_of)


def _check_candidates(inputs: Inputs) -> None:
    names = [each.name for each in inputs.candidate]
    for number, each in enumerate(inputs.candidate, start=1):
        entry = f" (entry {number})"
        if names.count(each.name) > 1:
            raise InputError(
                "candidate.name", why=f"'{each.name}' is listed twice", remedy="Keep one of them."
            )
        check_box("candidate", each.as_box(inputs.box), inputs.horizon.months, entry)
        if each.as_of is not None:
            day_of(f"candidate.as_of{entry}", each.as_of)

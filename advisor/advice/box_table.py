"""What does a scenario say about the box, and about others that could be bought instead?"""

from __future__ import annotations

import msgspec

from advisor.advice.bounds import (
    AgeMonths,
    CoolingFactor,
    Day,
    Name,
    PerToken,
    PoweredHours,
    SetupHours,
    Share,
    Table,
    TokenRatio,
    TokPerS,
    Usd,
    WallFactor,
    Watts,
)
from advisor.economics.candidates import Candidate
from advisor.economics.inputs import HOURS_PER_MONTH, Box
from advisor.economics.rates import Dialogue


class ResaleTable(Table, frozen=True, kw_only=True):
    """What is left of the price at an age."""

    age_months: AgeMonths
    share: Share


class BoxTable(Table, frozen=True, kw_only=True):
    price_usd: Usd
    already_owned: bool = False
    resale_decline_per_year: Share = 1.0
    prefill_tok_per_s: TokPerS | None = None
    decode_tok_per_s: TokPerS | None = None
    active_power_w: Watts | None = None
    idle_power_w: Watts | None = None
    powered_hours_per_month: PoweredHours = HOURS_PER_MONTH
    wall_factor: WallFactor = 1.0
    electricity_usd_per_month: Usd | None = None
    prefill_power_w: Watts | None = None
    decode_power_w: Watts | None = None
    cooling_factor: CoolingFactor = 1.0
    setup_hours: SetupHours = 0.0
    setup_usd: Usd = 0.0
    spare_parts_usd_per_year: Usd = 0.0
    cached_input_share: Share = 0.0
    input_token_ratio: TokenRatio = 1.0
    output_token_ratio: TokenRatio = 1.0
    reasoning_tokens_per_output_token: PerToken = 0.0
    retry_share: Share = 0.0
    resale: tuple[ResaleTable, ...] = ()

    def plain(self, usd_per_hour: float) -> Box:
        """The numbers that the economics works on; set-up hours cost `usd_per_hour`."""
        return Box(
            price_usd=self.price_usd,
            resale_decline_per_year=self.resale_decline_per_year,
            prefill_tok_per_s=self.prefill_tok_per_s,
            decode_tok_per_s=self.decode_tok_per_s,
            active_power_w=self.active_power_w,
            idle_power_w=self.idle_power_w,
            powered_hours_per_month=self.powered_hours_per_month,
            wall_factor=self.wall_factor,
            electricity_usd_per_month=self.electricity_usd_per_month,
            prefill_power_w=self.prefill_power_w,
            decode_power_w=self.decode_power_w,
            cooling_factor=self.cooling_factor,
            setup_usd=self.setup_usd + self.setup_hours * usd_per_hour,
            spare_parts_usd_per_year=self.spare_parts_usd_per_year,
            resale_by_age=tuple((each.age_months, each.share) for each in self.resale),
            cached_input_share=self.cached_input_share,
            dialogue=Dialogue(
                self.input_token_ratio,
                self.output_token_ratio,
                self.reasoning_tokens_per_output_token,
                self.retry_share,
            ),
        )


HARDWARE = (
    "price_usd",
    "prefill_tok_per_s",
    "decode_tok_per_s",
    "active_power_w",
    "idle_power_w",
    "prefill_power_w",
    "decode_power_w",
    "electricity_usd_per_month",
)
"""What only the machine itself decides: a candidate never takes these from the team's box."""


class CandidateTable(Table, frozen=True, kw_only=True):
    """A box that could be bought instead. Of the `HARDWARE`, what is left out is unknown; all else
    is then as [box] says: the site, the model and its upkeep stay the same."""

    name: Name
    price_usd: Usd
    prefill_tok_per_s: TokPerS | None = None
    decode_tok_per_s: TokPerS | None = None
    active_power_w: Watts | None = None
    idle_power_w: Watts | None = None
    prefill_power_w: Watts | None = None
    decode_power_w: Watts | None = None
    electricity_usd_per_month: Usd | None = None
    resale_decline_per_year: Share | None = None
    resale: tuple[ResaleTable, ...] = ()
    powered_hours_per_month: PoweredHours | None = None
    wall_factor: WallFactor | None = None
    cooling_factor: CoolingFactor | None = None
    setup_hours: SetupHours | None = None
    setup_usd: Usd | None = None
    spare_parts_usd_per_year: Usd | None = None
    cached_input_share: Share | None = None
    input_token_ratio: TokenRatio | None = None
    output_token_ratio: TokenRatio | None = None
    reasoning_tokens_per_output_token: PerToken | None = None
    retry_share: Share | None = None
    source: str = ""
    as_of: Day | None = None

    @property
    def own_keys(self) -> tuple[str, ...]:
        """The keys of [box] that this candidate answers itself."""
        shared = set(BoxTable.__struct_fields__)
        given = msgspec.structs.asdict(self)
        return tuple(key for key in given if key in shared and given[key] not in (None, ()))

    def as_box(self, box: BoxTable) -> BoxTable:
        """This candidate in place of the team's box, bought and not yet owned."""
        keys = {*HARDWARE, *self.own_keys}
        changed = {key: getattr(self, key) for key in keys}
        if not self.resale and self.resale_decline_per_year is not None:
            changed["resale"] = ()
        if self.resale and self.resale_decline_per_year is None:
            changed["resale_decline_per_year"] = 1.0
        return msgspec.structs.replace(box, already_owned=False, **changed)

    def plain(self, box: BoxTable, usd_per_hour: float) -> Candidate:
        """The numbers that the economics works on."""
        return Candidate(self.name, self.as_box(box).plain(usd_per_hour))

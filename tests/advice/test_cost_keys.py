"""The cost keys of a scenario: what they come to, and what is refused with which words."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from datetime import date

import pytest

from advisor.advice.book import lookup_in
from advisor.advice.inputs import Inputs
from advisor.advice.pricing import PricedApi, price_apis
from advisor.advice.scenario import parse_scenario
from advisor.advice.stated_price import months_between
from advisor.documents import Unknown
from advisor.economics.api_cost import api_usd
from advisor.economics.inputs import ApiPrice
from advisor.economics.local_cost import local_month
from advisor.economics.rented import RentalKind
from advisor.errors import InputError
from advisor.prices.book import PriceBook

USAGE = "[usage]\ninput_tokens_per_month = 6e6\noutput_tokens_per_month = 6e6\n"
BOX = "[box]\nprice_usd = 2000\n"
API = '[[api]]\nname = "A"\ninput_usd_per_mtok = 30\noutput_usd_per_mtok = 60\n'
HOURS = (
    '[[usage.hours]]\ndays = "mon-fri"\nfrom = "09:00"\nto = "18:00"\nshare = 0.9\n'
    '[[usage.hours]]\ndays = "daily"\nfrom = "00:00"\nto = "24:00"\nshare = 0.1\n'
)
TWD = '[[currency.rate]]\ncode = "TWD"\nusd_per_unit = 0.031\nas_of = "2026-11-25"\n'


def inputs_of(usage: str = "", box: str = "", api: str = "", rest: str = "") -> Inputs:
    text = USAGE + usage + BOX + box + API + api + rest
    return parse_scenario(tomllib.loads(text)).inputs


def priced(inputs: Inputs) -> PricedApi:
    return price_apis(inputs, lambda name: Unknown(f"no price of {name}"))[0]


def bill(inputs: Inputs, month: int = 0) -> float:
    price, case = priced(inputs).price, inputs.case()
    assert isinstance(price, ApiPrice)
    return api_usd(case.usage, price, case.horizon, month)


def test_the_defaults_change_nothing() -> None:
    assert bill(inputs_of()) == 540.0
    assert priced(inputs_of()).notes == ()


def test_lengths_of_requests_meet_the_tiers() -> None:
    shapes = (
        "[[usage.request]]\nshare = 0.1\ninput_tokens = 5000\noutput_tokens = 1000\n"
        "[[usage.request]]\nshare = 0.9\ninput_tokens = 555.5556\noutput_tokens = 1000\n"
    )
    tier = "[[api.tier]]\nabove_input_tokens = 4000\ninput_usd_per_mtok = 60\n"
    inputs = inputs_of(usage=shapes, api=tier)
    assert inputs.usage.requests_known == pytest.approx(6000)
    assert bill(inputs) == pytest.approx(3 * 30 + 3 * 60 + 6 * 60, rel=1e-6)
    unknown = inputs_of(api=tier)
    assert bill(unknown) == 540
    assert "usage.requests_per_month is not given" in priced(unknown).notes[0]


def test_a_batch_price_needs_to_exist() -> None:
    batch = "batch_input_usd_per_mtok = 15\nbatch_output_usd_per_mtok = 30\n"
    waiting = "batch_share = 0.5\n"
    assert bill(inputs_of(usage=waiting, api=batch)) == pytest.approx(405)
    without = inputs_of(usage=waiting)
    assert bill(without) == 540
    assert priced(without).notes == ("no batch price: work that can wait costs as the rest does",)


def test_a_price_by_the_time_of_day_follows_the_hours_of_the_work() -> None:
    time = '[[api.time]]\nfrom_utc = "01:00"\nuntil_utc = "10:00"\noutput_usd_per_mtok = 120\n'
    evenly = inputs_of(api=time)
    assert bill(evenly) == pytest.approx(180 + 360 * (1 + 9 / 24))
    assert priced(evenly).notes
    taipei = inputs_of(usage="utc_offset_hours = 8\n" + HOURS, api=time)
    assert bill(taipei) == pytest.approx(180 + 360 * (1 + 0.9 + 0.1 * 9 / 24))
    assert priced(taipei).notes == ()


def test_a_change_holds_from_its_date() -> None:
    change = '[[api.change]]\nfrom = "2027-02-15"\ninput_usd_per_mtok = 60\n'
    inputs = inputs_of(api=change, rest='[horizon]\nstarts_on = "2026-12-01"\n')
    bills = [bill(inputs, month) for month in range(4)]
    assert bills == pytest.approx([540, 540, 540 + 180 * 0.5, 720])
    assert priced(inputs).notes == ("from 2027-02-15: $60 in, $60 out per million tokens",)


@pytest.mark.parametrize(
    ("start", "end", "months"),
    [
        ("2026-12-01", "2027-01-01", 1),
        ("2026-12-01", "2026-12-01", 0),
        ("2026-11-10", "2027-01-01", 2 - 9 / 30),
        ("2027-01-01", "2026-11-01", -2),
    ],
)
def test_months_between_days(start: str, end: str, months: float) -> None:
    assert months_between(start, end) == pytest.approx(months)


def test_an_announced_price_of_the_book_comes_at_its_date() -> None:
    book = PriceBook.load(date(2026, 11, 10))
    name = "google/gemini-3.6-flash"
    raw = tomllib.loads(USAGE + BOX + f'[[api]]\nname = "{name}"\n')
    raw["horizon"] = {"starts_on": "2026-12-01"}
    inputs = parse_scenario(raw).inputs
    price = price_apis(inputs, lookup_in(book))[0].price
    assert isinstance(price, ApiPrice)
    now, then = (
        book.on(date.fromisoformat(day)).show(name) for day in ("2026-12-01", "2027-01-01")
    )
    assert now.input_usd_per_mtok != then.input_usd_per_mtok
    assert [price.in_force(month)[0][2].input_usd_per_mtok for month in (0, 1)] == [
        now.input_usd_per_mtok,
        then.input_usd_per_mtok,
    ]


def test_the_book_knows_batches_tiers_and_times_of_day() -> None:
    book = PriceBook.load(date(2026, 11, 10))
    look = lookup_in(book)
    for name, field in (
        ("anthropic/claude-haiku-5-5", "batch"),
        ("anthropic/claude-sonnet-4-5", "tiers"),
        ("deepseek/deepseek-v4-pro", "times"),
        ("perplexity/sonar", "usd_per_request"),
    ):
        found = look(name)
        assert not isinstance(found, Unknown)
        assert getattr(found, field), name


def test_blocks_a_standing_charge_and_cooling() -> None:
    box = "active_power_w = 100\nidle_power_w = 100\ncooling_factor = 2\n"
    tariff = (
        "[tariff]\nother_kwh_per_month = 100\nusd_per_month = 5\n"
        "[[tariff.block]]\nup_to_kwh = 120\nusd_per_kwh = 0.05\n"
        "[[tariff.block]]\nusd_per_kwh = 0.1\n"
    )
    month = local_month(inputs_of(box=box, rest=tariff).case())
    assert not isinstance(month, Unknown)
    assert month.usd == pytest.approx(5 + 20 * 0.05 + 126 * 0.1)


def test_twice_the_tariff_doubles_every_price_of_it() -> None:
    band = '[[tariff.band]]\ndays = "daily"\nfrom = "09:00"\nto = "18:00"\nusd_per_kwh = 0.3\n'
    inputs = inputs_of(usage=HOURS, rest="[tariff]\nusd_per_kwh = 0.1\n" + band)
    twice = inputs.tariff.scaled(2)
    assert twice.mean_usd_per_kwh == pytest.approx(2 * inputs.usd_per_kwh)
    busy = inputs.case().busy_usd_per_kwh
    assert busy == pytest.approx(0.9 * 0.3 + 0.1 * inputs.usd_per_kwh)
    assert twice.busy_usd_per_kwh(inputs.usage.hours) == pytest.approx(2 * (busy or 0))


def test_set_up_hours_cost_what_upkeep_does() -> None:
    inputs = inputs_of(
        box="setup_hours = 10\nsetup_usd = 100\n", rest="[maintenance]\nusd_per_hour = 40\n"
    )
    assert inputs.case().box.capital_usd == 2500


def test_a_rented_gpu_is_read() -> None:
    inputs = inputs_of(rest='[[rented]]\nname = "G"\nusd_per_hour = 2\nkind = "reserved"\n')
    assert inputs.rentals()[0].kind is RentalKind.RESERVED
    assert inputs.rentals()[0].max_utilization == 0.7


def test_amounts_in_another_currency() -> None:
    raw = tomllib.loads(
        USAGE
        + '[box]\nprice_usd = "60000 TWD"\n[tariff]\nusd_per_kwh = "5 TWD"\n'
        + API.replace("30", '"30 USD"')
        + TWD
        + TWD.replace("0.031", "0.03").replace("2026-11-25", "2025-01-01")
    )
    inputs = parse_scenario(raw).inputs
    assert inputs.box.price_usd == pytest.approx(1860)
    assert inputs.usd_per_kwh == pytest.approx(0.155)
    assert inputs.api[0].input_usd_per_mtok == 30


@pytest.mark.parametrize(
    ("part", "text", "says"),
    [
        ("usage", "cached_input_share = 0.7\ncache_write_share = 0.6\n", "cache_write_share"),
        ("usage", "batch_share = 1.1\n", "usage.batch_share"),
        ("usage", "requests_per_month = nan\n", "usage.requests_per_month"),
        ("usage", "requests_per_month = 0\n", "usage.requests_per_month"),
        ("usage", "requests_per_month = 1e308\n", "usage.requests_per_month"),
        ("usage", "utc_offset_hours = 15\n", "usage.utc_offset_hours"),
        ("usage", HOURS.replace("0.1", "0.2"), "usage.hours.share: the shares sum to 1.1"),
        ("usage", HOURS.replace("18:00", "09:00"), "usage.hours: hours from 09:00 to 09:00"),
        ("usage", HOURS.replace("daily", "someday"), "usage.hours.days: 'someday'"),
        ("usage", HOURS.replace("18:00", "25:00"), "usage.hours.to: '25:00'"),
        (
            "usage",
            "[[usage.request]]\nshare = 1\ninput_tokens = 10\noutput_tokens = 20\n",
            "usage.request: 600,000 requests of 20.0 output tokens",
        ),
        ("box", "setup_usd = -1\n", "box.setup_usd"),
        ("box", "spare_parts_usd_per_year = inf\n", "box.spare_parts_usd_per_year"),
        ("box", "cooling_factor = 0.5\n", "box.cooling_factor"),
        ("box", "input_token_ratio = 0\n", "box.input_token_ratio"),
        ("box", "idle_power_w = 60\ndecode_power_w = 50\n", "box.decode_power_w: 50 W at work"),
        ("box", "[[box.resale]]\nage_months = 12\nshare = 0.5\n", "the table ends at 12 months"),
        (
            "box",
            (
                "[[box.resale]]\nage_months = 60\nshare = 0.5\n"
                "[[box.resale]]\nage_months = 50\nshare = 0.4\n"
            ),
            "box.resale.age_months: 50 comes after 60",
        ),
        (
            "box",
            (
                "[[box.resale]]\nage_months = 12\nshare = 0.2\n"
                "[[box.resale]]\nage_months = 60\nshare = 0.4\n"
            ),
            "worth more at a later age",
        ),
        (
            "box",
            "resale_decline_per_year = 0.3\n[[box.resale]]\nage_months = 60\nshare = 0.5\n",
            "box.resale_decline_per_year says it too",
        ),
        ("api", "usd_per_request = 0.01\n", "usage.requests_per_month: 'A' charges for each"),
        ("api", "batch_input_usd_per_mtok = 1\n", "api.batch_output_usd_per_mtok (entry 1)"),
        ("api", "[[api.tier]]\nabove_input_tokens = 5\n", "api.tier (entry 1): it names no price"),
        (
            "api",
            (
                "[[api.tier]]\nabove_input_tokens = 5\ninput_usd_per_mtok = 1\n"
                "[[api.tier]]\nabove_input_tokens = 4\ninput_usd_per_mtok = 2\n"
            ),
            "api.tier.above_input_tokens (entry 1): 4 comes after 5",
        ),
        (
            "api",
            '[[api.change]]\nfrom = "2027-01-01"\ninput_usd_per_mtok = 1\n',
            "horizon.starts_on: the prices of 'A' change",
        ),
        (
            "api",
            '[[api.change]]\nfrom = "2027-02-30"\ninput_usd_per_mtok = 1\n',
            "api.change.from (entry 1): '2027-02-30' is no day",
        ),
        (
            "api",
            '[[api.time]]\nfrom_utc = "10:00"\nuntil_utc = "10:00"\ninput_usd_per_mtok = 1\n',
            "api.time (entry 1): hours from 10:00 to 10:00 have no length",
        ),
        (
            "api",
            (
                '[[api.time]]\nfrom_utc = "22:00"\nuntil_utc = "02:00"\ninput_usd_per_mtok = 1\n'
                '[[api.time]]\nfrom_utc = "01:00"\nuntil_utc = "03:00"\ninput_usd_per_mtok = 1\n'
            ),
            "api.time (entry 1): two prices hold",
        ),
        ("rest", "[tariff]\nother_kwh_per_month = 9\n", "it matters only to a tariff by blocks"),
        (
            "rest",
            "[[tariff.block]]\nup_to_kwh = 9\nusd_per_kwh = 1\n",
            "tariff.block.up_to_kwh: every block but the last",
        ),
        (
            "rest",
            "[tariff]\nusd_per_kwh = 1\n[[tariff.block]]\nusd_per_kwh = 1\n",
            "another price of the kilowatt-hour",
        ),
        (
            "rest",
            (
                "[[tariff.block]]\nup_to_kwh = 9\nusd_per_kwh = 1\n"
                "[[tariff.block]]\nup_to_kwh = 8\nusd_per_kwh = 1\n"
                "[[tariff.block]]\nusd_per_kwh = 1\n"
            ),
            "8 comes after 9",
        ),
        ("rest", '[horizon]\nstarts_on = "2027-13-01"\n', "'2027-13-01' is no day"),
        ("rest", '[horizon]\nstarts_on = "soon"\n', "horizon.starts_on"),
        (
            "rest",
            '[[rented]]\nname = "G"\nusd_per_hour = 1\nkind = "spot"\n',
            "rented.decode_tok_per_s (entry 1): what 'G' does again",
        ),
        (
            "rest",
            '[[rented]]\nname = "G"\nusd_per_hour = 1\ninterrupted_share = 0.1\n',
            "only spot GPUs are taken away",
        ),
        ("rest", '[[rented]]\nname = "G"\nusd_per_hour = 1\nkind = "lent"\n', "rented.kind"),
        ("rest", '[[rented]]\nname = "G"\nusd_per_hour = 1\n' * 2, "'G' is listed twice"),
        ("rest", '[currency]\ncode = "EUR"\n', "currency.code: no rate for EUR"),
        ("rest", TWD.replace("0.031", "nan"), "currency.rate.usd_per_unit (entry 1)"),
        ("rest", TWD.replace("0.031", "0"), "currency.rate.usd_per_unit (entry 1)"),
        ("rest", TWD.replace('"2026-11-25"', '"2026-11-31"'), "currency.rate.as_of"),
        (
            "rest",
            '[maintenance]\nusd_per_hour = "40 XYZ"\n',
            "no rate for XYZ is given",
        ),
        ("rest", '[maintenance]\nusd_per_hour = "-40 USD"\n', "maintenance.usd_per_hour"),
        ("rest", '[maintenance]\nusd_per_hour = "1e999 USD"\n', "maintenance.usd_per_hour"),
        ("rest", '[maintenance]\nhours_per_month = "4 USD"\n', "maintenance.hours_per_month"),
        ("rest", "[slo]\nttft_p95_ms = -1\n", "slo.ttft_p95_ms"),
        ("rest", "[arrivals]\npeak_to_mean = 0.5\n", "arrivals.peak_to_mean"),
    ],
)
def test_costs_that_make_no_sense_are_refused(part: str, text: str, says: str) -> None:
    with pytest.raises(InputError) as caught:
        inputs_of(**{part: text})
    message = str(caught.value)
    assert says in message
    assert "\n" not in message
    assert caught.value.remedy


def test_an_api_looked_up_may_not_state_half_its_prices() -> None:
    raw = tomllib.loads(USAGE + BOX + '[[api]]\nname = "A"\nbatch_input_usd_per_mtok = 1\n')
    with pytest.raises(InputError, match="batch_output_usd_per_mtok"):
        parse_scenario(raw)
    raw = tomllib.loads(USAGE + BOX + '[[api]]\nname = "A"\ncache_write_usd_per_mtok = 1\n')
    with pytest.raises(InputError, match=r"api\.input_usd_per_mtok"):
        parse_scenario(raw)


def test_more_volume_keeps_the_lengths() -> None:
    case = inputs_of(usage="requests_per_month = 6000\n").case()
    assert case.usage.shapes[0].input_tokens == 1000
    assert case.at_volume(3).usage.shapes[0].input_tokens == 1000
    assert replace(case.usage, requests_per_month=None).shapes[0].input_tokens is None

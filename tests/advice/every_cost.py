"""A scenario with any of the costs there are, and the ranges its numbers may have."""

from __future__ import annotations

from typing import Any

PRICES = (
    "cached_input_usd_per_mtok",
    "cache_write_usd_per_mtok",
    "batch_input_usd_per_mtok",
    "batch_output_usd_per_mtok",
)
KNOWN = (
    "prefill_tok_per_s",
    "decode_tok_per_s",
    "prefill_power_w",
    "decode_power_w",
    "electricity_usd_per_month",
)
LENGTHS = [
    {"share": 0.75, "input_tokens": 2_000, "output_tokens": 400},
    {"share": 0.25, "input_tokens": 30_000, "output_tokens": 600},
]
UNCERTAIN: dict[str, tuple[float, float]] = {
    "usage.input_tokens_per_month": (5e6, 4e8),
    "usage.output_tokens_per_month": (5e6, 3e8),
    "usage.cached_input_share": (0, 0.6),
    "usage.cache_write_share": (0, 0.4),
    "usage.batch_share": (0, 1),
    "usage.growth_per_month": (-0.1, 0.15),
    "usage.requests_per_month": (2_000, 60_000),
    "box.price_usd": (0, 20_000),
    "box.resale_decline_per_year": (0, 1),
    "box.prefill_tok_per_s": (300, 5_000),
    "box.decode_tok_per_s": (20, 400),
    "box.active_power_w": (300, 900),
    "box.idle_power_w": (20, 200),
    "box.prefill_power_w": (300, 900),
    "box.decode_power_w": (250, 800),
    "box.powered_hours_per_month": (200, 744),
    "box.wall_factor": (0.9, 1.4),
    "box.cooling_factor": (1, 1.6),
    "box.electricity_usd_per_month": (5, 90),
    "box.setup_hours": (0, 60),
    "box.setup_usd": (0, 900),
    "box.spare_parts_usd_per_year": (0, 500),
    "box.cached_input_share": (0, 0.9),
    "box.input_token_ratio": (0.7, 1.4),
    "box.output_token_ratio": (0.7, 1.4),
    "box.reasoning_tokens_per_output_token": (0, 4),
    "box.retry_share": (0, 0.3),
    "tariff.usd_per_kwh": (0.05, 0.5),
    "tariff.usd_per_month": (0, 30),
    "tariff.other_kwh_per_month": (0, 300),
    "maintenance.hours_per_month": (0, 10),
    "maintenance.usd_per_hour": (0, 120),
    "horizon.discount_rate_per_year": (0, 0.3),
    "horizon.api_decline_per_year": (-0.3, 0.9),
    "api.one.input_usd_per_mtok": (0.2, 10),
    "api.one.output_usd_per_mtok": (0.5, 40),
    "api.one.cached_input_usd_per_mtok": (0, 5),
    "api.one.cache_write_usd_per_mtok": (0, 12),
    "api.one.usd_per_request": (0, 0.01),
    "api.one.batch_input_usd_per_mtok": (0, 5),
    "api.one.batch_output_usd_per_mtok": (0, 20),
    "api.one.input_token_ratio": (0.7, 1.4),
    "api.one.output_token_ratio": (0.7, 1.4),
    "api.one.reasoning_tokens_per_output_token": (0, 4),
    "api.one.retry_share": (0, 0.3),
    "rented.by the hour.usd_per_hour": (0.5, 4),
    "rented.by the hour.decode_tok_per_s": (20, 900),
    "rented.by the hour.interrupted_share": (0, 0.4),
    "rented.by the hour.max_utilization": (0.3, 1),
    "rented.kept.hours_per_month": (50, 700),
    "candidate.big.price_usd": (2_000, 20_000),
    "candidate.big.decode_tok_per_s": (100, 900),
    "candidate.big.idle_power_w": (50, 200),
    "candidate.big.wall_factor": (1, 1.4),
    "candidate.big.setup_hours": (0, 40),
    "candidate.big.resale_decline_per_year": (0.1, 0.6),
    "candidate.old.setup_usd": (0, 400),
    "carbon.grid_g_per_kwh": (20, 900),
    "carbon.usd_per_tonne": (0, 400),
    "carbon.told.one.g_co2e_per_mtok": (0, 5_000),
}
OPTIONAL = [
    "usage.request",
    "usage.hours",
    "box.phases",
    "box.bill",
    "box.resale",
    "tariff.band",
    "tariff.block",
    "api.tier",
    "api.time",
    "api.change",
    "api.batch",
    "api.cached",
    "no rates",
    "carbon",
]


def scenario(has: frozenset[str]) -> dict[str, Any]:
    """A scenario with these parts, every number at a plain value."""
    api = {
        "name": "one",
        "input_usd_per_mtok": 2.0,
        "output_usd_per_mtok": 9.0,
        "usd_per_request": 0.001,
        **({"cached_input_usd_per_mtok": 0.4} if "api.cached" in has else {}),
        **({"cache_write_usd_per_mtok": 2.5} if "api.cached" in has else {}),
    }
    if "api.batch" in has:
        api |= {"batch_input_usd_per_mtok": 1.0, "batch_output_usd_per_mtok": 4.0}
    if "api.tier" in has:
        api["tier"] = [
            {"above_input_tokens": 5_000, "input_usd_per_mtok": 3.0},
            {"above_input_tokens": 20_000, "output_usd_per_mtok": 14.0},
        ]
    if "api.time" in has:
        api["time"] = [{"from_utc": "16:30", "until_utc": "00:30", "input_usd_per_mtok": 1.0}]
    if "api.change" in has:
        api["change"] = [
            {"from": "2026-11-20", "output_usd_per_mtok": 8.0},
            {"from": "2027-03-11", "input_usd_per_mtok": 1.0},
        ]
    box: dict[str, Any] = {
        "price_usd": 4_000.0,
        "active_power_w": 450.0,
        "idle_power_w": 60.0,
        "setup_hours": 8.0,
        "setup_usd": 150.0,
        "cooling_factor": 1.2,
    }
    if "no rates" not in has:
        box |= {"prefill_tok_per_s": 2_500.0, "decode_tok_per_s": 150.0}
    if "box.phases" in has:
        box |= {"prefill_power_w": 500.0, "decode_power_w": 350.0}
    if "box.bill" in has:
        box["electricity_usd_per_month"] = 30.0
    if "box.resale" in has:
        box["resale"] = [{"age_months": 10, "share": 0.6}, {"age_months": 40, "share": 0.1}]
    usage: dict[str, Any] = {
        "input_tokens_per_month": 90e6,
        "output_tokens_per_month": 60e6,
        "batch_share": 0.3,
        "cache_write_share": 0.1,
    }
    if "usage.request" in has:
        usage["request"] = LENGTHS
    else:
        usage["requests_per_month"] = 12_000.0
    if "usage.hours" in has:
        usage["hours"] = [
            {"days": "mon-fri", "from": "08:00", "to": "18:00", "share": 0.8},
            {"days": "sat,sun", "from": "08:00", "to": "12:00", "share": 0.2},
        ]
    tariff: dict[str, Any] = {"usd_per_month": 7.0}
    if "tariff.block" in has:
        tariff["block"] = [{"usd_per_kwh": 0.1, "up_to_kwh": 200}, {"usd_per_kwh": 0.3}]
        tariff["other_kwh_per_month"] = 120.0
    else:
        tariff["usd_per_kwh"] = 0.2
        if "tariff.band" in has:
            tariff["band"] = [
                {"days": "mon-fri", "from": "07:00", "to": "20:00", "usd_per_kwh": 0.35}
            ]
    carbon = {
        "grid_g_per_kwh": 300.0,
        "usd_per_tonne": 80.0,
        "told": [
            {"name": "one", "g_co2e_per_mtok": 900.0},
            {"name": "two", "g_co2e_per_mtok": 200.0},
        ],
    }
    return {
        **({"carbon": carbon} if "carbon" in has else {}),
        "usage": usage,
        "box": box,
        "tariff": tariff,
        "maintenance": {"hours_per_month": 2.0, "usd_per_hour": 40.0},
        "horizon": {"months": 14, "starts_on": "2026-12-01"},
        "api": [
            api,
            {"name": "two", "input_usd_per_mtok": 1.0, "output_usd_per_mtok": 3.0},
        ],
        "candidate": [
            {
                "name": "big",
                "price_usd": 9_000.0,
                "prefill_tok_per_s": 9_000.0,
                "decode_tok_per_s": 600.0,
                "active_power_w": 800.0,
                "idle_power_w": 90.0,
                "wall_factor": 1.1,
                "setup_hours": 20.0,
                "resale_decline_per_year": 0.3,
            },
            {"name": "old", "price_usd": 500.0, "active_power_w": 300.0, "setup_usd": 20.0},
        ],
        "rented": [
            {
                "name": "by the hour",
                "usd_per_hour": 2.0,
                "kind": "spot",
                "prefill_tok_per_s": 3_000.0,
                "decode_tok_per_s": 300.0,
                "interrupted_share": 0.1,
            },
            {"name": "kept", "usd_per_hour": 1.2, "kind": "reserved"},
        ],
    }


def put(tables: dict[str, Any], key: str, value: Any) -> None:
    """Writes a value, of an entry by its name."""
    table, _, rest = key.partition(".")
    entry, _, field = rest.rpartition(".")
    place = tables[table]
    if entry.startswith("told."):
        place, entry = place["told"], entry.removeprefix("told.")
    if entry:
        place = next(each for each in place if each["name"] == entry)
    place[field] = value


def settable(plain: dict[str, Any]) -> set[str]:
    """Keys that this scenario may say: no price that it does not have, no second tariff."""
    keys = set(UNCERTAIN)
    api = plain["api"][0]
    keys -= {f"api.one.{name}" for name in PRICES if name not in api}
    box = plain["box"]
    keys -= {f"box.{name}" for name in KNOWN if name not in box}
    if "resale" in box:
        keys.remove("box.resale_decline_per_year")
    if "request" in plain["usage"]:
        keys.remove("usage.requests_per_month")
    by_blocks = "block" in plain["tariff"]
    keys.remove("tariff.usd_per_kwh" if by_blocks else "tariff.other_kwh_per_month")
    if "carbon" not in plain:
        keys = {key for key in keys if not key.startswith("carbon.")}
    return keys

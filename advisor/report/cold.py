"""How is a cold start shown? A line a load, one for the warm server, one a switch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor.report.text import name, number, safe

if TYPE_CHECKING:
    from advisor.bench.cold_document import ColdStart, Load, RequestTimes, Switch

NEARLY_ALL = 0.95


def cold_facts(cold: ColdStart | None, unknown: dict[str, str]) -> list[tuple[str, str]]:
    """Label and text of each line; the reason where a cold start was asked for and not had."""
    if cold is None:
        reason = unknown.get("cold_start", "asked for")
        return [] if "asked for" in reason else [("cold start", safe(reason))]
    label = "process start" if cold.of == "process" else "cold start"
    lines = [(label, _load(load)) for load in cold.loads]
    warm = _first_token(cold.warm_request)
    gone = "" if cold.unload_s is None else f", unloaded in {_seconds(cold.unload_s)}"
    lines.append(("when warm", warm + gone))
    return lines + [("switch", _switch(each)) for each in cold.switches]


def _load(load: Load) -> str:
    told = _first_token(load.first_request)
    if load.load_s is None:
        return f"loaded with the first request: {told} ({_place(load.disk_cache_share)})"
    return f"{_seconds(load.load_s)} {_place(load.disk_cache_share)}, then {told}"


def _place(share: float | None) -> str:
    if share is None:
        return "(disk cache not known)"
    if share >= NEARLY_ALL:
        return "from the disk cache"
    if share <= 1 - NEARLY_ALL:
        return "from the disk"
    return f"with {share:.0%} from the disk cache"


def _first_token(times: RequestTimes | None) -> str:
    if times is None or times.ttft_ms is None:
        return "no answer"
    return f"first token after {number(times.ttft_ms)} ms"


def _switch(switch: Switch) -> str:
    if switch.first_token_s is None:
        return "no answer"
    beside = ", the other stays loaded" if switch.kept_loaded else ""
    taken = _seconds(switch.first_token_s)
    return f"{taken} until the first token of {name(switch.to_model, 40)}{beside}"


def _seconds(value: float) -> str:
    return f"{number(value)} s"

"""How is a cold start shown? A line a load, one for the warm server, one a switch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor.report.language import _, sentence
from advisor.report.text import name, number, safe

if TYPE_CHECKING:
    from advisor.bench.cold_document import ColdStart, Load, RequestTimes, Switch

NEARLY_ALL = 0.95


def cold_facts(cold: ColdStart | None, unknown: dict[str, str]) -> list[tuple[str, str]]:
    """Label and text of each line; the reason where a cold start was asked for and not had."""
    if cold is None:
        reason = unknown.get("cold_start", "asked for")
        return [] if "asked for" in reason else [(_("cold start"), safe(sentence(reason)))]
    label = _("process start") if cold.of == "process" else _("cold start")
    lines = [(label, _load(load)) for load in cold.loads]
    warm = _first_token(cold.warm_request)
    if cold.unload_s is not None:
        warm = _("{warm}, unloaded in {seconds}").format(warm=warm, seconds=_seconds(cold.unload_s))
    lines.append((_("when warm"), warm))
    return lines + [(_("switch"), _switch(each)) for each in cold.switches]


def _load(load: Load) -> str:
    told = _first_token(load.first_request)
    if load.load_s is None:
        return _("loaded with the first request: {told} ({place})").format(
            told=told, place=_place(load.disk_cache_share)
        )
    return _("{seconds} {place}, then {told}").format(
        seconds=_seconds(load.load_s), place=_place(load.disk_cache_share), told=told
    )


def _place(share: float | None) -> str:
    if share is None:
        return _("(disk cache not known)")
    if share >= NEARLY_ALL:
        return _("from the disk cache")
    if share <= 1 - NEARLY_ALL:
        return _("from the disk")
    return _("with {share} from the disk cache").format(share=f"{share:.0%}")


def _first_token(times: RequestTimes | None) -> str:
    if times is None or times.ttft_ms is None:
        return _("no answer")
    return _("first token after {ttft_ms} ms").format(ttft_ms=number(times.ttft_ms))


def _switch(switch: Switch) -> str:
    if switch.first_token_s is None:
        return _("no answer")
    said = (
        _("{seconds} until the first token of {model}, the other stays loaded")
        if switch.kept_loaded
        else _("{seconds} until the first token of {model}")
    )
    return said.format(seconds=_seconds(switch.first_token_s), model=name(switch.to_model, 40))


def _seconds(value: float) -> str:
    return f"{number(value)} s"

"""How is a model shown, and what is predicted of it?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor.report.console import facts_table, result_console
from advisor.report.language import N_, _, sentence
from advisor.report.text import name, number, safe, size, tokens

if TYPE_CHECKING:
    from rich.console import RenderableType

    from advisor.models.band import Band
    from advisor.models.description import Description
    from advisor.models.prediction import Prediction

_FITS = {"yes": N_("fits"), "partly": N_("fits partly"), "no": N_("does not fit")}
_MODES = {
    "reasoning": N_("reasoning"),
    "no reasoning": N_("no reasoning"),
    "high effort": N_("high effort"),
    "mode not told": N_("mode not told"),
}
"""In which a score was reached, as the catalogue says it."""
_SHOWN_SIZES = ("Q2_K", "Q4_0", "Q4_K_M", "MXFP4", "Q5_K_M", "Q6_K", "Q8_0", "F16")


def show_model(one: Description) -> None:
    """Prints what is known of a model."""
    console = result_console()
    console.print(f"{name(one.title)} ({name(one.quantization)})", style="bold")
    console.print(facts_table(_facts(one)))
    origin = _("Read from {source} on {day}.") if one.as_of else _("Read from {source}.")
    source = safe(sentence(one.source), 300)
    console.print(origin.format(source=source, day=one.as_of), style="dim")


def _facts(one: Description) -> list[tuple[str, RenderableType]]:
    parameters = tokens(one.parameters)
    if one.experts:
        parameters = _("{parameters}, {active} used by a token").format(
            parameters=parameters, active=tokens(one.active_parameters)
        )
    facts: list[tuple[str, RenderableType]] = [
        (_("parameters"), parameters),
        (
            _("weights"),
            _("{size}, {bits} bits a weight").format(
                size=size(one.weights_bytes), bits=f"{one.bits_per_weight['all']:.2f}"
            ),
        ),
        (_("layers"), _layers(one)),
    ]
    if one.experts is not None:
        facts.append(
            (
                _("experts"),
                _("{used} of {count} in each layer").format(
                    used=one.experts.used, count=one.experts.count
                ),
            )
        )
    facts.append((_("cache"), _cache(one)))
    longest = (
        _("up to {count} tokens").format(count=f"{one.context_tokens:,}")
        if one.context_tokens
        else sentence(one.unknown["context_tokens"])
    )
    facts.append((_("context"), longest))
    license_known = one.license or sentence(one.unknown.get("license", "not known"))
    facts.append((_("license"), name(license_known)))
    if one.quality is not None:
        score = _("{score} on the {index} ({mode})").format(
            score=f"{one.quality.score:g}",
            index=name(one.quality.index),
            mode=name(_(_MODES.get(one.quality.mode, one.quality.mode))),
        )
        facts.append((_("quality"), _(", ").join((score, one.quality.as_of))))
    else:
        facts.append((_("quality"), name(sentence(one.unknown["quality"]))))
    if one.repository:
        facts.append((_("repository"), name(one.repository, 200)))
    if one.sizes_bytes:
        shown = _(", ").join(f"{each} {size(one.sizes_bytes[each])}" for each in _SHOWN_SIZES)
        facts.append((_("in other types"), shown))
    return facts


def _layers(one: Description) -> str:
    layers = one.layers
    parts = [
        said.format(count=count)
        for count, said in (
            (layers.whole_context, _("{count} of attention")),
            (layers.windowed, _("{count} with a window")),
            (layers.recurrent, _("{count} with a state")),
            (layers.without_mixer, _("{count} of experts or feed-forward alone")),
        )
        if count
    ]
    return _("{total}: {listed}; {hidden} wide, family {family}").format(
        total=layers.total,
        listed=_(", ").join(parts),
        hidden=f"{one.hidden:,}",
        family=name(one.family),
    )


def _cache(one: Description) -> str:
    cache = one.cache
    parts = []
    if cache.bytes_per_token:
        parts.append(_("{size} a token").format(size=size(cache.bytes_per_token)))
    if cache.windowed_bytes_per_token and cache.window_tokens:
        parts.append(
            _("{size} a token up to {count} tokens").format(
                size=size(cache.windowed_bytes_per_token), count=f"{cache.window_tokens:,}"
            )
        )
    if cache.state_bytes:
        parts.append(_("{size} a request").format(size=size(cache.state_bytes)))
    return _(" and ").join(parts) or _("none")


def show_prediction(one: Prediction) -> None:
    """Prints whether the model fits, how far it goes and how fast it will run."""
    console = result_console()
    fits = _("fits tightly") if one.tight and one.fits == "yes" else _(_FITS[one.fits])
    console.print(
        _("{model} on {machine}: {fits}").format(
            model=f"{name(one.model)}:{name(one.quantization)}",
            machine=name(one.machine),
            fits=fits,
        ),
        style="bold",
    )
    for each in one.warnings:
        console.print(_("Warning: {line}.").format(line=safe(sentence(each), 300)), style="yellow")
    console.print(facts_table(_expected(one)))
    for each in one.assumptions:
        console.print(_("Assumed: {line}.").format(line=safe(sentence(each), 300)), style="dim")
    console.print(
        _("In brackets the middle 80 % of what is expected of the whole, which was not run.")
        if one.basis == "layers"
        else _("In brackets the middle 80 % of what is expected; nothing was run for it."),
        style="dim",
    )
    if one.narrower_by is not None:
        console.print(narrower(one.narrower_by))


def show_calibrated(example: Prediction) -> None:
    """Prints whether predictions rest on this machine's measurements now, and one of them."""
    result_console().print(
        _("Predictions for this machine rest on its own measurements now. For example:")
        if example.basis == "calibrated"
        else _("Too little was measured for predictions to rest on it. For example:")
    )
    show_prediction(example)


def narrower(how: str) -> str:
    """What would rest a speed on this machine's own measurements."""
    return _("For a narrower band measure on this machine: {how}.").format(
        how=safe(sentence(how), 300)
    )


def _expected(one: Prediction) -> list[tuple[str, RenderableType]]:
    memory = one.memory_bytes
    requests = f"{one.concurrency} × " if one.concurrency > 1 else ""
    needed = _("{middle} ({low} to {high})").format(
        middle=size(memory.p50), low=size(memory.p10), high=size(memory.p90)
    )
    asked = _("{count} tokens").format(count=f"{requests}{one.context_tokens:,}")
    parts = (
        (_("weights"), one.memory.weights_bytes),
        (_("cache"), one.memory.cache_bytes),
        (_("computing"), one.memory.compute_bytes),
        (_("process"), one.memory.process_bytes),
    )
    facts: list[tuple[str, RenderableType]] = [
        (
            _("memory"),
            _("{needed} for {asked}, {free} free").format(
                needed=needed, free=size(one.free_bytes), asked=asked
            ),
        ),
        (
            _("of it"),
            _(", ").join(f"{what} {size(count)}" for what, count in parts),
        ),
    ]
    if one.fits == "partly":
        facts.append(
            (
                _("spills"),
                _("{spilled} of {layers} layers into main memory").format(
                    spilled=one.spilled_layers, layers=one.layers
                ),
            )
        )
    if one.largest_context_tokens:
        facts.append((_("at most"), _farthest(one)))
    facts.append((_("decode"), _decode(one)))
    facts.append((_("prefill"), _prefill(one)))
    if one.energy_j_per_output_token is not None:
        facts.append((_("energy"), _energy(one, one.energy_j_per_output_token)))
    if one.rests_on:
        facts.append((_("basis"), safe(sentence(one.rests_on), 300)))
    return facts


def _farthest(one: Prediction) -> str:
    said = (
        _("{longest} tokens of context, or {most} requests at once")
        if one.largest_concurrency
        else _("{longest} tokens of context")
    )
    farthest = said.format(
        longest=f"{one.largest_context_tokens:,}", most=f"{one.largest_concurrency:,}"
    )
    if one.model_context_tokens is not None:
        return farthest
    return _("{farthest}, by memory; the model's own limit is not known").format(farthest=farthest)


def _energy(one: Prediction, energy: Band) -> str:
    return _("{band} J a token, {kwh} kWh a million, at {power_w} W ({source})").format(
        band=_band(energy),
        kwh=number(energy.p50 / 3.6),
        power_w=number(one.active_power_w or 0.0),
        source=safe(sentence(one.power_source)),
    )


def _decode(one: Prediction) -> str:
    if one.decode_tok_per_s is None:
        return _unknown(one, "decode_tok_per_s")
    if not one.speed_context_tokens:
        said = (
            _("{band} tokens/s, {together} all together")
            if one.concurrency > 1
            else _("{band} tokens/s")
        )
    else:
        said = (
            _("{band} tokens/s, {together} all together, after {before} tokens each")
            if one.concurrency > 1
            else _("{band} tokens/s after {before} tokens")
        )
    return said.format(
        band=_band(one.decode_tok_per_s),
        together=_band(one.output_tok_per_s),
        before=f"{one.speed_context_tokens:,}",
    )


def _prefill(one: Prediction) -> str:
    if one.prefill_tok_per_s is None:
        return _unknown(one, "prefill_tok_per_s")
    said = (
        _("{band} tokens/s for a prompt of {count} after {before} tokens")
        if one.speed_context_tokens and one.basis == "bandwidth"
        else _("{band} tokens/s for a prompt of {count}")
    )
    return said.format(
        band=_band(one.prefill_tok_per_s),
        count=f"{one.prompt_tokens:,}",
        before=f"{one.speed_context_tokens:,}",
    )


def _unknown(one: Prediction, key: str) -> str:
    return _("not known: {reason}").format(reason=safe(sentence(one.unknown[key])))


def _band(band: Band | None) -> str:
    if band is None:
        return _("not known")
    return _("{middle} ({low} to {high})").format(
        middle=number(band.p50), low=number(band.p10), high=number(band.p90)
    )

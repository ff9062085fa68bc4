"""How is a model shown, and what is predicted of it?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor.report.console import facts_table, result_console
from advisor.report.text import name, number, safe, size, tokens

if TYPE_CHECKING:
    from rich.console import RenderableType

    from advisor.models.description import Description
    from advisor.models.prediction import Band, Prediction

_FITS = {"yes": "fits", "partly": "fits partly", "no": "does not fit"}
_SHOWN_SIZES = ("Q2_K", "Q4_0", "Q4_K_M", "MXFP4", "Q5_K_M", "Q6_K", "Q8_0", "F16")


def show_model(one: Description) -> None:
    """Prints what is known of a model."""
    console = result_console()
    console.print(f"{name(one.title)} ({name(one.quantization)})", style="bold")
    console.print(facts_table(_facts(one)))
    origin = f"Read from {safe(one.source, 300)}" + (f" on {one.as_of}." if one.as_of else ".")
    console.print(origin, style="dim")


def _facts(one: Description) -> list[tuple[str, RenderableType]]:
    active = one.active_parameters
    used = f", {tokens(active)} used by a token" if one.experts else ""
    facts: list[tuple[str, RenderableType]] = [
        ("parameters", f"{tokens(one.parameters)}{used}"),
        ("weights", f"{size(one.weights_bytes)}, {one.bits_per_weight['all']:.2f} bits a weight"),
        ("layers", _layers(one)),
    ]
    if one.experts is not None:
        facts.append(("experts", f"{one.experts.used} of {one.experts.count} in each layer"))
    facts.append(("cache", _cache(one)))
    if one.context_tokens:
        facts.append(("context", f"up to {one.context_tokens:,} tokens"))
    facts.append(("license", name(one.license or one.unknown.get("license", "not known"))))
    if one.quality is not None:
        score = f"{one.quality.score:g} on the {name(one.quality.index)} ({name(one.quality.mode)})"
        facts.append(("quality", f"{score}, {one.quality.as_of}"))
    else:
        facts.append(("quality", name(one.unknown["quality"])))
    if one.repository:
        facts.append(("repository", name(one.repository, 200)))
    if one.sizes_bytes:
        shown = ", ".join(f"{each} {size(one.sizes_bytes[each])}" for each in _SHOWN_SIZES)
        facts.append(("in other types", shown))
    return facts


def _layers(one: Description) -> str:
    layers = one.layers
    parts = [
        f"{count} {what}"
        for count, what in (
            (layers.whole_context, "of attention"),
            (layers.windowed, "with a window"),
            (layers.recurrent, "with a state"),
            (layers.without_mixer, "of experts or feed-forward alone"),
        )
        if count
    ]
    return f"{layers.total}: {', '.join(parts)}; {one.hidden:,} wide, family {name(one.family)}"


def _cache(one: Description) -> str:
    cache = one.cache
    parts = []
    if cache.bytes_per_token:
        parts.append(f"{size(cache.bytes_per_token)} a token")
    if cache.windowed_bytes_per_token and cache.window_tokens:
        up_to = f"up to {cache.window_tokens:,} tokens"
        parts.append(f"{size(cache.windowed_bytes_per_token)} a token {up_to}")
    if cache.state_bytes:
        parts.append(f"{size(cache.state_bytes)} a request")
    return " and ".join(parts) or "none"


def show_prediction(one: Prediction) -> None:
    """Prints whether the model fits, how far it goes and how fast it will run."""
    console = result_console()
    console.print(
        f"{name(one.model)}:{name(one.quantization)} on {name(one.machine)}: "
        f"{_FITS[one.fits]}{' tightly' if one.tight else ''}",
        style="bold",
    )
    console.print(facts_table(_expected(one)))
    for each in one.assumptions:
        console.print(f"Assumed: {safe(each, 300)}.", style="dim")
    console.print(
        "Not measured on that box: the middle 80 % of what is expected.",
        style="dim",
    )


def _expected(one: Prediction) -> list[tuple[str, RenderableType]]:
    memory = one.memory_bytes
    requests = f"{one.concurrency} × " if one.concurrency > 1 else ""
    needed = f"{size(memory.p50)} ({size(memory.p10)} to {size(memory.p90)})"
    asked = f"{requests}{one.context_tokens:,} tokens"
    parts = (
        ("weights", one.memory.weights_bytes),
        ("cache", one.memory.cache_bytes),
        ("computing", one.memory.compute_bytes),
        ("process", one.memory.process_bytes),
    )
    facts: list[tuple[str, RenderableType]] = [
        (
            "memory",
            f"{needed} of {size(one.free_bytes)} free, for {asked}",
        ),
        (
            "of it",
            ", ".join(f"{what} {size(count)}" for what, count in parts),
        ),
    ]
    if one.fits == "partly":
        facts.append(("spills", f"{one.spilled_layers} of {one.layers} layers into main memory"))
    if one.largest_context_tokens:
        longest, most = tokens(one.largest_context_tokens), one.largest_concurrency
        facts.append(("at most", f"{longest} tokens of context, or {most:,} requests at once"))
    together = f", {_band(one.output_tok_per_s)} all together" if one.concurrency > 1 else ""
    decode = one.decode_tok_per_s
    facts.append(
        (
            "decode",
            f"{_band(decode)} tokens/s{together}"
            if decode
            else f"not known: {safe(one.unknown['decode_tok_per_s'])}",
        )
    )
    prefill = one.prefill_tok_per_s
    facts.append(
        (
            "prefill",
            f"{_band(prefill)} tokens/s for a prompt of {one.prompt_tokens:,}"
            if prefill
            else f"not known: {safe(one.unknown['prefill_tok_per_s'])}",
        )
    )
    return facts


def _band(band: Band | None) -> str:
    if band is None:
        return "not known"
    return f"{number(band.p50)} ({number(band.p10)} to {number(band.p90)})"

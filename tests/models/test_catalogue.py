"""The catalogue: its figures agree with each other, and names are recognized."""

from __future__ import annotations

from collections import Counter
from datetime import date

import pytest

from advisor.errors import InputError
from advisor.models.architecture import Architecture
from advisor.models.catalogue import catalogue, find, nearest, recognize
from advisor.models.shapes import parameters


@pytest.mark.parametrize("one", catalogue(), ids=lambda one: one.name)
def test_recorded_parameters_follow_from_the_dimensions(one: Architecture) -> None:
    assert parameters(one) == one.parameters


@pytest.mark.parametrize("one", catalogue(), ids=lambda one: one.name)
def test_every_entry_has_a_source_and_a_date(one: Architecture) -> None:
    assert one.source.startswith("https://")
    assert date.fromisoformat(one.as_of)
    assert one.name in one.aliases


def test_no_alias_stands_for_two_models() -> None:
    uses = Counter(alias for one in catalogue() for alias in one.aliases)
    assert [alias for alias, count in uses.items() if count > 1] == []


def test_catalogue_is_in_order_of_size() -> None:
    sizes = [one.parameters for one in catalogue()]
    assert sizes == sorted(sizes)


def test_name_is_found_in_any_case() -> None:
    assert find(" Llama-3.1-8B ").name == "llama-3.1-8b"


def test_unknown_name_suggests_the_nearest() -> None:
    with pytest.raises(InputError, match=r"Did you mean llama-3\.1-8b, llama-3"):
        find("lama-3.1-8b")


@pytest.mark.parametrize(
    ("served", "name"),
    [
        ("meta-llama/Meta-Llama-3.1-8B-Instruct-Turbo", "llama-3.1-8b"),
        ("llama-3.1-8b-instant", "llama-3.1-8b"),
        ("llama3.2:1b", "llama-3.2-1b"),
        ("llama3.2:3b-instruct-q4_K_M", "llama-3.2-3b"),
        ("Llama-3.2-1B-Instruct-Q4_0.gguf", "llama-3.2-1b"),
        ("Meta Llama 3.1 8B Instruct", "llama-3.1-8b"),
        ("Qwen/Qwen3-8B", "qwen3-8b"),
        ("Qwen/Qwen3-4B-Instruct-2507", "qwen3-4b-2507"),
        ("SmolLM2-135M-Instruct.Q4_1", "smollm2-135m"),
    ],
)
def test_served_names_are_recognized(served: str, name: str) -> None:
    found = recognize(served)
    assert found is not None
    assert found.name == name


@pytest.mark.parametrize(
    "other",
    [
        "",
        "llama-3.1-80b",
        "aion-labs/aion-rp-llama-3.1-8b",
        "llama-3.1-8b-lexi-uncensored",
        "Qwen/Qwen3-4B-SafeRL",
        "gpt-4o",
    ],
)
def test_other_models_are_not_taken_for_one(other: str) -> None:
    assert recognize(other) is None


@pytest.mark.parametrize(
    ("asked", "near"),
    [
        ("llama-3.1", ["llama-3.1-8b", "llama-3.1-70b", "llama-3.1-405b"]),
        ("gpt-oss:MXFP4", ["gpt-oss-20b", "gpt-oss-120b"]),
        ("llama3.1-8b", ["llama-3.1-8b"]),
        ("zzz", []),
    ],
)
def test_names_that_hold_what_is_asked_are_the_nearest(asked: str, near: list[str]) -> None:
    assert nearest(asked)[: max(1, len(near))] == near


def test_an_unknown_name_says_how_to_list_all() -> None:
    with pytest.raises(InputError, match=f"models --all lists the {len(catalogue())} known") as no:
        find("zzz")
    assert len(str(no.value)) < 250

"""When two spellings are one model, and when two hosts serve the same weights."""

import pytest

from advisor.prices.names import spelling, states_size, weights


@pytest.mark.parametrize(
    ("written", "listed"),
    [
        ("GPT-4", "gpt-4"),
        ("GPT-3.5 Turbo", "gpt-3.5-turbo"),
        ("Claude 3.5 Sonnet", "claude-3-5-sonnet"),
        ("Claude Sonnet 3.5", "claude-3-5-sonnet"),
        ("Claude 3.5 Haiku", "claude-3-5-haiku-latest"),
        ("claude sonnet 4", "claude-sonnet-4-0"),
        ("gemini 2 flash", "gemini-2.0-flash"),
        ("Llama 3.1 8B", "llama-v3p1-8b"),
    ],
)
def test_common_spellings_are_one_name(written: str, listed: str) -> None:
    assert spelling(written) == spelling(listed)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("gpt-4", "gpt-4o"),
        ("gpt-4", "gpt-4-32k"),
        ("gpt-4", "gpt-4-turbo"),
        ("gpt-4", "gpt-4-0613"),
        ("claude-3-5-sonnet", "claude-3-sonnet"),
        ("claude-sonnet-4-0", "claude-sonnet-4-5"),
    ],
)
def test_different_names_stay_apart(one: str, other: str) -> None:
    assert spelling(one) != spelling(other)


@pytest.mark.parametrize(
    "host_name",
    [
        "llama-3.1-8b-instant",
        "llama3.1-8b",
        "llama3.1:8b",
        "llama3.1:8b-instruct-q4_K_M",
        "llama-v3p1-8b-instruct",
        "accounts/fireworks/models/llama-v3p1-8b-instruct",
        "meta.llama3-1-8b-instruct-v1:0",
        "databricks-meta-llama-3-1-8b-instruct",
        "@cf/meta/llama-3.1-8b-instruct-fp8-fast",
        "meta-llama/Meta-Llama-3.1-8B-Instruct-Turbo",
        "Meta-Llama-3.1-8B-Instruct-Q4_K_M.gguf",
    ],
)
def test_hosts_spell_the_same_weights_in_many_ways(host_name: str) -> None:
    assert weights(host_name) == weights("llama-3.1-8b")


@pytest.mark.parametrize(
    "other",
    [
        "llama-3.1-80b",
        "llama-3.1-70b-instruct",
        "llama-3-8b-instruct",
        "llama-3.2-8b",
        "deepseek-r1-distill-llama-3.1-8b",
        "deepseek-r1-distill-llama-8b",
        "hermes-3-llama-3.1-8b",
        "llama-guard-3-8b",
        "llama-3.1-8b-vision",
        "llama-3.1-8b-instruct:free",
        "nvidia/llama-3.1-nemotron-nano-8b",
        "8b",
    ],
)
def test_other_weights_never_pass_for_the_model(other: str) -> None:
    assert weights(other) != weights("llama-3.1-8b")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("qwen3-8b", "qwen3-8b-2507"),
        ("qwen3-8b", "qwen3-vl-8b"),
        ("qwen3-8b", "qwen2.5-8b"),
        ("qwen3-30b-a3b", "qwen3-coder-30b-a3b"),
        ("mixtral-8x7b", "mistral-7b"),
        ("gpt-oss-120b", "gpt-oss-20b"),
        ("deepseek-v3", "deepseek-v3.1"),
    ],
)
def test_version_variant_and_size_tell_weights_apart(one: str, other: str) -> None:
    assert weights(one) != weights(other)


def test_a_size_marks_an_open_models_name() -> None:
    assert all(map(states_size, ("llama-3.1-8b", "mixtral-8x7b", "qwen2.5-0.5b", "smollm2-135m")))
    assert not any(map(states_size, ("gpt-4", "gpt-4-32k", "claude-3-5-sonnet", "o3-mini", "")))

"""Are keys found where they may be, and hidden everywhere else?"""

from __future__ import annotations

import keyring
import pytest
from hypothesis import given
from hypothesis import strategies as st
from keyring.backend import KeyringBackend
from keyring.errors import KeyringError

from advisor.errors import AdvisorError, InputError
from advisor.servers.apis.keys import HIDDEN, SHORTEST_SEEN, find_key, redacted
from advisor.servers.apis.providers import known_provider

GROQ, GEMINI = known_provider("groq"), known_provider("gemini")
SECRET = "gsk_4f1c2b3a9d8e7f60"


class Box(KeyringBackend):
    """A keyring in memory."""

    priority = 1.0  # type: ignore[assignment]

    def __init__(self, held: dict[tuple[str, str], str], *, locked: bool = False) -> None:
        super().__init__()
        self.held, self.locked = held, locked

    def get_password(self, service: str, username: str) -> str | None:
        if self.locked:
            raise KeyringError(f"locked, and {SECRET} is inside")
        return self.held.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.held[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.held[service, username]


@pytest.fixture
def box(monkeypatch: pytest.MonkeyPatch) -> Box:
    before = keyring.get_keyring()
    found = Box({})
    keyring.set_keyring(found)
    monkeypatch.delenv("GROQ_API_KEY", raising=False)
    yield found  # type: ignore[misc]
    keyring.set_keyring(before)


def test_the_environment_comes_before_the_keyring(box: Box) -> None:
    box.set_password("local-or-api", "groq", "from the box")
    assert find_key(GROQ, {"GROQ_API_KEY": f" {SECRET}\n"}).value == SECRET
    found = find_key(GROQ, {})
    assert (found.value, found.origin) == ("from the box", "the keyring")


def test_the_first_of_several_variables_wins_as_in_the_providers_client(box: Box) -> None:
    both = {"GEMINI_API_KEY": "second", "GOOGLE_API_KEY": "first"}
    assert find_key(GEMINI, both).value == "first"
    assert find_key(GEMINI, {"GEMINI_API_KEY": "second"}).value == "second"


def test_without_a_key_it_says_where_to_put_one(box: Box) -> None:
    with pytest.raises(AdvisorError) as caught:
        find_key(GROQ, {})
    assert "GROQ_API_KEY" in str(caught.value)
    assert "keyring set local-or-api groq" in str(caught.value)


def test_a_keyring_that_fails_is_no_key_and_shows_nothing(box: Box) -> None:
    box.locked = True
    with pytest.raises(AdvisorError) as caught:
        find_key(GROQ, {})
    assert SECRET not in str(caught.value)
    assert "KeyringError" in str(caught.value)


def test_a_key_that_http_cannot_carry_is_refused_without_showing_it(box: Box) -> None:
    with pytest.raises(InputError) as caught:
        find_key(GROQ, {"GROQ_API_KEY": f"“{SECRET}”"})
    assert SECRET not in str(caught.value)


def test_a_key_does_not_show_itself() -> None:
    found = find_key(GROQ, {"GROQ_API_KEY": SECRET})
    assert SECRET not in repr(found)
    assert SECRET not in f"{found}"


def test_every_run_of_a_key_is_hidden() -> None:
    assert redacted(f"a {SECRET} b {SECRET[3:14]} c", SECRET) == f"a {HIDDEN} b {HIDDEN} c"
    assert redacted("plain words", SECRET) == "plain words"
    assert redacted("pin 1234", "1234") == f"pin {HIDDEN}"


@given(st.text(max_size=60), st.text(min_size=8, max_size=40), st.text(max_size=60))
def test_no_run_of_a_key_survives_in_any_text(before: str, secret: str, after: str) -> None:
    shown = redacted(before + secret + after, secret)
    pieces = shown.split(HIDDEN)
    for start in range(len(secret) - SHORTEST_SEEN + 1):
        assert all(secret[start : start + SHORTEST_SEEN] not in piece for piece in pieces)

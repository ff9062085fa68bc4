"""Which message made a text, and with what in its gaps?"""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from advisor.report.language.templates import Templates, fill, template

PIECE = st.text(alphabet="ab :.", max_size=4)
FILLED = st.text(alphabet="ab :.", max_size=6)


def test_a_message_without_gaps_is_no_template() -> None:
    assert template("no meter") is None
    assert template("{ median = 512 }") is None


def test_the_gaps_hold_what_stands_between() -> None:
    made = template("{name} has no price in the book: {reason}")
    assert made is not None
    assert made.match("gpt-4 has no price in the book: it is old") == {
        "name": "gpt-4",
        "reason": "it is old",
    }
    assert made.match("gpt-4 has no price in the price book") is None


@given(st.lists(st.tuples(PIECE, FILLED), min_size=1, max_size=4), PIECE)
def test_what_a_template_made_it_matches(parts: list[tuple[str, str]], last: str) -> None:
    message = "".join(f"{piece}{{g{at}}}" for at, (piece, _) in enumerate(parts)) + last
    made = template(message)
    assert made is not None
    text = "".join(piece + filled for piece, filled in parts) + last
    found = made.match(text)
    assert found is not None
    assert fill(message, found) == text


@given(st.lists(PIECE, min_size=2, max_size=4), st.text(alphabet="ab :.", max_size=12))
def test_it_matches_what_a_pattern_would(pieces: list[str], text: str) -> None:
    message = "".join(f"{piece}{{g{at}}}" for at, piece in enumerate(pieces[:-1])) + pieces[-1]
    pattern = "(.*)".join(map(re.escape, pieces))
    made = template(message)
    assert made is not None
    assert (made.match(text) is not None) == (re.fullmatch(pattern, text) is not None)


def test_the_most_specific_comes_first() -> None:
    known = Templates(["cannot read {path}", "cannot read the rates in {path}", "{what} is empty"])
    found = [made.message for made, _ in known.matching("cannot read the rates in x")]
    assert found == ["cannot read the rates in {path}", "cannot read {path}"]


def test_a_word_that_touches_a_gap_may_go_on_in_it() -> None:
    known = Templates(["{count} host{plural} here"])
    assert [made.message for made, _ in known.matching("3 hosts here")]

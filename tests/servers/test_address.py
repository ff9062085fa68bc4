"""Is every URL understood or refused with its reason?"""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.errors import InputError
from advisor.servers.address import KEY_VARIABLE, check_headers, parse_headers, parse_url, with_key
from advisor.servers.wire import Endpoint


@pytest.mark.parametrize(
    ("url", "endpoint"),
    [
        ("127.0.0.1:11434", Endpoint("http", "127.0.0.1", 11434)),
        ("localhost", Endpoint("http", "localhost", 80)),
        (
            "https://api.example.org/openai/v1/",
            Endpoint("https", "api.example.org", 443, "/openai"),
        ),
        ("http://[::1]:8000/v1", Endpoint("http", "::1", 8000)),
        (" HTTP://Box:80 ", Endpoint("http", "box", 80)),
        ("http://bücher.example", Endpoint("http", "xn--bcher-kva.example", 80)),
    ],
)
def test_addresses_as_people_write_them(url: str, endpoint: Endpoint) -> None:
    assert parse_url(url) == endpoint
    assert parse_url(endpoint.url) == endpoint


@pytest.mark.parametrize(
    "url",
    [
        *("", "  ", "http://", "http://:8000", "ftp://host", "http://host:0", "http://host:99999"),
        *("http://host:x", "http://ho st", "http://host/\r\nX: y", "http://[::1", "file:///etc"),
        *("http://host/?a=1", "http://host/#a", "http://host/ä", "http://" + "a" * 70 + ".example"),
    ],
)
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(InputError) as raised:
        parse_url(url)
    assert raised.value.remedy


def test_a_password_is_refused_and_not_shown() -> None:
    with pytest.raises(InputError) as raised:
        parse_url("http://me:hunter2@host")
    assert "hunter2" not in str(raised.value)


@given(st.text(max_size=60))
def test_no_text_raises_anything_else(url: str) -> None:
    with contextlib.suppress(InputError):
        parse_url(url)


def test_headers_that_http_cannot_carry_are_refused_and_not_shown() -> None:
    assert check_headers((("X-Key", "abc"),)) == (("X-Key", "abc"),)
    assert parse_headers(["Authorization: Bearer a:b"]) == (("Authorization", "Bearer a:b"),)
    with pytest.raises(InputError):
        parse_headers(["s3cret"])
    for name, value in (("X-Key", "s3cret\r\nHost: x"), ("X Key", "s3cret"), ("X", "s3cret“")):
        with pytest.raises(InputError) as raised:
            check_headers(((name, value),))
        assert "s3cret" not in str(raised.value)


def test_a_key_of_the_environment_is_a_bearer_token() -> None:
    key = {KEY_VARIABLE: " k3y-of-the-server\n"}
    assert with_key((), key) == (("Authorization", "Bearer k3y-of-the-server"),)
    assert with_key((("X-Team", "a"),), key)[0] == ("X-Team", "a")
    named = (("authorization", "Basic abc"),)
    assert with_key(named, key) == named
    assert with_key((), {}) == with_key((), {KEY_VARIABLE: " "}) == ()


def test_a_key_that_cannot_be_one_is_refused_and_never_shown() -> None:
    for key in ("two words-of-it", "k3y\u201c", "k3y\x00y"):
        with pytest.raises(InputError, match=KEY_VARIABLE) as caught:
            with_key((), {KEY_VARIABLE: key})
        assert key not in str(caught.value)

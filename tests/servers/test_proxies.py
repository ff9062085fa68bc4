"""Is the proxy of the environment found as other tools find it, and its password kept?"""

from __future__ import annotations

import pytest

from advisor.errors import InputError
from advisor.servers.address import parse_url
from advisor.servers.proxies import proxy_for


def found(url: str, **environment: str) -> str | None:
    proxy = proxy_for(parse_url(url), environment)
    return proxy and proxy.place


@pytest.mark.parametrize(
    ("url", "environment", "place"),
    [
        ("http://box:8000", {}, None),
        ("http://box:8000", {"http_proxy": "http://p:3128"}, "p:3128"),
        ("http://box:8000", {"HTTP_PROXY": "p:3128"}, "p:3128"),
        ("http://box:8000", {"https_proxy": "http://p:3128"}, None),
        ("https://box", {"HTTPS_PROXY": "http://p:3128"}, "p:3128"),
        ("https://box", {"https_proxy": "http://a:1", "HTTPS_PROXY": "http://b:2"}, "a:1"),
        ("https://box", {"https_proxy": "", "HTTPS_PROXY": "http://b:2"}, None),
        ("https://box", {"ALL_PROXY": "http://p"}, "p:80"),
        ("https://box", {"all_proxy": "http://a:1", "https_proxy": "http://b:2"}, "b:2"),
        ("https://box", {"https_proxy": "http://[::1]:3128"}, "[::1]:3128"),
        ("http://localhost:11434", {"ALL_PROXY": "http://p:1"}, None),
        ("http://127.0.0.2:11434", {"ALL_PROXY": "http://p:1"}, None),
        ("http://[::1]:11434", {"ALL_PROXY": "http://p:1"}, None),
    ],
)
def test_the_environment_names_the_proxy(
    url: str, environment: dict[str, str], place: str | None
) -> None:
    assert found(url, **environment) == place


@pytest.mark.parametrize(
    ("no_proxy", "exempt"),
    [
        ("*", True),
        ("box.example", True),
        (".example", True),
        ("example", True),
        ("*.example", True),
        ("BOX.example", True),
        ("other, box.example", True),
        ("other box.example", True),
        ("box.example:8000", True),
        ("box.example:80", False),
        ("ox.example", False),
        ("box.example.org", False),
        ("10.0.0.0/8", False),
        ("", False),
    ],
)
def test_hosts_are_exempt_by_name_and_domain(no_proxy: str, exempt: bool) -> None:
    place = found("http://box.example:8000", http_proxy="http://p:1", NO_PROXY=no_proxy)
    assert (place is None) is exempt


@pytest.mark.parametrize(
    ("url", "no_proxy", "exempt"),
    [
        ("http://10.1.2.3:8000", "10.0.0.0/8", True),
        ("http://10.1.2.3:8000", "10.1.2.3", True),
        ("http://10.1.2.3:8000", "10.1.2.3:8000", True),
        ("http://11.1.2.3:8000", "10.0.0.0/8", False),
        ("http://[fd00::5]:8000", "fd00::/16", True),
        ("http://[fd00::5]:8000", "[fd00::5]", True),
        ("http://[fd00::5]:8000", "10.0.0.0/8", False),
    ],
)
def test_hosts_are_exempt_by_network(url: str, no_proxy: str, exempt: bool) -> None:
    place = found(url, http_proxy="http://p:1", no_proxy=no_proxy)
    assert (place is None) is exempt


def test_a_password_is_sent_but_never_shown() -> None:
    proxy = proxy_for(parse_url("https://box"), {"https_proxy": "http://me:p%40ss@p:3128"})
    assert proxy is not None
    assert proxy.authorization == "Basic bWU6cEBzcw=="
    assert "bWU6" not in repr(proxy)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("socks5://me:secret@p:1080", "SOCKS"),
        ("https://me:secret@p:1080", "'https'"),
        ("http://", "names no proxy"),
        ("http://p:99999", "names no proxy"),
    ],
)
def test_a_proxy_that_cannot_be_used_is_one_clear_error(value: str, said: str) -> None:
    with pytest.raises(InputError) as caught:
        proxy_for(parse_url("https://box"), {"HTTPS_PROXY": value})
    assert said in str(caught.value)
    assert "secret" not in str(caught.value)

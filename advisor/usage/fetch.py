"""What does an address answer, page by page, and with which key is it asked?

A provider's key is taken from the environment and sent to that provider alone (or to this machine,
where a test or a gateway stands in for it); any other address gets ADVISOR_SERVER_KEY, if set. Keys
are never kept, shown or logged. Paging and limits: see the sources' own files.
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from advisor.errors import AdvisorError, InputError
from advisor.servers.address import check_headers, parse_url, with_key
from advisor.servers.client import Headers, fetch
from advisor.servers.http import Answer, printable
from advisor.servers.opening import reach
from advisor.servers.secret import keep_secret
from advisor.usage.read import Reading, read_document
from advisor.usage.sources.server_metrics import is_metrics, looks

TIMEOUT_S = 60.0
MOST_PAGES = 2_000


@dataclass(frozen=True, slots=True)
class Api:
    """A provider's usage endpoint: where it is, whose key it wants and what it is asked."""

    host: str
    path: str
    variables: tuple[str, ...]
    header: str
    value: str
    more: Headers = ()
    asked: tuple[tuple[str, str], ...] = ()
    needs: str | None = None


APIS = (
    Api(
        "api.openai.com",
        "/organization/usage/completions",
        ("OPENAI_ADMIN_KEY",),
        "Authorization",
        "Bearer {}",
        asked=(("bucket_width", "1h"), ("limit", "168"), ("group_by", "model")),
        needs="start_time",
    ),
    Api(
        "api.anthropic.com",
        "/organizations/usage_report/messages",
        ("ANTHROPIC_ADMIN_KEY", "ANTHROPIC_ADMIN_API_KEY"),
        "x-api-key",
        "{}",
        more=(("anthropic-version", "2023-06-01"),),
        asked=(("bucket_width", "1h"), ("limit", "168"), ("group_by[]", "model")),
        needs="starting_at",
    ),
    Api(
        "openrouter.ai",
        "/api/v1/activity",
        ("OPENROUTER_MANAGEMENT_KEY", "OPENROUTER_API_KEY"),
        "Authorization",
        "Bearer {}",
    ),
)
HERE = ("127.0.0.1", "localhost", "::1")


def read_url(url: str, into: Reading) -> None:
    """Everything behind an address. Raises AdvisorError that says what it answered instead."""
    parts = urlsplit(url)
    base = f"{parts.scheme}://{parts.netloc}{parts.path}"
    endpoint = parse_url(base)
    api = _api(parts.scheme, endpoint.host, parts.path)
    asked = dict(parse_qsl(parts.query, keep_blank_values=True))
    if api is not None:
        if api.needs and api.needs not in asked:
            example = "1751328000" if api.needs == "start_time" else "2026-07-01T00:00:00Z"
            raise InputError(
                f"{base} wants to know since when",
                remedy=f"Add ?{api.needs}={example} to the URL.",
            )
        asked = {**dict(api.asked), **asked}
    headers = _headers(api)
    keep_secret(headers)
    endpoint = reach(endpoint)
    path = parts.path.rstrip("/").removeprefix(endpoint.path) or ("" if endpoint.path else "/")
    into.ledger.begin_file()
    seen: set[str] = set()
    for _ in range(MOST_PAGES):
        query = f"?{urlencode(asked, quote_via=quote)}" if asked else ""
        answer = fetch(endpoint, path + query, headers=headers, timeout_s=TIMEOUT_S)
        body = _body(answer, base, api)
        if is_metrics(body[:4096]) and body[:1] not in (b"{", b"["):
            into.looks += looks(body, time.time())
            return
        page = read_document(body, into, base)
        if not (page.has_more and page.next_page):
            break
        if page.next_page in seen:
            raise AdvisorError(f"{base} answers the same page again and again")
        seen.add(page.next_page)
        asked["page"] = page.next_page
    else:
        into.notes.append(f"{base} has more than {MOST_PAGES} pages; the rest was left.")
    into.ledger.end_file()


def _api(scheme: str, host: str, path: str) -> Api | None:
    for api in APIS:
        is_theirs = scheme == "https" and host == api.host
        if (is_theirs or host in HERE) and path.rstrip("/").endswith(api.path):
            return api
    return None


def _headers(api: Api | None) -> Headers:
    if api is None:
        return with_key((), os.environ)
    for variable in api.variables:
        key = os.environ.get(variable, "").strip()
        if key:
            return check_headers(((api.header, api.value.format(key)), *api.more))
    raise InputError(
        f"{api.host} wants an admin key",
        remedy=f"Give it in the environment as {api.variables[0]}.",
    )


def _body(answer: Answer, base: str, api: Api | None) -> bytes:
    if answer.error:
        shorter = "Ask for a shorter span." if answer.error == "too_large" else ""
        raise AdvisorError(f"{base} gave no whole answer", why=answer.error, remedy=shorter)
    body = answer.body
    if answer.status in (401, 403):
        variable = api.variables[0] if api else "ADVISOR_SERVER_KEY"
        raise AdvisorError(
            f"{base} refuses the key (HTTP {answer.status})",
            remedy=f"It takes {variable} from the environment; a usage API wants an admin's key.",
        )
    if body.lstrip()[:1] == b"<":
        raise AdvisorError(
            f"{base} answers with a web page, not with usage (HTTP {answer.status})",
            remedy="Check the address: it may be a login or a dashboard.",
        )
    if answer.status != 200:
        where = answer.headers.get("location")
        why = f"it points to {printable(where.encode())}" if where else printable(body)
        raise AdvisorError(f"{base} answers HTTP {answer.status}", why=why)
    return body

"""What is refused before a page is asked, and what does every answer carry?"""

from __future__ import annotations

from collections.abc import Mapping
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qsl, urlencode, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from advisor.report.language import LANGUAGES, use
from advisor.web.dashboard.access import COOKIE, Access
from advisor.web.dashboard.languages import LANGUAGE_COOKIE, language_of

LARGEST_BODY = 64 * 2**10
OPEN_PATHS = ("/healthz", "/login")
SAFE_METHODS = ("GET", "HEAD")
A_YEAR_S = 365 * 24 * 3600
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}


class Guard:
    """Stands before the application: hosts, origins, the token, sizes, headers, the language."""

    def __init__(self, app: ASGIApp, access: Access) -> None:
        self._app, self._access = app, access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self._app(scope, receive, send)
            return
        asked = dict(parse_qsl(scope["query_string"].decode("latin-1")))
        headers = Headers(scope=scope)
        cookies = _cookies(headers.get("cookie", ""))
        use(language_of(asked.get("lang"), cookies, headers.get("accept-language", "")))
        answer = self._refusal(scope, headers) or self._login(scope, headers, cookies, asked)
        if answer is not None:
            await answer(scope, receive, _with_headers(send, {}))
            return
        kept = {}
        if asked.get("lang") in LANGUAGES:
            kept = {
                "Set-Cookie": f"{LANGUAGE_COOKIE}={asked['lang']}; Path=/; Max-Age={A_YEAR_S}; "
                "SameSite=Strict"
            }
        await self._app(scope, _bounded(receive), _with_headers(send, kept))

    def _refusal(self, scope: Scope, headers: Headers) -> Response | None:
        """Why this is not even looked at."""
        host = headers.get("host", "")
        if len(headers.getlist("host")) != 1 or not self._access.knows_host(host):
            return _plain(
                421, "This server is not called that. `advisor serve --name NAME` gives it a name."
            )
        site = headers.get("sec-fetch-site", "")
        navigates = headers.get("sec-fetch-mode") == "navigate"
        is_safe = scope["method"] in SAFE_METHODS
        if site in ("cross-site", "same-site") and not (is_safe and navigates):
            return _plain(403, "Pages of other sites cannot ask here.")
        if not is_safe:
            origin = headers.get("origin")
            if origin is not None and _host_of(origin) != host.lower():
                return _plain(403, "Pages of other sites cannot change anything here.")
        length = headers.get("content-length", "0")
        if not length.isdigit() or int(length) > LARGEST_BODY:
            return _plain(413, "That is more than anything here asks for.")
        return None

    def _login(
        self, scope: Scope, headers: Headers, cookies: Mapping[str, str], asked: Mapping[str, str]
    ) -> Response | None:
        """The way in for somebody who has not shown the token; None for who has."""
        access, path = self._access, scope["path"]
        if access.token is None or path in OPEN_PATHS or path.startswith("/static/"):
            return None
        kind, _, bearer = headers.get("authorization", "").partition(" ")
        if kind.lower() == "bearer" and access.admits(bearer.strip()):
            return None
        if "token" in asked and scope["method"] == "GET" and access.admits(asked["token"]):
            rest = urlencode([pair for pair in asked.items() if pair[0] != "token"])
            return signed_in(access, f"{_here(path)}?{rest}" if rest else _here(path))
        if access.has_session(cookies.get(COOKIE, "")):
            return None
        if scope["method"] == "GET" and "text/html" in headers.get("accept", ""):
            return RedirectResponse("/login", status_code=303)
        answer = _plain(401, "Show the token: Authorization: Bearer TOKEN.")
        answer.headers["WWW-Authenticate"] = "Bearer"
        return answer


def signed_in(access: Access, to: str) -> Response:
    """The answer to somebody who showed the token: a cookie, and on to the page."""
    answer = RedirectResponse(to, status_code=303)
    answer.set_cookie(COOKIE, access.session, httponly=True, samesite="strict", path="/")
    return answer


def _host_of(origin: str) -> str:
    try:
        return urlsplit(origin).netloc.lower()
    except ValueError:
        return ""


def _here(path: str) -> str:
    """A path of this server, never another host's: `//elsewhere/` would be one."""
    return "/" + path.lstrip("/\\")


def _cookies(header: str) -> dict[str, str]:
    try:
        return {name: each.value for name, each in SimpleCookie(header).items()}
    except CookieError:
        return {}


def _plain(status: int, text: str) -> Response:
    return PlainTextResponse(f"{text}\n", status_code=status)


def _bounded(receive: Receive) -> Receive:
    """Refuses a body that turns out longer than it said."""
    got = 0

    async def bounded() -> Message:
        nonlocal got
        message = await receive()
        got += len(message.get("body", b""))
        if got > LARGEST_BODY:
            raise HTTPException(413, "That is more than anything here asks for.")
        return message

    return bounded


def _with_headers(send: Send, kept: Mapping[str, str]) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers.update(HEADERS)
            headers.setdefault("Cache-Control", "no-store")
            for name, value in kept.items():
                headers.append(name, value)
        await send(message)

    return sending

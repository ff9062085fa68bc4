"""Is news told to whom it shall be told, and nothing secret on the way?"""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "history"))

from made_up_runs import made_up

from advisor.cli.store import tell_news
from advisor.errors import InputError
from advisor.history.store import RunStore
from advisor.web import notify as module
from advisor.web.notify import Notice, check, notify, shown

NOTICE = Notice(run="r1", machine="box", lines=("Since 2026-11-01 slower: …", "second"))
SECRET = "hush-hush-token"


@pytest.fixture
def hook() -> Iterator[tuple[int, list[tuple[str, Any]]]]:
    """A web server that keeps what it is told: its port, and each path with its JSON."""
    heard: list[tuple[str, Any]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            heard.append((self.path, json.loads(body)))
            self.send_response({"/moved": 302, "/broken": 500}.get(self.path, 204))
            self.send_header("Location", "/elsewhere")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_port, heard
    server.shutdown()
    server.server_close()


def test_a_webhook_gets_one_json_document(hook: tuple[int, list[Any]]) -> None:
    port, heard = hook
    assert notify(NOTICE, [f"http://127.0.0.1:{port}/news?key={SECRET}"]) == []
    ((path, told),) = heard
    assert path == f"/news?key={SECRET}"
    assert told == {
        "schema": "advisor.notice/1",
        "run": "r1",
        "machine": "box",
        "lines": ["Since 2026-11-01 slower: …", "second"],
    }


@pytest.mark.parametrize(("path", "why"), [("moved", "302"), ("broken", "500")])
def test_a_refusal_is_a_line_without_the_address(
    hook: tuple[int, list[Any]], path: str, why: str
) -> None:
    port, heard = hook
    (problem,) = notify(NOTICE, [f"http://user:{SECRET}@127.0.0.1:{port}/{path}"])
    assert why in problem and "127.0.0.1" in problem
    assert SECRET not in problem
    assert [each[0] for each in heard] == [f"/{path}"]


def test_nobody_there_is_a_line_and_the_others_are_told(hook: tuple[int, list[Any]]) -> None:
    port, heard = hook
    problems = notify(NOTICE, ["http://127.0.0.1:1/", f"http://127.0.0.1:{port}/"])
    assert len(problems) == 1 and "was not told" in problems[0]
    assert len(heard) == 1


def test_other_addresses_are_apprises(hook: tuple[int, list[Any]]) -> None:
    """By its own JSON plugin, which posts to a web server."""
    pytest.importorskip("apprise")
    port, heard = hook
    check([f"json://127.0.0.1:{port}/x"])
    assert notify(NOTICE, [f"json://127.0.0.1:{port}/x"]) == []
    assert "Since 2026-11-01 slower" in heard[0][1]["message"]
    (problem,) = notify(NOTICE, ["json://127.0.0.1:1/x"])
    assert "was not told" in problem


@pytest.mark.parametrize("wrong", ["http://", "https:///path", "nonsense", f"bogus://{SECRET}@x/"])
def test_what_is_no_address_is_refused_before_the_run(wrong: str) -> None:
    pytest.importorskip("apprise")
    with pytest.raises(InputError) as refused:
        check([wrong])
    assert SECRET not in str(refused.value)


def test_without_apprise_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "apprise", None)
    with pytest.raises(InputError, match=r"local-or-api\[notify\]"):
        check(["mailto://x"])
    assert module.shown(f"slack://{SECRET}/b/c") == "slack://…"
    assert shown("plain") == "ADDRESS"


def test_the_run_that_shows_a_change_tells_it_once(
    hook: tuple[int, list[Any]], tmp_path: Path
) -> None:
    port, heard = hook
    store = RunStore(tmp_path)
    said: list[str] = []
    for day, decode in enumerate((100, 100.5, 99.5, 100.2, 99.8, 100.1, 80, 80.2, 79.9)):
        at = f"2026-01-{day + 1:02d}T03:00:00+00:00"
        run = made_up(f"r{day}", decode, started_at=at)
        store.save(run)
        tell_news(store, run, said.append, [f"http://127.0.0.1:{port}/"])
    assert [told["run"] for _, told in heard] == ["r7"]
    assert said == heard[0][1]["lines"]
    assert said[0].startswith("Since 2026-01-07 slower: decode_tok_per_s -19.9 %")

"""A dashboard of a test, served over HTTP by a thread of this process."""

from __future__ import annotations

import socket
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import uvicorn
from made_up_latest import guides_advice, made_up, skip, stage

from advisor.advice.scenario import read_tables
from advisor.history.store import RunStore
from advisor.web.dashboard.access import access_to
from advisor.web.dashboard.app import dashboard
from advisor.web.dashboard.measurement import Measuring

UNKIND = (
    "<script>alert(1)</script>'\"><img src=x onerror=alert(2)>\u202e\x1b[31m\x07" + "x" * 10_000
)
GUIDE = Path(__file__).parents[2] / "configs" / "guide.toml"


def some_runs(folder: Path) -> RunStore:
    """A history of a few runs: alike ones, one with the guide's advice, a skipped one."""
    store = RunStore(folder)
    for day in range(1, 5):
        store.save(
            made_up(
                f"run-{day}",
                stage(50.0 + day),
                stage(30.0 + day, concurrency=8),
                started_at=f"2026-11-0{day}T03:00:00+00:00",
            )
        )
    advised = made_up(
        "run-5",
        stage(56.0),
        started_at="2026-11-05T03:00:00+00:00",
        advice=guides_advice(),
    )
    import msgspec

    store.save(msgspec.structs.replace(advised, said=read_tables(GUIDE)))
    store.save(skip("skip-1", "the box was busy", started_at="2026-11-06T03:00:00+00:00"))
    return store


@contextmanager
def dashboard_at(
    store: RunStore,
    *,
    host: str = "127.0.0.1",
    token: str | None = None,
    program: Sequence[str] = (sys.executable, "-P", "-m", "advisor"),
) -> Iterator[str]:
    """Its URL without a slash at the end. `program` is started where something is measured."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    closing = threading.Event()
    app = dashboard(
        store,
        access_to(host, token=token),
        measuring=Measuring(store.place, program=lambda: program),
        closing=closing,
    )
    server = uvicorn.Server(
        uvicorn.Config(app, log_config=None, server_header=False, timeout_graceful_shutdown=1)
    )
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive()
        time.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        closing.set()
        server.should_exit = True
        thread.join(20)
        listener.close()

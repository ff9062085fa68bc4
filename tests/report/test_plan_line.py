"""Is it said before a run what will be started and fetched?"""

from __future__ import annotations

from advisor.bench.session import Order
from advisor.report.run import plan_line
from advisor.servers.wish import Wish


def test_nothing_is_started_or_downloaded_unless_asked_for() -> None:
    line = plan_line(Order())
    assert "measures the model server that runs here" in line
    assert "Nothing is downloaded, nothing leaves this machine." in line


def test_what_is_started_and_may_be_downloaded_is_named() -> None:
    line = plan_line(Order(wish=Wish(start="ollama", model="llama3.2", pull=True)))
    assert "starts ollama, measures it, ends it" in line
    assert "The server may download llama3.2; nothing else leaves this machine." in line

"""Does the first line tell the truth about what leaves this machine?"""

from __future__ import annotations

import pytest

from advisor.bench.session import Order
from advisor.report.run import plan_line
from advisor.servers.wish import Wish


@pytest.mark.parametrize(
    ("url", "said"),
    [
        (None, "the model server that runs here"),
        (None, "nothing leaves this machine."),
        ("http://127.0.0.1:8000", "nothing leaves this machine."),
        ("http://box.example:8000", "the server at http://box.example:8000"),
        ("http://box.example:8000", "but the prompts for that server."),
    ],
)
def test_prompts_for_another_machine_are_said_to_leave(url: str | None, said: str) -> None:
    assert said in plan_line(Order(wish=Wish(url=url)))

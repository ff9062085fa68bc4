"""Is LM Studio's documented download asked for after a yes, watched, and bounded?

Answers after lmstudio.ai/docs/developer/rest/download and /download-status (read 2026-11-25).
"""

from __future__ import annotations

import pytest
from fake_servers import Route, as_json, serving

from advisor.errors import AdvisorError
from advisor.servers import pulling_lmstudio
from advisor.servers.address import parse_url
from advisor.servers.dialects.lmstudio import LMStudioServer
from advisor.servers.pulling import can_pull, pull
from advisor.servers.wish import User

BEGIN, STATUS = "/api/v1/models/download", "/api/v1/models/download/status/job_493c7c9ded"
MODEL = "openai/gpt-oss-20b"
SIZE = 2_279_145_003


def job(status: str, done: int | None = None, **more: object) -> dict[str, object]:
    told: dict[str, object] = {"job_id": "job_493c7c9ded", "status": status, **more}
    if done is not None:
        told |= {"total_size_bytes": SIZE, "downloaded_bytes": done}
    return told


class Person:
    def __init__(self, *, agrees: bool) -> None:
        self.questions: list[str] = []
        self.told: list[str] = []
        self.user = User(self.told.append, lambda text: bool(self.questions.append(text)) or agrees)


@pytest.fixture(autouse=True)
def quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pulling_lmstudio, "LOOKED_EVERY_S", 0.01)


def pulled(
    begin: Route, *states: dict[str, object], agrees: bool = True
) -> tuple[str | None, Person]:
    left = list(states)
    person = Person(agrees=agrees)
    next_state = lambda _: as_json(left.pop(0) if len(left) > 1 else left[0])  # noqa: E731
    with serving({BEGIN: begin, STATUS: next_state}) as url:
        server = LMStudioServer(parse_url(url), kind="lmstudio")
        assert can_pull(server)
        return pull(server, MODEL, person.user, allowed=False), person


def test_a_download_is_watched_to_its_end() -> None:
    note, person = pulled(
        as_json(job("downloading", total_size_bytes=SIZE)),
        job("downloading", 1_000_000_000),
        job("completed", SIZE),
    )
    assert note == (
        f"{MODEL} was downloaded for this measurement (2,279 MB, licence: unknown, LM Studio "
        "tells none)"
    )
    assert f"Pulling {MODEL}: 1,000 of 2,279 MB" in person.told
    assert "tells neither size nor licence before a download" in person.questions[0]


def test_nothing_is_asked_of_lm_studio_without_a_yes() -> None:
    note, person = pulled((500, "text/plain", b"never"), job("failed"), agrees=False)
    assert note is None
    assert person.told == []


def test_a_model_that_is_there_already_needs_no_job() -> None:
    assert pulled(as_json({"status": "already_downloaded"}), job("failed"))[0] == ""


@pytest.mark.parametrize(
    ("begin", "states", "said"),
    [
        (as_json({"error": "no such model"}, 404), [job("failed")], "no such model"),
        (as_json(job("downloading", 0)), [job("failed")], "it says 'failed'"),
        (as_json(job("downloading", 0)), [{}], "it says 'None'"),
    ],
)
def test_a_download_that_fails_is_named(
    begin: Route, states: list[dict[str, object]], said: str
) -> None:
    with pytest.raises(AdvisorError, match=said):
        pulled(begin, *states)


def test_one_that_stands_still_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pulling_lmstudio, "SILENCE_S", 0.2)
    with pytest.raises(AdvisorError, match="goes on with it by itself"):
        pulled(as_json(job("downloading", 5)), job("downloading", 5))

"""Does a benchmark's record hold the server's settings, and warn of those that spoil it?"""

from __future__ import annotations

import math
from dataclasses import dataclass

import msgspec

from advisor.bench.document import Bench, ServerFacts
from advisor.bench.served_with import with_settings
from advisor.documents import Unknown
from advisor.errors import AdvisorError
from advisor.servers.concerns import Demand
from advisor.servers.told import Means, Setting

DEMAND = Demand(512, 128, streams=4)


def bench() -> Bench:
    """A document in which only what is looked at here is filled."""
    fields = {field.name: None for field in msgspec.structs.fields(Bench)}
    server = ServerFacts(kind="llama.cpp", version="b7000", url="http://127.0.0.1:1")
    return Bench(**{**fields, "server": server, "warnings": ("an older one",), "unknown": {}})


@dataclass
class Tells:
    """A server of which only the settings are asked."""

    told: list[Setting] | AdvisorError

    def settings(self, model: str) -> list[Setting]:
        assert model == "m"
        if isinstance(self.told, AdvisorError):
            raise self.told
        return self.told


def test_settings_are_kept_and_warned_of() -> None:
    told = [
        Setting("n_ctx", 256, "/props", Means.CONTEXT_TOKENS),
        Setting("total_slots", 1, "/props", Means.STREAMS),
        Setting("ttl", math.inf, "/running", Means.KEEP_ALIVE_S),
        Setting("-ngl", Unknown("not seen"), "command line", Means.GPU_LAYERS),
    ]
    kept = with_settings(bench(), Tells(told), "m", DEMAND)
    assert [each.value for each in kept.server.settings] == [256, 1, "for ever", None]
    assert kept.unknown == {"server.settings[3].value": "not seen"}
    assert kept.warnings == (
        "an older one",
        "context 256 truncates this workload (512 tokens in, 128 out)",
        "one slot only: 4 streams wait for each other",
    )


def test_a_server_that_is_gone_leaves_the_record_whole() -> None:
    kept = with_settings(bench(), Tells(AdvisorError("it is gone")), "m", DEMAND)
    assert kept.server.settings == ()
    assert kept.warnings == ("an older one",)
    assert kept.unknown == {"server.settings": "it is gone"}

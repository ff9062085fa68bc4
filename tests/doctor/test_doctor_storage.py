"""Room for models and runs."""

from __future__ import annotations

from well_machine import facts, only

from advisor.doctor.facts import Folder, Memory
from advisor.doctor.storage import data_folder, memory, model_cache
from advisor.models.catalogue import catalogue
from advisor.models.choose import QUANTIZATION
from advisor.models.memory import memory_need

LEAST_MEMORY_BYTES = min(memory_need(one, QUANTIZATION).total_bytes for one in catalogue())


def test_room_is_told_in_gibibytes() -> None:
    finding = only(model_cache(facts()))
    assert (finding.status, finding.why) == ("ok", "~/.cache/models")
    assert "128.0 GiB free" in finding.what


def test_a_full_disk_is_missing_and_says_how_to_find_what_fills_it() -> None:
    full = Folder(path="~/.cache/models", refusal=None, free_bytes=10 * 2**20)
    finding = only(model_cache(facts(cache=full)))
    assert finding.status == "missing"
    assert finding.fix is not None and finding.fix.startswith("du ")


def test_a_closed_cache_can_be_kept_elsewhere() -> None:
    closed = Folder(path="~/.cache/models", refusal="it may not be written", free_bytes=2**37)
    finding = only(model_cache(facts(cache=closed)))
    assert finding.status == "missing"
    assert "it may not be written" in finding.why
    assert finding.fix is not None and finding.fix.startswith("export XDG_CACHE_HOME=")


def test_a_spinning_disk_is_limited() -> None:
    assert only(model_cache(facts(disk_spins=True))).status == "limited"


def test_a_closed_history_can_be_kept_elsewhere() -> None:
    closed = Folder(path="/data", refusal="/data is no folder", free_bytes=None)
    finding = only(data_folder(facts(data=closed)))
    assert finding.status == "missing"
    assert finding.fix is not None and "ADVISOR_DATA_DIR" in finding.fix


def test_memory_is_missing_just_where_the_smallest_model_does_not_fit() -> None:
    little = Memory(total_bytes=2**33, available_bytes=LEAST_MEMORY_BYTES)
    finding = only(memory(facts(memory=little)))
    assert finding.status == "missing"
    assert finding.fix is not None
    enough = Memory(total_bytes=2**33, available_bytes=2 * LEAST_MEMORY_BYTES)
    assert only(memory(facts(memory=enough))).status == "ok"

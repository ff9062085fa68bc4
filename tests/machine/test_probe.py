"""The probe of whatever machine the tests run on."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import jsonschema
import msgspec
import pytest

from advisor.documents import Unknown, to_json
from advisor.machine.bandwidth import measure_bandwidth
from advisor.machine.document import Machine
from advisor.machine.identity import operating_system_id
from advisor.machine.probe import probe


@pytest.fixture(scope="module")
def machine() -> Machine:
    return probe()


def nulls(value: Any, path: str = "") -> Iterator[str]:
    if value is None:
        yield path
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from nulls(inner, f"{path}.{key}" if path else key)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from nulls(inner, f"{path}[{index}]")


def test_every_null_has_its_reason(machine):
    document = json.loads(to_json(machine))
    missing = [path for path in nulls(document) if path not in document["unknown"]]
    assert missing == []


def test_the_document_meets_its_schema_and_comes_back(machine):
    schema = msgspec.json.schema(Machine)
    jsonschema.validate(json.loads(to_json(machine)), schema)
    assert msgspec.json.decode(to_json(machine), type=Machine) == machine


def test_it_finds_what_every_machine_has(machine):
    assert machine.cpu.logical_cores and machine.cpu.logical_cores >= 1
    assert 0 < machine.memory.available_bytes <= machine.memory.total_bytes
    assert machine.environment.usable_cpus > 0
    assert machine.hostname_shared is False
    assert re.fullmatch(r".+T.+[+-]\d\d:\d\d", machine.probed_at)


def test_it_names_neither_host_nor_user_nor_operating_systems_id(machine):
    import getpass
    import socket

    text = to_json(machine).decode()
    system_id = operating_system_id()
    assert isinstance(system_id, Unknown) or system_id not in text
    names = [name for name in (socket.gethostname(), getpass.getuser()) if len(name) > 4]
    assert not [name for name in names if re.search(rf"\b{re.escape(name)}\b", text)]


def test_bandwidth_is_measured_with_its_spread(machine):
    bandwidth = machine.memory.bandwidth
    if bandwidth is None:
        assert "memory" in machine.unknown["memory.bandwidth"]
        return
    low, high = bandwidth.spread_bytes_per_s
    assert low <= bandwidth.median_bytes_per_s <= high
    assert bandwidth.median_bytes_per_s == machine.memory.bandwidth_bytes_per_s
    assert bandwidth.median_bytes_per_s == max(
        bandwidth.read_bytes_per_s, bandwidth.copy_bytes_per_s
    )
    assert 1e8 < bandwidth.median_bytes_per_s < 1e13
    assert bandwidth.n >= 1
    assert bandwidth.others_busy_percent is not None
    assert 0 <= bandwidth.others_busy_percent <= 100
    assert bandwidth.working_set_bytes >= 2 * (machine.cpu.cache.l3_bytes or 0)


def test_bandwidth_is_not_measured_within_the_cache():
    refused = measure_bandwidth(1, last_cache_bytes=2**30, available_bytes=2**30)
    assert isinstance(refused, Unknown)
    assert "cache" in refused.reason


def test_more_threads_than_one_move_all_their_blocks():
    bandwidth = measure_bandwidth(3, last_cache_bytes=2**20, available_bytes=2**28)
    assert not isinstance(bandwidth, Unknown)
    assert bandwidth.threads == 3
    assert bandwidth.working_set_bytes == 2**25


def test_without_measuring_the_reason_is_that_nobody_asked():
    quick = probe(measure_bandwidth=False)
    assert quick.memory.bandwidth_bytes_per_s is None
    assert quick.unknown["memory.bandwidth_bytes_per_s"] == "it was not asked for"


def test_progress_tells_each_step():
    told: list[str] = []
    probe(measure_bandwidth=False, progress=told.append)
    assert told == ["reading the processor", "asking the graphics driver"]

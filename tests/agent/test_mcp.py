"""The MCP server as the SDK's own client sees it: over pipes and HTTP, watched and cancelled."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import anyio
import httpx
import jsonschema
import pytest
from mcp import Client, MCPError, StdioServerParameters
from mcp.client.streamable_http import streamable_http_client
from mcp.shared._httpx_utils import create_mcp_http_client
from slow_engine import slow_engine

from advisor.agent.mcp_serve import check_token
from advisor.agent.mcp_server import mcp_server
from advisor.agent.tool import object_schema
from advisor.agent.toolbox import TOOLS, Toolbox
from advisor.errors import InputError
from advisor.history.store import RunStore
from advisor.servers.listening import Address, parse_address

READING = [
    "probe",
    "models",
    "predict",
    "advise",
    "compare",
    "prices",
    "price",
    "history",
    "show_run",
]
SMALL = {"input_tokens": 16, "output_tokens": 20, "concurrency": [1]}


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ADVISOR_DATA_DIR", str(tmp_path))
    return tmp_path


def over_pipes(*options: str) -> StdioServerParameters:
    return StdioServerParameters(
        command=sys.executable, args=["-m", "advisor", "mcp", *options], env={**os.environ}
    )


@contextmanager
def over_http(*options: str, **environment: str) -> Iterator[tuple[str, list[str]]]:
    """The URL of `advisor mcp --http`, and what it said on standard error until then."""
    command = [sys.executable, "-m", "advisor", "mcp", "--http", *options]
    process = subprocess.Popen(
        command, env={**os.environ, **environment}, stderr=subprocess.PIPE, text=True
    )
    try:
        assert process.stderr is not None
        said = [process.stderr.readline()]
        if "0.0.0.0" in options[0] and "ADVISOR_MCP_TOKEN" not in environment:
            said.append(process.stderr.readline())
        yield said[0].split()[2].rstrip(";"), said
    finally:
        process.terminate()
        process.wait(20)


def test_tools_answer_with_the_documents_of_the_command_line() -> None:
    async def use() -> None:
        async with Client(over_pipes()) as client:
            listed = (await client.list_tools()).tools
            assert [tool.name for tool in listed] == READING
            assert all(tool.annotations and tool.annotations.read_only_hint for tool in listed)
            found = await client.call_tool("price", {"model": "openai/gpt-4"})
            command = [sys.executable, "-m", "advisor", "prices", "show", "openai/gpt-4", "--json"]
            printed = await anyio.run_process(command)
            assert found.structured_content == json.loads(printed.stdout)
            assert json.loads(found.content[0].text) == found.structured_content
            assert (await client.call_tool("history", {})).structured_content["runs"] == []
            said = {"output_tokens_per_month": 6e6, "apis": ["GPT-4"]}
            advice = await client.call_tool("advise", said)
            assert advice.structured_content["schema"] == "advisor.advice/1"
            assert "bench" in (client.instructions or "")

    anyio.run(use)


def test_what_goes_wrong_is_an_error_of_the_tool() -> None:
    async def use() -> None:
        async with Client(mcp_server(Toolbox())) as client:
            for name, arguments, why in (
                ("price", {"model": "nonesuch"}, "the price book has no model"),
                ("price", {}, "do not fit"),
                ("bench", {}, "--allow bench"),
                ("show_run", {}, "no measurement yet"),
                ("compare", {"sides": ["/etc/passwd", "latest"]}, "no files"),
                ("history", {"since": "yesterday"}, "is no date"),
                ("advise", {"scenario": {"usage": {"nonsense": 1}}}, "nonsense"),
                ("advise", {"settings": ["x" * 5000]}, "characters"),
                ("predict", {"model": "/etc/passwd"}, "reads no files"),
                ("predict", {"model": "https://example.org/x.gguf"}, "fetches nothing"),
                ("predict", {"model": "llama-9"}, "llama-9"),
                (
                    "predict",
                    {"model": "llama-3.1-8b:Q8_0", "quantization": "F16", "device": "RTX 4090"},
                    "two quantizations",
                ),
                ("predict", {"model": "llama-3.1-8b", "device": "RTX 9999"}, "No device"),
                ("models", {"device": "RTX 4090", "sort": "fame"}, "do not fit"),
            ):
                found = await client.call_tool(name, arguments)
                assert found.is_error, name
                assert why in found.content[0].text, found.content[0].text
                assert "Traceback" not in found.content[0].text
            with pytest.raises(MCPError, match="Did you mean price"):
                await client.call_tool("prize", {})

    anyio.run(use)


def test_predictions_are_the_documents_of_the_command_line() -> None:
    told: list[str] = []

    async def watch(_: float, __: float | None, message: str | None) -> None:
        told.append(message or "")

    async def use() -> None:
        async with Client(mcp_server(Toolbox())) as client:
            given = {
                "model": "llama-3.1-8b",
                "quantization": "Q8_0",
                "device": "RTX 4090",
                "context_tokens": 8192,
                "concurrency": 4,
                "cache_type": "q8_0",
            }
            found = await client.call_tool("predict", given)
            assert found.structured_content == await _printed(
                *("predict", "llama-3.1-8b:Q8_0", "--device", "RTX 4090", "--context", "8192"),
                *("--concurrency", "4", "--cache-type", "q8_0"),
            )
            assert found.structured_content["basis"] == "bandwidth"
            here = await client.call_tool(
                "models", {"search": "smollm", "usd_per_kwh": 0.3}, progress_callback=watch
            )
            printed = await _printed("--search", "smollm", "--usd-per-kwh", "0.3")
            for table in (here.structured_content, printed):
                assert table["models"], table
                for row in table["models"]:
                    assert row.pop("decode_tok_per_s")["p50"] > 0
            kept = ("machine", "machine_kind", "left_out", "usd_per_kwh", "price_book")
            assert all(here.structured_content[key] == printed[key] for key in kept)
            assert [row["memory_bytes"] for row in here.structured_content["models"]] == [
                row["memory_bytes"] for row in printed["models"]
            ]

    anyio.run(use)
    assert any("memory" in each for each in told), told


async def _printed(*arguments: str) -> Any:
    command = [sys.executable, "-m", "advisor", "models", *arguments, "--json"]
    return json.loads((await anyio.run_process(command)).stdout)


def test_a_bench_is_watched_and_kept(home: Path) -> None:
    told: list[tuple[float, str]] = []

    async def watch(progress: float, total: float | None, message: str | None) -> None:
        told.append((progress, message or ""))

    async def use(url: str) -> dict[str, Any]:
        async with Client(over_pipes("--allow", "bench")) as client:
            given = {**SMALL, "url": url, "max_time_s": 2}
            found = await client.call_tool("bench", given, progress_callback=watch)
            assert not found.is_error, found.content[0].text
            return found.structured_content

    with slow_engine() as url:
        bench = anyio.run(use, url)
    assert not bench["partial"]
    assert RunStore(home).load("latest").id == bench["id"]
    assert any("tok/s" in message for _, message in told)
    assert [progress for progress, _ in told] == sorted(progress for progress, _ in told)
    assert not any("\x1b" in message for _, message in told)


@pytest.mark.parametrize("transport", ["pipes", "http"])
def test_a_cancelled_bench_keeps_what_was_measured(home: Path, transport: str) -> None:
    async def use(server: Any, url: str) -> None:
        async with Client(server) as client:
            measuring = anyio.Event()

            async def watch(_: float, __: float | None, message: str | None) -> None:
                if (message or "").startswith("measure"):
                    measuring.set()

            async with anyio.create_task_group() as group:
                given = {**SMALL, "url": url, "max_time_s": 120, "precision": 0.0001}
                group.start_soon(client.call_tool, "bench", given, None, watch)
                with anyio.fail_after(60):
                    await measuring.wait()
                await anyio.sleep(1.0)
                group.cancel_scope.cancel()
            with anyio.fail_after(30):
                while not (runs := await _runs(client)):
                    await anyio.sleep(0.2)
        assert runs[0]["partial"]

    with slow_engine() as url:
        if transport == "pipes":
            anyio.run(use, over_pipes("--allow", "bench"), url)
        else:
            with over_http("127.0.0.1:0", "--allow", "bench") as (address, _):
                anyio.run(use, address, url)
    (run,) = RunStore(home).history().runs
    kept = RunStore(home).load(run.id)
    assert kept.bench is not None
    assert kept.bench.partial
    assert kept.bench.stages[0].requests > 0


async def _runs(client: Client) -> list[dict[str, Any]]:
    found = await client.call_tool("history", {})
    runs: list[dict[str, Any]] = found.structured_content["runs"]
    return runs


def test_a_client_that_goes_away_ends_the_server() -> None:
    with slow_engine() as url:
        command = [sys.executable, "-m", "advisor", "mcp", "--allow", "bench"]
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert process.stdin is not None
        hello = {"protocolVersion": "2025-06-18", "capabilities": {}}
        hello["clientInfo"] = {"name": "test", "version": "1"}
        given = {"name": "bench", "arguments": {**SMALL, "url": url, "max_time_s": 300}}
        for number, method, params in (
            (1, "initialize", hello),
            (None, "notifications/initialized", {}),
            (2, "tools/call", given),
        ):
            message = {"jsonrpc": "2.0", "method": method, "params": params}
            if number is not None:
                message["id"] = number
            process.stdin.write(json.dumps(message).encode() + b"\n")
        process.stdin.flush()
        time.sleep(3.0)
        process.stdin.close()
        assert process.wait(60) == 0
        assert process.stdout is not None
        for line in process.stdout.read().splitlines():
            assert json.loads(line)["jsonrpc"] == "2.0"


def test_another_machine_is_not_measured() -> None:
    async def use() -> None:
        async with Client(mcp_server(Toolbox(("bench",)))) as client:
            found = await client.call_tool("bench", {"url": "http://192.0.2.1:8000"})
            assert found.is_error
            assert "on this machine only" in found.content[0].text

    anyio.run(use)


def test_http_checks_host_and_origin() -> None:
    hello = {"jsonrpc": "2.0", "id": 1, "method": "ping", "params": {}}
    accept = {"Accept": "application/json, text/event-stream"}
    with over_http("127.0.0.1:0") as (url, _):
        for headers, status in (
            ({"Host": "evil.example"}, 421),
            ({"Origin": "http://evil.example"}, 403),
        ):
            answer = httpx.post(url, json=hello, headers={**accept, **headers}, trust_env=False)
            assert answer.status_code == status

        async def use() -> None:
            async with Client(url) as client:
                assert len((await client.list_tools()).tools) == len(READING)

        anyio.run(use)


def test_http_elsewhere_wants_the_token() -> None:
    token = "a-token-of-this-test-0123456789"
    with over_http("0.0.0.0:0", ADVISOR_MCP_TOKEN=token) as (url, said):
        here = f"http://127.0.0.1:{urlsplit(url).port}/mcp"
        assert urlsplit(url).hostname == socket.gethostname().lower()
        assert token not in "".join(said)
        for headers in ({}, {"Authorization": "Bearer wrong"}):
            assert httpx.post(here, headers=headers, trust_env=False).status_code == 401

        async def use() -> None:
            client = create_mcp_http_client(headers={"Authorization": f"Bearer {token}"})
            async with Client(streamable_http_client(here, http_client=client)) as found:
                assert len((await found.list_tools()).tools) == len(READING)

        anyio.run(use)
    with over_http("0.0.0.0:0") as (_, said):
        assert "Authorization: Bearer" in said[1]


def test_addresses_and_tokens_are_checked() -> None:
    assert parse_address("localhost:80") == Address("127.0.0.1", 80)
    assert parse_address("[::1]:80").is_local
    assert not parse_address("0.0.0.0:80").is_local
    for wrong in ("", "127.0.0.1", "host:80", "127.0.0.1:99999", "a@127.0.0.1:80"):
        with pytest.raises(InputError):
            parse_address(wrong)
    with pytest.raises(InputError):
        check_token("short")


@pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.name)
def test_schemas_are_sound(tool: Any) -> None:
    for struct in (tool.arguments, tool.document):
        schema = object_schema(struct)
        assert schema["type"] == "object"
        jsonschema.Draft202012Validator.check_schema(schema)
    described = object_schema(tool.arguments)["properties"]
    assert all(each.get("description") for each in described.values()), described

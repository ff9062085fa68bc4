"""Is there a model server to measure, and could one of ours open a port?"""

from __future__ import annotations

import re

from advisor.doctor.commands import command_to
from advisor.doctor.document import Finding
from advisor.doctor.facts import Facts
from advisor.servers.document import Problem, RunningServer

FIRST_MODEL = "ollama pull llama3.2"


def servers(facts: Facts) -> tuple[Finding, ...]:
    """Those that run; without one, those that could be started, or how to get one."""
    found = facts.servers
    if found.servers:
        return tuple(_running(server) for server in found.servers)
    if found.installed:
        return tuple(
            Finding(
                area="servers",
                status="limited",
                what=f"{engine.kind} is installed but does not run",
                fix=engine.start_command,
            )
            for engine in found.installed
        )
    return (
        Finding(
            area="servers",
            status="limited",
            what="no model server",
            why="an embedded llama.cpp on the processors is measured instead",
            fix=command_to("install Ollama", facts.system),
        ),
    )


def ports(facts: Facts) -> tuple[Finding, ...]:
    """Whether a port can be opened, and what else sits where model servers usually listen."""
    taken = tuple(_taken(problem, facts.system) for problem in facts.servers.problems)
    if facts.ports_refusal is None:
        return (Finding(area="ports", status="ok", what="a local port can be opened"), *taken)
    refused = Finding(
        area="ports",
        status="missing",
        what="no local port can be opened",
        why=f"127.0.0.1 refuses it ({facts.ports_refusal}): the embedded engine cannot serve",
    )
    return (refused, *taken)


def _running(server: RunningServer) -> Finding:
    name = f"{server.kind} {server.version}" if server.version else server.kind
    what = f"{name} at {server.url}"
    if server.models is None:
        return Finding(
            area="servers", status="limited", what=what, why="it does not list its models"
        )
    if not server.models:
        return Finding(
            area="servers",
            status="limited",
            what=what,
            why="it has no model yet",
            fix=FIRST_MODEL if server.kind == "ollama" else None,
        )
    count = len(server.models)
    return Finding(
        area="servers", status="ok", what=what, why=f"{count} model{'s' if count > 1 else ''}"
    )


def _taken(problem: Problem, system: str) -> Finding:
    port = re.search(r":(\d+)(?:/|$)", problem.url)
    return Finding(
        area="ports",
        status="limited",
        what=f"{problem.url} cannot be used",
        why=problem.message,
        fix=command_to("see who listens", system, port=port[1]) if port else None,
    )

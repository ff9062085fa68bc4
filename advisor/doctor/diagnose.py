"""What do the facts amount to? Every check in turn, in the order of a measurement."""

from __future__ import annotations

from collections.abc import Sequence

from advisor.doctor.document import Doctor, Finding, Setting
from advisor.doctor.energy import energy, rapl
from advisor.doctor.facts import Facts
from advisor.doctor.graphics import graphics
from advisor.doctor.needs import answer
from advisor.doctor.serving import ports, servers
from advisor.doctor.settings import Stray, settings
from advisor.doctor.storage import data_folder, memory, model_cache
from advisor.doctor.surroundings import surroundings
from advisor.doctor.timing import clock, governor, neighbours, scheduler
from advisor.documents import now

CHECKS = (
    *(graphics, energy, rapl, servers, ports, model_cache, data_folder, memory),
    *(clock, scheduler, neighbours, governor, surroundings),
)


def diagnose(
    facts: Facts,
    needs: Sequence[str],
    values: Sequence[Setting],
    strays: Sequence[Stray],
    settings_file: str | None,
) -> Doctor:
    """The document of a machine, of what was asked for, and of who set what."""
    findings: tuple[Finding, ...] = tuple(finding for check in CHECKS for finding in check(facts))
    return Doctor(
        checked_at=now(),
        findings=(*findings, *settings(values, strays)),
        needs=tuple(answer(name, facts, findings) for name in needs),
        settings=tuple(values),
        settings_file=settings_file,
    )

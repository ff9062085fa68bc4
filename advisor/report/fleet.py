"""How is a fleet watched while it is measured, and how is shown what came of each host?"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from advisor.report.console import columns_table, result_console
from advisor.report.drift import drift_lines
from advisor.report.language import _, ngettext, sentence
from advisor.report.text import duration, name, number, pair, safe

if TYPE_CHECKING:
    from advisor.fleet.document import Fleet, HostResult, Machines, MachineState
    from advisor.report.live import Live

LONGEST_LINE = 76
"""Beside the sign that turns, in 80 columns."""
MOST_SHOWN = 100


class Watched:
    """Tells one line that changes of what goes on, and one that stays of each host that is done."""

    def __init__(self, live: Live, hosts: int) -> None:
        self._live = live
        self._hosts = hosts
        self._done = self._failed = 0

    def says(self, host: str, line: str) -> None:
        """A host says what it does."""
        said = (
            _("{done} of {hosts} done, {failed} failed")
            if self._failed
            else _("{done} of {hosts} done")
        )
        counted = said.format(done=self._done, hosts=self._hosts, failed=self._failed)
        self._live.step(name(f"{counted} · {name(host, 20)}: {line}", LONGEST_LINE))

    def done(self, result: HostResult) -> None:
        """A host is done."""
        self._done += 1
        self._failed += not result.worked
        took = f" ({duration(result.took_s)})" if result.took_s else ""
        self._live.say(f"{name(result.name, 40)}: {sentence(result.outcome)}{took}")


def show_fleet(found: Fleet, file: Path) -> None:
    """Prints a row a host, then why each one failed and what changed where."""
    console = result_console()
    heads = (_("1 stream"), _("in all"), _("J/token"), _("took"))
    table = columns_table(_("host"), _("tokens/s of"), *heads, right=heads)
    for host in found.hosts:
        table.add_row(
            name(host.name, 40),
            name(host.model or "–", 24) if host.worked else sentence(host.outcome),
            *map(_number, (host.decode_tok_per_s, host.output_tok_per_s, host.j_per_output_token)),
            duration(host.took_s) if host.took_s else "–",
            style=None if host.worked else "yellow",
        )
    console.print(table)
    for host in found.hosts:
        for line in _said_of(host):
            console.print(safe(line))
    console.print(
        _("{measured} of {hosts} measured.").format(
            measured=found.measured, hosts=len(found.hosts)
        ),
        style="bold",
    )
    if failed := [host.name for host in found.hosts if not host.worked]:
        again = " ".join(f"--host {name(each, 40)}" for each in failed[:4])
        console.print(
            _("Again: `advisor fleet run {file} {again}`").format(
                file=name(file, 200), again=again
            ),
            style="dim",
        )


def show_machines(found: Machines, *, place: str) -> None:
    """Prints a row a machine, and under it what is to be known of it."""
    console = result_console()
    if not found.machines:
        console.print(_("No machine has a run in {place}.").format(place=safe(place)))
        return
    heads = (_("age"), _("1 stream"), _("in all"), _("J/token"))
    table = columns_table(_("machine"), _("newest"), *heads, right=heads)
    for state in found.machines[:MOST_SHOWN]:
        run = state.newest
        values = (
            (run.decode_tok_per_s, run.output_tok_per_s, run.j_per_output_token)
            if run
            else (None, None, None)
        )
        table.add_row(
            "\n".join([*(name(host, 20) for host in state.hosts), name(state.machine, 12)]),
            name((run and run.model) or _("never measured"), 24),
            "–" if state.age_days is None else _age(state.age_days),
            *map(_number, values),
        )
    console.print(table)
    for state in found.machines[:MOST_SHOWN]:
        for line in _known_of(state):
            console.print(pair(_called(state), safe(line)), style="yellow")
    if len(found.machines) > MOST_SHOWN:
        console.print(
            _("… and {count} more: --json has all.").format(
                count=f"{len(found.machines) - MOST_SHOWN:,}"
            )
        )
    console.print(_("tokens/s of the newest measurement; `advisor compare machine:ID …` compares."))


def _said_of(host: HostResult) -> Iterator[str]:
    if host.what is not None:
        why = f" ({sentence(host.why)})" if host.why else ""
        remedy = f" {sentence(host.remedy)}" if host.remedy else ""
        yield f"{name(host.name, 40)}: {sentence(host.what)}{why}.{remedy}"
    if host.news is not None:
        for line in drift_lines(host.news):
            yield pair(name(host.name, 40), line)


def _known_of(state: MachineState) -> Iterator[str]:
    if state.newest is not None and state.newest.partial:
        yield _("its newest measurement was cut short")
    if state.skipped is not None:
        yield _("not measured {day}: {reason}").format(
            day=(state.skipped_at or "")[:10], reason=name(sentence(state.skipped), 100)
        )
    if state.drift is not None:
        yield from drift_lines(state.drift)


def _called(state: MachineState) -> str:
    return name(state.hosts[0] if state.hosts else state.machine[:12], 40)


def _number(value: float | None) -> str:
    return "–" if value is None else number(value)


def _age(days: float) -> str:
    if days < 1:
        return f"{24 * days:.0f} h"
    count = round(days)
    return ngettext("{count} day", "{count} days", count).format(count=count)

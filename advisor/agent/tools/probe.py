"""The tool `probe`: what is this box?"""

from __future__ import annotations

from typing import Annotated, Any

import msgspec

from advisor.agent.tool import Job, Tool


class Arguments(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What `probe` takes."""

    bandwidth: Annotated[
        bool,
        msgspec.Meta(description="Also measure memory bandwidth: two seconds of all cores."),
    ] = False


def _run(arguments: Arguments, job: Job) -> Any:
    from advisor.history.place import default_folder
    from advisor.machine.last import last_machine
    from advisor.machine.probe import probe

    return probe(
        measure_bandwidth=arguments.bandwidth,
        progress=job.tell,
        earlier=last_machine(default_folder()),
    )


PROBE = Tool(
    name="probe",
    title="Read this machine",
    description="What this machine is: processor, memory, disk, graphics cards, operating system. "
    "What cannot be had is null, with its reason under `unknown`.",
    arguments=Arguments,
    answers="advisor.machine.document:Machine",
    run=_run,
)

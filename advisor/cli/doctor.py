"""`advisor doctor`: what can be measured here, what cannot, and which command mends it?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from advisor.cli.output import is_quiet, json_option, print_json
from advisor.cli.settings import settings_files
from advisor.report.language import _, sentence

if TYPE_CHECKING:
    from advisor.doctor.facts import Facts

SOMETHING_MISSING = 3


@click.command()
@click.option(
    "--need",
    metavar="gpu,energy,…",
    help="Exit with 3 if one of these is missing: gpu, energy (measured, not estimated), rapl, "
    "server, storage, timing, or a kind of server such as ollama.",
)
@json_option
@click.pass_context
def doctor(context: click.Context, need: str | None, as_json: bool) -> int:
    """Say what can be measured here, what cannot, and the command that mends it.

    It looks at the graphics driver, energy meters, model servers, folders, the
    clock, other programs and your settings; it changes nothing.
    """
    from advisor.doctor.diagnose import diagnose
    from advisor.doctor.gather import shown_path
    from advisor.doctor.needs import parse_needs
    from advisor.doctor.options import contexts_of, meter_in, settings_of, strays_of

    asked = parse_needs(need) if need is not None else ()
    contexts = list(contexts_of(context.find_root(), context))
    file = next((path for path in settings_files() if path.is_file()), None)
    values = settings_of(contexts)
    document = diagnose(
        _facts(meter_in(values)),
        asked,
        values=values,
        strays=strays_of(contexts),
        settings_file=shown_path(file) if file else None,
    )
    if as_json:
        print_json(document)
    else:
        from advisor.report.doctor import show_doctor

        show_doctor(document)
    return 0 if all(need.met for need in document.needs) else SOMETHING_MISSING


def _facts(meter: str | None) -> Facts:
    from advisor.doctor.gather import gather
    from advisor.report.console import progress_console

    if is_quiet():
        return gather(lambda _step: None, meter)
    with progress_console().status(_("looking around")) as status:
        return gather(lambda step: status.update(f"{sentence(step)} …"), meter)

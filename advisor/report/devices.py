"""How are the known devices shown?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor.report.console import columns_table, result_console
from advisor.report.language import _
from advisor.report.text import name, number

if TYPE_CHECKING:
    from advisor.models.devices import Device, Devices


def show_devices(found: Devices) -> None:
    """Prints what is known of each device."""
    console = result_console()
    numeric = (_("memory"), "GB/s", "TFLOPS", "W")
    table = columns_table(_("device"), _("kind"), *numeric, right=numeric)
    for one in found.devices:
        table.add_row(*_cells(one))
    console.print(table)
    for line in (
        _("TFLOPS: of 32-bit numbers on the vector units. W: of the board alone, at full load."),
        _("What fits one and how fast: advisor models --device NAME."),
        _("Source and date of each: --json. Another one: a machine file (docs/models.md)."),
    ):
        console.print(line, style="dim")


def _cells(one: Device) -> tuple[str, ...]:
    return (
        name(one.name, 40),
        one.kind,
        f"{number(one.memory_gib)} GiB",
        number(one.bandwidth_gb_per_s),
        "–" if one.fp32_tflops is None else number(one.fp32_tflops),
        "–" if one.active_power_w is None else number(one.active_power_w),
    )

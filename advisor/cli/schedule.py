"""`advisor schedule`: when is it measured again?"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import click

from advisor.cli.measuring import load_options, measuring_options, order_of, user_at
from advisor.cli.output import is_quiet, json_option, print_json
from advisor.cli.schedule_options import (
    KeepsWhatWasTyped,
    bounds_options,
    job_of,
    name_option,
    time_options,
)
from advisor.cli.store import tell_news, the_store
from advisor.cli.types import Duration
from advisor.report.language import _, sentence

OPTIONS_OF_BENCH = ("run", "serve", "install")


@click.group()
@click.pass_context
def schedule(ctx: click.Context) -> None:
    """Measure again every day, week or month, when the machine is quiet.

    A scheduled run waits until other programs, cards, users of the server, heat
    and battery stand in nobody's way, and keeps a record if it gives up.
    """
    root = ctx.find_root().default_map or {}
    bench = root.get("bench")
    own = ctx.default_map or {}
    if isinstance(bench, dict):
        ctx.default_map = {
            **own,
            **{each: {**bench, **(own.get(each) or {})} for each in OPTIONS_OF_BENCH},
        }


@schedule.command(cls=KeepsWhatWasTyped)
@time_options
@click.option("--name", default="bench", show_default=True, help="Of the schedule.")
@click.option(
    "--with",
    "platform",
    type=click.Choice(["systemd", "cron", "launchd", "windows"]),
    help="What runs it, instead of the first that works here.",
)
@click.option("--dry-run", is_flag=True, help="Show what would be written and run, and do nothing.")
@bounds_options
@measuring_options(max_time="60s")
@load_options
@click.pass_context
def install(ctx: click.Context, /, platform: str | None, dry_run: bool, **given: Any) -> None:
    """Have the operating system measure again at given times.

    Takes the options of `advisor bench`. The same name again replaces what was
    there.
    """
    from advisor.report.schedule import show_installed, show_steps
    from advisor.schedule.choose import PLATFORMS, check_free, choose
    from advisor.schedule.choose import install as install_with

    order_of(given)
    job = job_of(ctx, given)
    chosen = PLATFORMS[platform]() if platform and dry_run else choose(platform)
    if dry_run:
        show_steps(chosen.install(job))
        return
    check_free(job, chosen)
    steps = install_with(job, chosen)
    show_installed(job, chosen.name, steps, chosen.hints(job))


@schedule.command("list")
@json_option
def list_command(as_json: bool) -> None:
    """Show what is scheduled, when it runs next, and what the last runs came to."""
    from datetime import datetime

    from advisor.schedule.choose import installed
    from advisor.schedule.describe import describe

    document = describe(installed(), datetime.now().astimezone())
    if as_json:
        print_json(document)
        return
    from advisor.report.schedule import show_schedules

    show_schedules(document)


@schedule.command()
@name_option
@click.option("--dry-run", is_flag=True, help="Show what would be run and deleted.")
def remove(name: str, dry_run: bool) -> None:
    """Take a schedule away, with all that was written for it.

    What was measured stays.
    """
    from advisor.report.schedule import show_steps
    from advisor.schedule.choose import installed_as, removal, the_one
    from advisor.schedule.steps import carry_out

    the_one(name)
    for each in installed_as(name):
        steps = removal(each)
        if dry_run:
            show_steps(steps)
            continue
        carry_out(steps)
        click.echo(
            _("Removed '{name}' from {platform}. The history is untouched.").format(
                name=name, platform=each.platform.name
            )
        )


@schedule.command("run-now")
@name_option
def run_now(name: str) -> None:
    """Have the scheduler start a schedule now, as it does at its time."""
    from advisor.schedule.choose import the_one
    from advisor.schedule.steps import carry_out

    found = the_one(name)
    carry_out(found.platform.run_now(found.job))
    click.echo(
        _("Started '{name}' with {platform}; see `advisor schedule list`.").format(
            name=name, platform=found.platform.name
        )
    )
    for hint in found.platform.hints(found.job):
        click.echo(sentence(hint))


@schedule.command()
@name_option
@click.option(
    "--data-dir",
    type=click.Path(path_type=Path),
    help="Where runs are kept, instead of the usual folder.",
)
@click.option("--spread", "spread_s", type=Duration(), help="Start up to so much later.")
@bounds_options
@measuring_options(max_time="60s")
@load_options
@json_option
def run(data_dir: Path | None, spread_s: float | None, as_json: bool, **given: Any) -> int:
    """Measure as soon as the machine is quiet: what a scheduler starts.

    Waits at most --wait, then keeps a record of why nothing was measured. Takes
    the options of `advisor bench`.
    """
    from advisor.cli.main import INTERRUPTED
    from advisor.history.place import default_folder
    from advisor.report.live import Live
    from advisor.report.schedule import show_performance
    from advisor.schedule.job import checked_name
    from advisor.schedule.perform import Performer, Task

    if data_dir is not None:
        os.environ["ADVISOR_DATA_DIR"] = str(data_dir)
    live = Live(quiet=is_quiet())
    task = Task(
        schedule=checked_name(given["name"]),
        order=order_of(given),
        data_folder=default_folder(),
        wait_s=given["wait_s"],
        limit_s=given["limit_s"],
        spread_s=spread_s or 0.0,
    )
    with live.running():
        done = Performer(user_at(live), live.measuring).perform(task)
    if as_json:
        print_json(done.run)
    else:
        show_performance(done.run)
        tell_news(the_store(), done.run, click.echo, given["notify"])
    return INTERRUPTED if done.interrupted else 0


@schedule.command(cls=KeepsWhatWasTyped)
@time_options
@name_option
@click.option(
    "--metrics",
    metavar="HOST:PORT",
    help="Answer a Prometheus there, as at 127.0.0.1:9787, with the latest results.",
)
@click.option("--expose", is_flag=True, help="Let --metrics be read by other machines.")
@bounds_options
@measuring_options(max_time="60s")
@load_options
@click.pass_context
def serve(ctx: click.Context, /, metrics: str | None, expose: bool, **given: Any) -> None:
    """Stay, and measure at given times: for containers.

    Tells what it does as JSON lines on standard error. SIGTERM ends it and a run
    at work, which keeps what it has. Takes the options of `advisor bench`.
    """
    from advisor.schedule.serve import serve as stay

    order_of(given)
    job = job_of(ctx, given)
    if metrics is None:
        if expose:
            raise click.UsageError("--expose is for --metrics: say where to listen.")
        stay(job)
        return
    from advisor.cli.store import the_store
    from advisor.web.endpoint import scraped_at
    from advisor.web.serve import serve_with_metrics

    serve_with_metrics(job, the_store(), scraped_at(metrics, exposed=expose))

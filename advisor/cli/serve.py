"""`advisor serve`: the dashboard, in a browser."""

from __future__ import annotations

import click

from advisor.cli.output import is_quiet


@click.command()
@click.option(
    "--host",
    default="127.0.0.1",
    show_default=True,
    metavar="ADDRESS",
    help="Where to listen; beyond this machine a token is asked for.",
)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8470,
    show_default=True,
    metavar="N",
    help="The port; 0 takes a free one.",
)
@click.option(
    "--token",
    metavar="TEXT",
    help="The token to ask for, also on this machine; without it one is made where it is needed. "
    "Better given as ADVISOR_SERVE_TOKEN.",
)
@click.option(
    "--name",
    "names",
    multiple=True,
    metavar="HOST",
    help="A host name by which browsers reach this server, such as a proxy's.",
)
def serve(host: str, port: int, token: str | None, names: tuple[str, ...]) -> None:
    """Show the history, comparisons, drift and what-if in a browser, and start runs.

    Only this machine is answered, unless --host says otherwise. The same documents
    as --json are under /api/v1, described by /api/openapi.json; /metrics is for
    Prometheus. Ctrl-C ends it, and keeps what a run that goes on has measured.
    """
    from advisor.cli.store import the_store
    from advisor.report.language import _
    from advisor.web.dashboard.access import access_to
    from advisor.web.dashboard.serve import serve_dashboard

    access = access_to(host, token=token, names=names)
    store = the_store()
    store.open()

    def ready(url: str) -> None:
        made = access.token is not None and token is None
        click.echo(f"{url}?token={access.token}" if made else url)
        if not is_quiet():
            click.echo(_("Ctrl-C ends it."), err=True)
        if made:
            warning = _("Whoever has this address may read the history and start runs.")
            click.echo(warning, err=True)

    serve_dashboard(store, access, host, port, ready)

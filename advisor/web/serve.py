"""How does the resident scheduler show itself to Prometheus?"""

from __future__ import annotations

from datetime import datetime

from advisor.history.store import RunStore
from advisor.schedule.job import Job
from advisor.schedule.serve import Say, serve, to_stderr
from advisor.servers.listening import Address
from advisor.web.endpoint import EXPOSED, Exposition, listening
from advisor.web.latest import Reader
from advisor.web.watch import Watch


def serve_with_metrics(
    job: Job,
    store: RunStore,
    address: Address,
    say: Say = to_stderr,
    *,
    next_at: datetime | None = None,
) -> None:
    """Runs the job at its times, and answers at `address` meanwhile; says what is exposed.

    Raises AdvisorError without APScheduler or Prometheus' client, or if the port is taken.
    """
    watch = Watch(job.name)
    exposition = Exposition(Reader(store).latest, watch)
    exposition.content()
    with listening(address, exposition.content) as url:
        say({"event": "listening", "schedule": job.name, "url": url, "exposes": EXPOSED})
        serve(job, watch.before(say), next_at=next_at)

"""With which settings did the server serve, and which of them spoil the measurement?"""

from __future__ import annotations

import msgspec

from advisor.bench.document import Bench
from advisor.documents import Unknowns
from advisor.errors import AdvisorError
from advisor.servers.concerns import Demand, concerns
from advisor.servers.document import as_told
from advisor.servers.wire import Server


def with_settings(bench: Bench, server: Server, model: str, demand: Demand) -> Bench:
    """The document with the settings of the server that was measured, and warnings about them.

    Asked after the load, when the model is in memory; a server that is gone by then tells none.
    """
    unknowns = Unknowns()
    try:
        settings = server.settings(model)
    except AdvisorError as error:
        settings = []
        unknowns.reasons["server.settings"] = str(error)
    facts = msgspec.structs.replace(
        bench.server, settings=as_told(settings, "server.settings", unknowns)
    )
    return msgspec.structs.replace(
        bench,
        server=facts,
        warnings=(*bench.warnings, *concerns(settings, demand)),
        unknown={**bench.unknown, **unknowns.reasons},
    )

"""What runs in the embedded engine's process?

It takes its settings as one line of JSON on standard input, loads the model, reports where it
listens as one line on standard output, and ends as soon as its standard input closes: when it is
told to, and when its parent dies. What llama.cpp prints goes to standard error, the log.
"""

from __future__ import annotations

import os
import signal
import sys
import threading

import msgspec


class Order(msgspec.Struct, frozen=True):
    """What the child is told. `context_tokens` is per slot."""

    model_path: str
    model_name: str
    slots: int
    context_tokens: int
    threads: int


class Report(msgspec.Struct, frozen=True):
    """What the child answers once the model is loaded; `failure` is empty if all went well."""

    url: str = ""
    version: str = ""
    build: str = ""
    failure: str = ""


def main() -> None:
    """Loads the model, reports, and lives until standard input closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    order = msgspec.json.decode(sys.stdin.buffer.readline(), type=Order)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        server, report = _load(order)
    except Exception as error:  # noqa: BLE001 - whatever the engine raises is the answer
        server, report = None, Report(failure=str(error) or type(error).__name__)
    answers.write(msgspec.json.encode(report) + b"\n")
    answers.flush()
    if server is not None:
        threading.Event().wait()


def _end_with_parent() -> None:
    while os.read(0, 4_096):
        pass
    os._exit(0)


def _load(order: Order) -> tuple[object, Report]:
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = order.model_path
    params.model_alias = {order.model_name}
    params.hostnames = ["127.0.0.1"]
    params.port = 0
    params.n_parallel = order.slots
    params.n_ctx = order.context_tokens * order.slots
    params.cpuparams.n_threads = order.threads
    params.cpuparams_batch.n_threads = order.threads
    params.n_threads_http = order.slots + 4
    params.cache_prompt = False
    params.cache_ram_mib = 0
    params.fit_params = False
    params.endpoint_metrics = True
    params.ui = False
    server = xllamacpp.Server(params)
    return server, Report(
        url=server.listening_address,
        version=xllamacpp.__version__,
        build=xllamacpp.get_system_info(),
    )


if __name__ == "__main__":
    main()

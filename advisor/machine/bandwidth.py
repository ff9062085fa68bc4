"""How fast does this machine move memory? Measured, because no table is right for every box.

Each thread works on blocks of its own, together well beyond the last-level cache (numpy releases
the lock meanwhile); all start together, and the time to the last one's end counts. Two kernels:
*read* takes the maximum of a block, as decoding reads weights; *copy* copies one block to another
and counts bytes read plus bytes written, as STREAM does (J. D. McCalpin,
https://www.cs.virginia.edu/stream/ref.html), without the extra read that a processor may do
before it writes. The faster of the two is the machine's bandwidth.
"""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

from advisor.documents import Unknown
from advisor.machine.document import Bandwidth
from advisor.machine.others import Others

METHODS = {
    "read": "maximum of {size} MiB by {threads} threads, bytes read",
    "copy": "copy within {size} MiB by {threads} threads, bytes read plus bytes written",
}
CACHE_MULTIPLE = 8
LEAST_WORKING_SET_BYTES = 256 * 2**20
CACHE_IF_UNKNOWN_BYTES = 64 * 2**20
MOST_OF_AVAILABLE = 1 / 8
LEAST_OF_CACHE = 2
ENOUGH_FOR_ONE_BYTES = 512 * 2**20
SHORTEST_S = 0.4
LONGEST_S = 0.7
WITHOUT_A_SPREAD_S = 1.5
LEAST_REPETITIONS = 5
LEAST_FOR_A_SPREAD = 3


def measure_bandwidth(
    threads: int, last_cache_bytes: int | None, available_bytes: int
) -> Bandwidth | Unknown:
    """The rate of the faster kernel at `threads` threads and at one, in less than 3 s; longer where
    the cache is large and memory slow, or others compute.

    `last_cache_bytes` is the last-level cache of the machine (None: unknown). It is Unknown where
    too little memory is free to leave the cache behind.
    """
    cache_bytes = last_cache_bytes or CACHE_IF_UNKNOWN_BYTES
    working_set_bytes = min(
        max(CACHE_MULTIPLE * cache_bytes, LEAST_WORKING_SET_BYTES),
        int(available_bytes * MOST_OF_AVAILABLE),
    )
    if working_set_bytes < LEAST_OF_CACHE * cache_bytes:
        return Unknown(
            f"too little memory is free ({available_bytes // 2**20} MiB) to measure beyond the "
            f"processor's cache ({cache_bytes // 2**20} MiB)"
        )
    others = Others()
    try:
        rates = {kernel: _rates(kernel, threads, working_set_bytes) for kernel in METHODS}
        medians = {kernel: _quantile(found, 0.5) for kernel, found in rates.items()}
        fastest = max(medians, key=lambda kernel: medians[kernel])
        one_block_bytes = min(working_set_bytes, ENOUGH_FOR_ONE_BYTES)
        alone = _rates(fastest, 1, one_block_bytes) if threads > 1 else rates[fastest]
    except MemoryError:
        return Unknown("the memory to measure with could not be had")
    return Bandwidth(
        method=METHODS[fastest].format(size=working_set_bytes // 2**20, threads=threads),
        median_bytes_per_s=medians[fastest],
        spread_bytes_per_s=(_quantile(rates[fastest], 0.1), _quantile(rates[fastest], 0.9)),
        read_bytes_per_s=medians["read"],
        copy_bytes_per_s=medians["copy"],
        one_thread_bytes_per_s=_quantile(alone, 0.5),
        n=len(rates[fastest]),
        threads=threads,
        working_set_bytes=working_set_bytes,
        others_busy_percent=others.busy_percent(),
    )


def _rates(kernel: str, threads: int, working_set_bytes: int) -> list[float]:
    """Bytes per second of each repetition, the first (cold) one left out."""
    import numpy as np

    block_bytes = working_set_bytes // (2 * threads)
    times: list[list[tuple[float, float]]] = [[] for _ in range(threads)]
    began_s = 0.0
    going = True

    def decide() -> None:
        nonlocal began_s, going
        began_s = began_s or time.perf_counter()
        elapsed_s = time.perf_counter() - began_s
        repetitions = len(times[0])
        enough = repetitions > LEAST_REPETITIONS and elapsed_s > SHORTEST_S
        spread = repetitions > LEAST_FOR_A_SPREAD and elapsed_s > LONGEST_S
        going = not (enough or spread or (repetitions > 1 and elapsed_s > WITHOUT_A_SPREAD_S))

    together = threading.Barrier(threads, action=decide)

    def work(own_times: list[tuple[float, float]]) -> None:
        try:
            one, other = np.full(block_bytes, 1, np.uint8), np.full(block_bytes, 2, np.uint8)
            together.wait()
            while going:
                start_s = time.perf_counter()
                if kernel == "copy":
                    np.copyto(other, one)
                else:
                    one.max()
                    other.max()
                own_times.append((start_s, time.perf_counter()))
                together.wait()
        except BaseException:
            together.abort()
            raise

    with ThreadPoolExecutor(threads) as pool:
        try:
            jobs = [pool.submit(work, own_times) for own_times in times]
            errors = [job.exception() for job in jobs]
        except BaseException:
            together.abort()
            raise
    if any(isinstance(error, MemoryError) for error in errors):
        raise MemoryError
    moved_bytes = 2 * block_bytes * threads
    return [
        moved_bytes / (max(end for _, end in each) - min(start for start, _ in each))
        for each in zip(*(own_times[1:] for own_times in times), strict=True)
    ]


def _quantile(values: list[float], share: float) -> float:
    ordered = sorted(values)
    position = share * (len(ordered) - 1)
    below = int(position)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (position - below)

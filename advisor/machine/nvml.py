"""What does NVIDIA's management library say? The one place where it is called.

Every read returns a value, or Unknown with a reason that a user understands. Nothing here raises
for what a driver or a card does.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from advisor.documents import Unknown

T = TypeVar("T")

LIBRARY_NOT_FOUND = 12
DRIVER_NOT_LOADED = 9
LIBRARY_MISMATCH = 18
NOT_SUPPORTED = 3
TIMEOUT = 10
NOT_READY = 27
NO_PERMISSION = 4
NOT_FOUND = 6
WORTH_ONE_RETRY = (TIMEOUT, NOT_READY)
RETRY_AFTER_S = 0.05

INIT_REASONS = {
    NO_PERMISSION: "this user may not talk to the NVIDIA driver (no access to /dev/nvidia*); "
    "in a container, start it with the GPU passed in",
    DRIVER_NOT_LOADED: "an NVIDIA driver is installed but not loaded: load it "
    "(`sudo modprobe nvidia` on Linux) or reinstall it for this kernel",
    LIBRARY_MISMATCH: "the NVIDIA driver was upgraded while the old one is still loaded: "
    "reboot, then probe again",
}
READ_REASONS = {
    NOT_SUPPORTED: "the card does not report it",
    NO_PERMISSION: "the driver refuses it to this user",
    NOT_FOUND: "the driver has no such entry",
    13: "the driver is too old to report it",
    25: "the driver does not know this version of the request",
    15: "the GPU is lost (fallen off the bus or hung): reboot",
    16: "the GPU must be reset before it answers again",
    TIMEOUT: "the driver did not answer in time, twice",
    NOT_READY: "the GPU was not ready, twice",
}


class NoDriver(Unknown):
    """There is no NVIDIA driver here: a normal machine, not a failure."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class NvmlUnknown(Unknown):
    """A read that NVML refused, with its error code."""

    code: int


class Nvml:
    """An open NVML. `read` is the choke point: every call goes through it."""

    def __init__(self, library: Any) -> None:
        self.library = library

    def read(self, call: Callable[..., T], *arguments: Any) -> T | Unknown:
        """What `call(*arguments)` returns, or why it could not be had. Retries a busy driver
        once."""
        answer = self._once(call, *arguments)
        if isinstance(answer, NvmlUnknown) and answer.code in WORTH_ONE_RETRY:
            time.sleep(RETRY_AFTER_S)
            answer = self._once(call, *arguments)
        return answer

    def field(self, handle: Any, field_id: int, scope: int = 0) -> float | Unknown:
        """One field value; fields carry their own error beside the call's."""
        values = self.read(self.library.nvmlDeviceGetFieldValues, handle, [(field_id, scope)])
        if isinstance(values, Unknown):
            return values
        field = values[0]
        if field.nvmlReturn != self.library.NVML_SUCCESS:
            return _refused(field.nvmlReturn)
        members = ("dVal", "uiVal", "ulVal", "ullVal", "sllVal", "siVal", "usVal")
        if field.valueType >= len(members):
            return Unknown("the driver answered in a type that is not known here")
        return float(getattr(field.value, members[field.valueType]))

    def handles(self) -> list[Any] | Unknown:
        """A handle for each card in the driver's order, Unknown in the place of one that cannot
        be opened; Unknown altogether if the cards cannot be counted."""
        count = self.read(self.library.nvmlDeviceGetCount)
        if isinstance(count, Unknown):
            return count
        get = self.library.nvmlDeviceGetHandleByIndex
        return [self.read(get, index) for index in range(count)]

    def close(self) -> None:
        self.read(self.library.nvmlShutdown)

    def _once(self, call: Callable[..., T], *arguments: Any) -> T | Unknown:
        try:
            return call(*arguments)
        except self.library.NVMLError as error:
            return _refused(error.value)
        except UnicodeDecodeError:
            return Unknown("the driver answered with text that cannot be read")


def open_nvml() -> Nvml | Unknown:
    """NVML, initialized; NoDriver where none is installed, Unknown where it fails."""
    import pynvml

    try:
        pynvml.nvmlInit()
    except pynvml.NVMLError as error:
        if error.value == LIBRARY_NOT_FOUND:
            return NoDriver("no NVIDIA driver is installed")
        reason = INIT_REASONS.get(
            error.value, f"the NVIDIA driver failed to start (NVML error {error.value}: {error})"
        )
        return NvmlUnknown(reason, error.value)
    return Nvml(pynvml)


def _refused(code: int) -> NvmlUnknown:
    return NvmlUnknown(READ_REASONS.get(code, f"NVML error {code}"), code)

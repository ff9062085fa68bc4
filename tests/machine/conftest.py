"""Cards for the tests of the machine."""

from fakes_nvml import fake_nvml, no_nvml

__all__ = ["fake_nvml", "no_nvml"]

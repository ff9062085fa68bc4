"""Cards for the tests of power."""

from fakes_nvml import fake_nvml, no_nvml

__all__ = ["fake_nvml", "no_nvml"]

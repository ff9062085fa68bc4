"""Should this language model run on our own box or behind an API? Measured, priced, advised."""

from advisor._version import __version__

__all__ = ["__version__"]

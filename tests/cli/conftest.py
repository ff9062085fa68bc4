"""The history that this room's tests share."""

from __future__ import annotations

from measured_home import measured

__all__ = ["measured"]

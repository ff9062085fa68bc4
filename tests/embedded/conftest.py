"""What the tests of the embedded engine share."""

from __future__ import annotations

from real_models import smollm2  # noqa: F401

"""How much later does this machine start than the others of a fleet?"""

from __future__ import annotations

import hashlib
import uuid

from advisor.documents import Unknown
from advisor.machine.identity import operating_system_id


def start_delay_s(longest_s: float, schedule: str) -> float:
    """Between 0 and `longest_s`: always the same for one schedule on one machine."""
    known = operating_system_id()
    machine = f"{uuid.getnode():x}" if isinstance(known, Unknown) else known
    digest = hashlib.sha256(f"{machine} {schedule}".encode()).digest()
    return longest_s * int.from_bytes(digest[:4]) / 2**32

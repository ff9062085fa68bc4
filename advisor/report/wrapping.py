"""Where may a line of text break? Between words, and between any two Chinese characters.

Rich breaks at spaces alone, and so leaves half a line of Chinese empty, or cuts a name in two. No
line begins with a closing mark or ends with an opening one.
"""

from __future__ import annotations

import re

OPENING = "（「『《【"
CLOSING = "，。、；：！？）」』》】"
_WIDE = "⺀-￿"
UNIT = re.compile(
    rf"\s*(?:[{OPENING}]*(?:[^\s{_WIDE}]+|(?![{OPENING}{CLOSING}])[{_WIDE}])[{CLOSING}]*"
    rf"|[{OPENING}{CLOSING}]+)\s*"
)
"""What stays on one line, with the space around it; text without Chinese has its words."""


def break_chinese_anywhere() -> None:
    """Has Rich find the units of `UNIT` where it looks for words."""
    from rich import _wrap

    _wrap.re_word = UNIT

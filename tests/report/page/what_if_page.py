"""A page that holds nothing but the what-if section, under the policy that a report has."""

from __future__ import annotations

import base64
import hashlib
from html import escape

from advisor.report.page.recompute import Part

BODY = """
:root { color-scheme: light dark; }
body { margin: 0 auto; padding: 1rem; max-width: 60rem; font: 16px/1.5 system-ui, sans-serif;
  background: Canvas; color: CanvasText; }
@media (prefers-color-scheme: dark) { :root { --ground: #12171d; --ink: #e6ebf1;
  --muted: #9aa7b5; --rule: #2a333d; --local: #4cc9b6; --api: #f2a25c; }
  body { background: #12171d; color: #e6ebf1; } }
"""


def page_of(part: Part, language: str = "en") -> str:
    """The section in a document of its own."""
    style = BODY + part.style
    policy = (
        f"default-src 'none'; style-src '{_hashed(style)}'; script-src '{_hashed(part.script)}'"
    )
    return (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{escape(policy)}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>What if?</title><style>{style}</style></head>"
        f"<body><main><h1>Report</h1>{part.markup}</main><script>{part.script}</script></body></html>"
    )


def _hashed(content: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}"

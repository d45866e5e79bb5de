"""What a browser gets: one page, and the few files it needs, all from this machine.

Knows which files of textual-serve and of ours these are, and the rules that a browser is given with them.  They are
read once; a request chooses among names and never spells a path.
"""

from __future__ import annotations

import html
from dataclasses import dataclass
from pathlib import Path
from string import Template

import textual_serve

OURS = Path(__file__).parent / "page"
THEIRS = Path(textual_serve.__file__).parent / "static"


@dataclass(frozen=True, slots=True)
class File:
    """A file as it is sent."""

    kind: str
    body: bytes


def files() -> dict[str, File]:
    """Every file of the page by the name that it is asked for."""
    places = {
        "page.css": (OURS / "page.css", "text/css"),
        "page.js": (OURS / "page.js", "text/javascript"),
        "icon.svg": (OURS / "icon.svg", "image/svg+xml"),
        "xterm.css": (THEIRS / "css" / "xterm.css", "text/css"),
        "textual.js": (THEIRS / "js" / "textual.js", "text/javascript"),
        "font.ttf": (THEIRS / "fonts" / "RobotoMono-VariableFont_wght.ttf", "font/ttf"),
        "italic.ttf": (THEIRS / "fonts" / "RobotoMono-Italic-VariableFont_wght.ttf", "font/ttf"),
    }
    return {name: File(kind, path.read_bytes()) for name, (path, kind) in places.items()}


def page(title: str, socket: str, end: str) -> str:
    """The page.  `socket`: the whole address of its websocket; `end`: where it asks why that was closed."""
    values = {"title": title, "socket": socket, "end": end}
    return TEMPLATE.substitute({name: html.escape(value) for name, value in values.items()})


def headers(host: str) -> dict[str, str]:
    """The rules for the browser, sent with every answer: nothing from elsewhere, no frame, no cache, no trace."""
    policy = (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self' 'unsafe-inline'",  # xterm.js writes a <style> of its own
        "font-src 'self'",
        "img-src 'self'",
        f"connect-src 'self' ws://{host}",  # 'self' does not mean websockets in every browser
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
    return {
        "Content-Security-Policy": "; ".join(policy),
        "X-Frame-Options": "DENY",
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": "camera=(), clipboard-read=(), geolocation=(), microphone=()",
        "Cache-Control": "no-store",
        "Server": "swarm",
    }


TEMPLATE = Template((OURS / "index.html").read_text(encoding="utf-8"))

"""Text of somebody else in what an agent is given: between two lines that it can't imitate.  Pure."""

from __future__ import annotations


def fence(kind: str, sender: str, text: str, nonce: str) -> str:
    """Text of somebody else as data.  `nonce`: a random word that no text can contain by chance."""
    shown = text.rstrip().encode("utf-8", "replace").decode()
    return f"<<{kind} from {sender}, {len(shown.encode())} bytes, {nonce}\n{shown}\n{nonce} end of {kind}>>"

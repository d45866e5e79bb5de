"""A Maildir for messages between programs, people and plain shells.  Usable alone: `python -m inbox --help`.

Knows nothing of what is said or who listens.  From the ground up: `message` (one message as text), `untrusted`
(reading what a stranger put there), `drops` (plain files that a shell dropped), `maildir` (the box), `watch` (the
doorbell), `cli`.
"""

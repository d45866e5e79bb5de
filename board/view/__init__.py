"""What the board shows, as pure functions of a state.  No clock, disk or terminal.

`columns` (where a status belongs), `card` (a task as a card), `header` (the run in a line), `whole` (everything at
once), `rows` (cards and header as lines of a width), `harmless` (text of strangers made fit to be shown).
"""

"""The board: a kanban of one run in the terminal.  A fold of the journal; it changes a run only by messages.

Nobody imports it; the verb `swarm board` loads `board.app` by name.  From the ground up: `view` (pure: a state as cards
and lines), `feed` (follows the journal), `widgets` (show cards and text, keyed by task id), `detail`, `commands` and
`verbs` (what a card can show and do), `app`.
"""

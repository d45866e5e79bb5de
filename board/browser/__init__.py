"""The board in the browser: a page on this machine alone, and a board for each tab that shows it.

From the ground up: `listener` (a socket on the loopback address), `door` (who may come in), `page` (the files that a
browser gets), `driver` (the board's side of a tab), `tab` (one board as a process), `dashboard` (requests), `serving`
(from the first to the last moment).  Nothing else of the board knows this; `swarm dashboard` loads it by name.
"""

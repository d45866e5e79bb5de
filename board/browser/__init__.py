"""The board in the browser: a page on this machine alone, and a board for each page that is open.

From the ground up: `listener` (a socket on the loopback address), `porter` (who may come in), `page` (the files that a
browser gets), `driver` (the board's side), `showing` (one board as a process), `dashboard` (requests), `serving`
(from the first to the last moment).  Nothing else of the board knows this; `swarm dashboard` loads it by name.
"""

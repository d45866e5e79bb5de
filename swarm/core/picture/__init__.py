"""Pictures of a plan and of a run: where each task stands in a drawing of the graph, and drawings as SVG.  Pure.

`layering` (which column, and which lines are drawn), `ordering` (few crossings), `placing` (rows), `layout` (the three
together), `svg` and its neighbours (text out).  Knows nothing of terminals: board.view draws the same layout in cells.
"""

"""The worker: the program in the pane.  One process for a whole run; it carries out one attempt after the other.

Knows its mail directory, the hub and nothing of the plan, the journal or the leader's process.
"""

"""The verbs of talk as an agent's shell has them: from its worker's own mailbox, loading next to nothing."""

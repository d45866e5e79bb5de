"""Executors: where an attempt runs.  The contract is swarm.executors.contract; `pool` keeps it on this machine."""

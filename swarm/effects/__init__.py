"""Effects: carrying out what swarm.core.actions wants.  Each ends in the events of exactly one entry of the journal."""

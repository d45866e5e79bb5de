"""What `swarm doctor` looks at: the machine, our state on it, the repository, and the runs.  One module for each."""

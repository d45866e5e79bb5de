"""The built-in agent: a plain loop of a model and a few tools, for whoever has an API key and no CLI.

`adapter` and `reader` are light and known to leader and worker; the rest runs in the agent's own process
(`python -P -m swarm.agents.builtin`), the only one that loads the anthropic library (`model`, and nobody else).
"""

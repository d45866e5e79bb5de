"""Adapters: one small definition for each way to run an agent.  `swarm.agents.registry` knows them all."""

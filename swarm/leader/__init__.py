"""The leader: a deterministic loop that turns the plan into merged work.  No model takes part in its decisions."""

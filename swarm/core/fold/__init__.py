"""The handlers of the fold, by what they speak of: attempts, the merge queue, messages."""

"""The states of the way forward, and of the failures that leave it."""

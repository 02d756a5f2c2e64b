"""Expressions as they are written: words, the nodes that they make, and what leads from the ones to the others."""

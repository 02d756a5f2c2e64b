"""Nodes as functions of the value at which they stand and of the names: a module for each group of constructs."""

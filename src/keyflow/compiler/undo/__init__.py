"""The states that undo what has completed, as fragments: of one task, of an iteration, of the whole workflow."""

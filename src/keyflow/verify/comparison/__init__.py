"""What failures come to in two versions of a workflow, and where that is not the same."""

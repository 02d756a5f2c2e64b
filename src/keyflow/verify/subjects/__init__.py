"""What is verified, of a workflow in Python or of a file: a machine, its judge, its input and its endpoint."""

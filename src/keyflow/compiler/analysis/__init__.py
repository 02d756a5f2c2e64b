"""What is known of a workflow before a state is written: who needs whom, what must be undone, how long it takes."""

"""What is asked of a deployed stage: start an execution and follow it, read its logs, measure how fast it answers."""

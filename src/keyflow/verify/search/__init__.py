"""Which scenarios are run, which stand for others, and what all of them show."""

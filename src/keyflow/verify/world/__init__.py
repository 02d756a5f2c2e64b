"""What can happen to a call, and what it gives: faults, results, and inputs that open every way through."""

"""What an execution is held to: the definition in Python, or what its calls made and deleted; and what is answered."""

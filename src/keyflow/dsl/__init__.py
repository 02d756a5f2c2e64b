"""What a user writes: workflows, tasks, values, conditions, parameters, retries, APIs."""

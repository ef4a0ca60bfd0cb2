"""What was where in memory, and what was used of it."""

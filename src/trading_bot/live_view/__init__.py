"""Shows what a guard sees: reads its live file and its record, and nothing else of it."""

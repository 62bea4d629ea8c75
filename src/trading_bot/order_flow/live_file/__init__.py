"""What the guard sees now, in a bounded file beside it, for whoever shows it."""

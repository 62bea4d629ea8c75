"""What is held, and since when."""

"""What is held: a host's positions as it has them, read and checked in one place."""

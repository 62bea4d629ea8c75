"""What is held, and since when: a host's positions as it has them, checked in one place."""

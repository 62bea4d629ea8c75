"""Where the value of each setting comes from, and which may change while the guard runs."""

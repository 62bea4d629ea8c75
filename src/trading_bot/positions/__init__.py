"""The positions that are open, and where they are read from."""

"""Whoever is told, each at a pace of its own; nobody here can stop or delay what is judged."""

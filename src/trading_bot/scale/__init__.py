"""Divides work on recorded days among processes, and puts what they found together again."""

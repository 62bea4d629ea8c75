"""Divides work on recorded days among processes and machines, and puts together what they find."""

"""Recorded days through the live judge, and what an alert was made of."""

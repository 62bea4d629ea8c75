"""Readers of recorded days: what a file is, and its rows in exchange order; judge nothing."""

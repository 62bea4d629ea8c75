"""Errors with names, retry policies, and the one retry layer."""

"""Drivers that bring a provider's events to the judge; no rule, no wire name."""

"""Databento by its Raw API: ten levels of a venue's book, and prints that say who sold."""

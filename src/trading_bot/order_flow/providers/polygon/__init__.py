"""Polygon.io (Massive): its words, units, errors and connections; nobody else knows them."""

"""A provider that is unlike Polygon in everything that a provider may differ in."""

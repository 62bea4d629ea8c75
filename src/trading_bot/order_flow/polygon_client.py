"""`PolygonClient`, at the path that the specification names; it lives with its provider."""

from .providers.polygon.client import PolygonClient

__all__ = ["PolygonClient"]

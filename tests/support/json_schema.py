"""As much of JSON Schema as the schema of the settings uses; anything else in one is an error."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_TYPES: Mapping[str, Any] = {
    "array": list,
    "boolean": bool,
    "integer": int,
    "null": type(None),
    "number": (int, float),
    "object": dict,
    "string": str,
}
_SAYS_NOTHING = {"$schema", "title", "description", "default"}
_READ = {
    *("type", "enum", "minimum", "maximum", "pattern", "items", "uniqueItems"),
    *("properties", "additionalProperties", "propertyNames"),
}


def accepts(schema: Mapping[str, Any], value: Any) -> bool:
    """Return whether a value is what a schema describes."""
    assert set(schema) <= _SAYS_NOTHING | _READ
    kinds = schema.get("type", [])
    if kinds and not any(_is_a(kind, value) for kind in ([kinds] if type(kinds) is str else kinds)):
        return False
    if "enum" in schema and value not in schema["enum"]:
        return False
    if isinstance(value, str):
        return re.search(schema.get("pattern", ""), value) is not None
    if isinstance(value, (int, float)):
        return bool(schema.get("minimum", value) <= value <= schema.get("maximum", value))
    if isinstance(value, list):
        twice = schema.get("uniqueItems", False) and any(value.count(each) > 1 for each in value)
        return not twice and all(accepts(schema.get("items", {}), each) for each in value)
    return not isinstance(value, dict) or _accepts_members(schema, value)


def _is_a(kind: str, value: Any) -> bool:
    is_switch = isinstance(value, bool) and kind != "boolean"
    return isinstance(value, _TYPES[kind]) and not is_switch


def _accepts_members(schema: Mapping[str, Any], value: Mapping[str, Any]) -> bool:
    others = schema.get("additionalProperties", {})
    for name, member in value.items():
        if not accepts(schema.get("propertyNames", {}), name):
            return False
        of = schema.get("properties", {}).get(name, others)
        if of is False or not accepts(of, member):
            return False
    return True

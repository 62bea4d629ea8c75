"""The JSON schema of a settings file, from which an editor completes and checks it; pure.

It says of each setting its type, its bounds and what its docstring says. What two settings must be
to one another, only reading them tells.
"""

from __future__ import annotations

import inspect
import json
import math
import re
from collections.abc import Mapping
from typing import Any, Final

from ..config import FIELD_NAMES, OrderFlowConfig
from ..config_bounds import (
    BOUNDS,
    CHOICES,
    DATA_SOURCE,
    DATASET,
    HOST,
    INTEGERS,
    LETTER,
    OVERRIDABLE,
    PROVIDER,
    QUIET_HOURS,
    SCALE_SOURCES,
    SWITCHES,
    SYMBOL,
    WEB_HOST,
)
from ..data_models import ALERT_SOURCES
from .addresses import ADDRESS, WEB_ADDRESS

DRAFT: Final = "http://json-schema.org/draft-07/schema#"
"""The version of the schema's own language that editors know best."""
_MEMBERS: Final[Mapping[str, Mapping[str, Any]]] = {
    "watchlist": {"type": "string", "pattern": f"^{SYMBOL.pattern}$"},
    "exit_sources": {"enum": list(ALERT_SOURCES)},
    "own_scale_sources": {"enum": list(SCALE_SOURCES)},
    "notify_urls": {"type": "string", "pattern": f"^{ADDRESS.pattern}$"},
}
"""What the members of a list may be."""
_TEXTS: Final[Mapping[str, re.Pattern[str]]] = {
    "data_source": DATA_SOURCE,
    "base_url": HOST,
    "depth_url": HOST,
    "heartbeat_url": WEB_ADDRESS,
    "notify_quiet_hours": QUIET_HOURS,
    "reference_url": WEB_HOST,
    "dataset": DATASET,
    "positions_source": PROVIDER,
    "positions_url": HOST,
}
_NO_DEFAULT: Final = ("polygon_api_key", *LETTER)
"""A default of these is not offered: an empty key is none, and a threshold that is stated, whatever
it is, puts own scale aside."""


def settings_schema() -> dict[str, Any]:
    """Return the schema of a settings file, as draft 7 of JSON Schema."""
    said = _descriptions()
    settings = {
        name: {"description": said.get(name, ""), **_shape(name), **_default(name)}
        for name in FIELD_NAMES
    }
    return {
        "$schema": DRAFT,
        "title": "Settings of the order-flow guard",
        "description": "null leaves a setting to the environment, .env or its default.",
        "type": "object",
        "properties": {
            "$schema": {"description": "Where this schema lies, for the editor.", "type": "string"},
            "$comment": {"description": "Whatever you want to say; nothing reads it."},
            **settings,
        },
        "additionalProperties": False,
    }


def schema_text() -> str:
    """Return the schema as a file holds it."""
    return json.dumps(settings_schema(), indent=2) + "\n"


def _descriptions() -> dict[str, str]:
    """Return what the docstring says of each setting, in one line."""
    text = inspect.cleandoc(OrderFlowConfig.__doc__ or "")
    attributes = text.partition("Attributes:\n")[2].partition("\n\n")[0]
    found = re.findall(r"^    (\w+): (.*(?:\n     .*)*)", attributes, re.MULTILINE)
    return {name: " ".join(words.split()).replace("None", "null") for name, words in found}


def _shape(name: str) -> dict[str, Any]:
    if name in BOUNDS:
        return _number(name, may_be_null=True)
    if name in CHOICES:
        return {"enum": [*CHOICES[name], None]}
    if name in SWITCHES:
        return {"type": ["boolean", "null"]}
    if name in _MEMBERS:
        return {"type": ["array", "null"], "items": _MEMBERS[name], "uniqueItems": True}
    if name == "symbol_overrides":
        return {
            "type": ["object", "null"],
            "propertyNames": {"pattern": f"^{SYMBOL.pattern}$"},
            "additionalProperties": {
                "type": "object",
                "properties": {each: _number(each, may_be_null=False) for each in OVERRIDABLE},
                "additionalProperties": False,
            },
        }
    text: dict[str, Any] = {"type": ["string", "null"]}
    return text | ({"pattern": f"^{_TEXTS[name].pattern}$"} if name in _TEXTS else {})


def _number(name: str, *, may_be_null: bool) -> dict[str, Any]:
    low, high = BOUNDS[name]
    kind = "integer" if name in INTEGERS else "number"
    shape: dict[str, Any] = {"type": [kind, "null"] if may_be_null else kind, "minimum": low}
    return shape if math.isinf(high) else shape | {"maximum": high}


def _default(name: str) -> dict[str, Any]:
    if name in _NO_DEFAULT:
        return {}
    value = getattr(OrderFlowConfig(), name)
    if isinstance(value, tuple):
        value = list(value)
    return {"default": dict(value) if isinstance(value, Mapping) else value}

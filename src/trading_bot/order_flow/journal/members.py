"""The members of a line that are objects: an alert's place in the memory, and its facts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, Final

import msgspec

from ..data_models import Facts, Scale
from ..market.units import iso_utc
from ..recommendation import Leaving

Member = Mapping[str, Any]

_TIMES: Final = ("larger_at", "memory_from", "orders_from")


def scale_member(scale: Scale) -> Member:
    """Return an alert's place in the memory as its line says it."""
    member = asdict(scale)
    for name in _TIMES:
        if member[name] is not None:
            member[name] = iso_utc(member[name])
    return member


def facts_member(facts: Facts) -> Member:
    """Return what was so at an alert as its line says it."""
    return asdict(facts)


def leaving_member(leaving: Leaving) -> Member:
    """Return what leaving a position costs as the line of its exit says it."""
    return asdict(leaving)


def leaving_of_line(line: Mapping[str, Any]) -> Leaving | None:
    """Return what leaving costs by the line of an exit; None for a line that does not say it.

    Raises:
        msgspec.ValidationError: It is something else.
    """
    member = line.get("leaving")
    return None if member is None else msgspec.convert(member, Leaving)


def scale_of(line: Mapping[str, Any]) -> Scale | None:
    """Return the place in the memory that a line holds; None for a line without one.

    Raises:
        msgspec.ValidationError: It is something else.
    """
    member = line.get("scale")
    return None if member is None else msgspec.convert(member, Scale)


def facts_of_line(line: Mapping[str, Any]) -> Facts | None:
    """Return the facts that a line holds; None for a line without any.

    Raises:
        msgspec.ValidationError: They are something else.
    """
    member = line.get("facts")
    return None if member is None else msgspec.convert(member, Facts)

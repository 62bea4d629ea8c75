"""One member of a print or a quote, changed as a provider's format might change."""

from __future__ import annotations

from trading_bot.simulator.rest.wire import Row

SHIFT = 1_000
"""So many times as large is a number that is counted in another unit."""


def change_field(row: Row, kind: str, field: str) -> None:
    """Change a member that the row has.

    Args:
        row: One message or row, changed in place.
        kind: One of `FIELD_FAULTS`.
        field: The member's name.
    """
    value = row.pop(field)
    match kind:
        case "field_renamed":
            row[f"{field}_new"] = value
        case "field_retyped":
            row[field] = str(value) if isinstance(value, int | float) else [value]
        case "field_shifted":
            row[field] = value * SHIFT if isinstance(value, int | float) else value
        case _:
            pass

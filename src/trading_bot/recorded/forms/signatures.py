"""The one table of what a file is: the forms that are known, the most special first.

A file that matches none of them and has the columns of trades or of quotes is read as it is.
"""

from __future__ import annotations

from typing import Final

from trading_bot.recorded.forms import (
    algoseek,
    alpaca,
    bars,
    bid_ask_ticks,
    databento,
    ibkr,
    lean,
    taq,
)
from trading_bot.recorded.forms.form import Form, Start

POLYGON: Final = (
    Form(
        "Polygon trades",
        lambda start: start.has("siptimestamp", "price", "size", "exchange", "id"),
    ),
    Form(
        "Polygon quotes",
        lambda start: start.has("siptimestamp", "bidprice", "bidsize", "askprice", "asksize"),
    ),
)
"""Flat files, and what REST answers hold: their columns have our names."""
FORMS: Final[tuple[Form, ...]] = (
    *lean.FORMS,
    *bars.FORMS,
    *databento.FORMS,
    *taq.FORMS,
    *algoseek.FORMS,
    *ibkr.FORMS,
    *alpaca.FORMS,
    *POLYGON,
    *bid_ask_ticks.FORMS,
)
"""The first one that matches counts."""


def form_of(start: Start) -> Form | None:
    """Return the form that a file has, None for a table that is read as it is or for no data."""
    return next((form for form in FORMS if form.matches(start)), None)

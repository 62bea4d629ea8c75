"""How a symbol was probably meant."""

from __future__ import annotations

import pytest

from trading_bot.doctor.spelling import did_you_mean, spellings


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("BRK-B", ("BRK.B",)),
        ("BRK/B", ("BRK.B",)),
        ("BRK B", ("BRK.B",)),
        ("brk.b", ("BRK.B",)),
        ("aapl", ("AAPL",)),
        (" $AAPL ", ("AAPL",)),
        ("NASDAQ:AAPL", ("AAPL",)),
        ("BAC-PB", ("BACpB", "BAC.PB")),
        ("BAC.PRB", ("BACpB",)),
        ("AAPL", ()),
        ("", ()),
        ("---", ()),
        ("7", ()),
    ],
)
def test_a_name_is_read_as_others_write_it(written: str, meant: tuple[str, ...]) -> None:
    # Given a name as a person, a broker or another vendor writes it
    # When it is read
    # Then the provider's own spelling comes first
    assert spellings(written) == meant


def test_what_nobody_can_read_has_no_suggestion() -> None:
    # Given a name that can be read, and one that cannot
    # When a suggestion is made, then there is one for the first alone
    assert did_you_mean("aapl") == "'aapl': did you mean AAPL?"
    assert did_you_mean("?") == ""

"""How a symbol was probably meant."""

from __future__ import annotations

import pytest

from trading_bot.doctor.spelling import spellings


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

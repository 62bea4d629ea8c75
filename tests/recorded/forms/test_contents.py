"""Files as lines of one table, whatever they are kept in."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from support.flat_data import TRADES_HEADER, trade_line

from trading_bot.recorded.forms.contents import content_of
from trading_bot.recorded.forms.json_text import JsonText
from trading_bot.recorded.parquet import text as parquet_text
from trading_bot.recorded.table_text import TableText


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (f"{TRADES_HEADER}\n{trade_line()}\n".encode(), TableText),
        (b'{"price": 1}', JsonText),
        (b'\n [{"price": 1}]', JsonText),
        (gzip.compress(b'{"price": 1}', mtime=0), JsonText),
    ],
)
def test_what_a_file_is_kept_in_is_told_by_its_content(
    tmp_path: Path, data: bytes, kind: type[object]
) -> None:
    # Given a file under a name that tells nothing
    path = tmp_path / "data"
    path.write_bytes(data)
    # When it is opened
    # Then it is what it holds
    assert type(content_of(path, None, 1_000)) is kind


def test_parquet_is_told_by_its_first_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a file that begins as Parquet does, on a machine that cannot read it
    monkeypatch.setattr(parquet_text, "find_spec", lambda _name: None)
    path = tmp_path / "data"
    path.write_bytes(b"PAR1\x15")
    # When it is opened
    # Then the error says what it is
    with pytest.raises(ValueError, match="data is Parquet"):
        content_of(path, None, 1_000)


def test_packed_parquet_is_to_be_unpacked(tmp_path: Path) -> None:
    # Given a Parquet file, packed once more
    path = tmp_path / "t.parquet.gz"
    path.write_bytes(gzip.compress(b"PAR1\x15"))
    # When it is opened
    # Then the error says what to do
    with pytest.raises(ValueError, match=r"t\.parquet\.gz holds a packed Parquet file.*unpack it"):
        content_of(path, None, 1_000)

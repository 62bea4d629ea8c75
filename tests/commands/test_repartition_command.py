"""`trading-bot repartition`: what it says, and what it refuses."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

import pytest
from click.testing import CliRunner
from support.flat_data import trade_line, trades_file
from support.form_files import needs_pyarrow

from trading_bot.cli.app import app
from trading_bot.commands.progress import bytes_done

pytestmark = needs_pyarrow


def test_it_says_what_became_of_each_file(tmp_path: Path) -> None:
    # Given a day with a line that no columns hold
    path = trades_file(tmp_path / "t.csv", trade_line(ticker="BOLT"), trade_line(), "ACME,short")
    # When it is repartitioned
    outcome = CliRunner().invoke(app, ["repartition", str(path), "--out", str(tmp_path / "out")])
    # Then rows, symbols and sizes are told
    assert outcome.exit_code == 0
    assert outcome.stdout.startswith(
        f"{tmp_path}/out/t.parquet: 3 rows, 1 of them lines that are kept as they are, of 2 "
        f"symbols, as many as in {path}; "
    )


def test_a_file_that_is_there_is_not_replaced(tmp_path: Path) -> None:
    # Given a day that was repartitioned
    asked = ["repartition", str(trades_file(tmp_path / "t.csv", trade_line())), "--out"]
    asked.append(str(tmp_path / "out"))
    assert CliRunner().invoke(app, asked).exit_code == 0
    # When it is asked for again, then it is refused without `--overwrite` and done with it
    assert isinstance(CliRunner().invoke(app, asked).exception, ValueError)
    assert CliRunner().invoke(app, [*asked, "--overwrite"]).exit_code == 0


def test_help_has_examples() -> None:
    # Given nobody who knows the command
    # When its help is asked for
    said = CliRunner().invoke(app, ["repartition", "--help"]).stdout
    # Then it shows how it is called
    assert "trading-bot repartition us_stocks_sip/trades_v1" in said
    assert "--overwrite" in said


@pytest.mark.parametrize("is_terminal", [True, False])
def test_bytes_are_shown_on_a_terminal_only(
    monkeypatch: pytest.MonkeyPatch, is_terminal: bool
) -> None:
    # Given something that is a terminal or is none
    screen = StringIO()
    monkeypatch.setattr(screen, "isatty", lambda: is_terminal)
    monkeypatch.setattr("sys.stderr", screen)
    # When bytes are done
    with bytes_done("Repartitioning", 100) as done:
        done(50)
    # Then a terminal is told, and nothing else is
    assert ("Repartitioning" in screen.getvalue()) is is_terminal

"""The tables in a file, and the forms that are known."""

from __future__ import annotations

import zipfile
from collections import Counter
from pathlib import Path, PurePath

import pytest
from support.flat_data import QUOTES_HEADER, TRADES_HEADER, quote_line, trade_line

from trading_bot.recorded.forms.form import Told, start_of
from trading_bot.recorded.forms.signatures import FORMS, form_of
from trading_bot.recorded.forms.tables import tables_in


def test_each_kind_of_each_member_is_a_table(tmp_path: Path) -> None:
    # Given an archive of a table with prints and books, and one of prints
    path = tmp_path / "day.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("b.csv", "ts_event,action,price,bid_px_00,ask_px_00,symbol\n")
        archive.writestr("t.csv", f"{TRADES_HEADER}\n{trade_line()}\n")
    # When its tables are looked for
    found = tables_in(path, Told(), 1_000)
    # Then the first has two, and the second is read as it is
    assert [(table.start.path.name, table.part and table.part.kind) for table in found] == [
        ("b.csv", "trades"),
        ("b.csv", "quotes"),
        ("t.csv", None),
    ]
    assert found[2].text(Counter()) is found[2].content


@pytest.mark.parametrize(
    ("header", "name"),
    [
        (TRADES_HEADER, "Polygon trades"),
        (QUOTES_HEADER, "Polygon quotes"),
        ("symbol,timestamp,exchange,price,size,id,conditions,tape", "Alpaca trades"),
        ("t\tx\tp\ts\tc\ti\tz", "Alpaca trades"),
        ("t\tq\tx\tp\ts\tc\ti\tz", None),
        ("t\tax\tap\tas\tbx\tbp\tbs", "Alpaca quotes"),
        (
            "symbol,timestamp,ask_exchange,ask_price,ask_size,bid_exchange,bid_price,tape",
            "Alpaca quotes",
        ),
        ("ts_recv,ts_event,action,side,price,size,symbol", "Databento trades"),
        ("ts_recv,ts_event,action,price,bid_px_00,ask_px_00", "Databento tbbo or mbp"),
        ("ts_recv,ts_event,bid_px_00,ask_px_00", "Databento bbo"),
        ("ts_recv,ts_event,action,side,price,size,order_id", "Databento mbo, order by order"),
        ("Time|Symbol|Sale Condition|Trade Volume|Trade Price", "NYSE TAQ trades"),
        (
            "Time|Exchange|Symbol|Bid_Price|Offer_Price|Quote_Condition",
            "NYSE TAQ quotes of each venue",
        ),
        ("Time|Symbol|Best_Bid_Price|Best_Offer_Price", "NYSE TAQ national best quotes"),
        ("DATE,TIME_M,EX,SYM_ROOT,SIZE,PRICE", "WRDS TAQ trades"),
        ("DATE,TIME_M,EX,SYM_ROOT,BID,ASK", "WRDS TAQ quotes of each venue"),
        ("date,time_m,sym_root,best_bid,best_bidsiz", "WRDS TAQ national best quotes"),
        (
            "date,time_m,sym_root,best_bid,best_bidsizeshares",
            "WRDS TAQ national best quotes in shares",
        ),
        ("symbol,time,price,size", None),
        ("hello", None),
    ],
)
def test_a_form_is_known_by_the_names_in_the_first_line(header: str, name: str | None) -> None:
    # Given the first line of a file
    start = start_of(PurePath("f"), header, Told())
    # When its form is looked up
    form = form_of(start)
    # Then it is that of its maker, or none
    assert (form and form.name) == name


def test_all_forms_have_a_say() -> None:
    # Given the table of forms
    # When their names are listed
    names = [form.name for form in FORMS]
    # Then each has one, and those that are refused have no parts
    assert all(names)
    assert [form.name for form in FORMS if form.refusal and form.parts] == []


def test_quotes_beside_prints_of_another_maker_are_one_day(tmp_path: Path) -> None:
    # Given a file of quotes
    path = tmp_path / "q.csv"
    path.write_text(f"{QUOTES_HEADER}\n{quote_line()}\n")
    # When its tables are looked for
    (table,) = tables_in(path, Told(), 1_000)
    # Then its form is named, and its columns are read as they are
    assert (table.form and table.form.name, table.part) == ("Polygon quotes", None)

"""Robinhood's words: what is read, and what is never taken for flat."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

pytest.importorskip("robin_stocks", reason="robin_stocks is not installed")
from trading_bot.brokers.robinhood.wire import (
    Challenge,
    CodeWanted,
    LetIn,
    Page,
    WorkflowBegun,
    accounts_in,
    challenge_in,
    id_in,
    instrument_of,
    is_approved,
    login_in,
    page_in,
    positions_in,
    status_in,
    symbol_in,
)
from trading_bot.order_flow.errors import DataSourceError
from trading_bot.order_flow.position import Position
from trading_bot.positions.source import AccountFound

PATH, HOST, NUMBER = "/positions/", "api.robinhood.com", "5RH76543210"
ROW = {
    "symbol": "ACME",
    "quantity": "0.12345600",
    "average_buy_price": "27.0500",
    "account_number": NUMBER,
}


def encoded(value: object) -> bytes:
    return json.dumps(value).encode()


def no_symbol(_instrument: str) -> str:
    return ""


def test_a_page_has_its_rows_and_the_way_to_the_next() -> None:
    # Given a part of a list; when it is read, then the next one's path stands without its host
    link = f"https://{HOST}/positions/?cursor=abc%3D&account_number=5RH"
    found = page_in(encoded({"results": [ROW], "next": link}), PATH, HOST)
    assert found == Page((ROW,), "/positions/?cursor=abc%3D&account_number=5RH")


@pytest.mark.parametrize("following", [None, ""])
def test_the_last_page_has_no_next(following: object) -> None:
    # Given the last part; when it is read, then there is no next
    assert page_in(encoded({"results": [], "next": following}), PATH, HOST) == Page((), "")


@pytest.mark.parametrize(
    "answer",
    [
        [],
        None,
        {},
        {"results": None},
        {"results": {}},
        {"detail": "An error"},
        {"results": [], "next": 7},
        {"results": [], "next": "https://elsewhere.example/positions/?cursor=1"},
        {"results": [], "next": f"https://{HOST}/orders/?cursor=1"},
    ],
)
def test_what_is_no_part_of_a_list_is_no_answer(answer: object) -> None:
    # Given another shape, or a next page elsewhere; when it is read, then it is refused
    with pytest.raises(DataSourceError) as caught:
        page_in(encoded(answer), PATH, HOST)
    assert caught.value.code == "unexpected_shape"


@pytest.mark.parametrize("body", [b"", b"<html>", b'{"results": [', b"[" * 5_000])
def test_what_is_no_json_is_no_answer(body: bytes) -> None:
    # Given a body that cannot be decoded; when it is read, then it is refused
    with pytest.raises(DataSourceError):
        page_in(body, PATH, HOST)


def test_a_position_is_read_to_its_last_digit() -> None:
    # Given a fraction of a share; when it is read, then no digit is lost
    found = positions_in([ROW], NUMBER, no_symbol)
    assert dict(found.positions) == {
        "ACME": Position("ACME", Decimal("0.123456"), Decimal("27.05"))
    }


def test_idle_zeros_are_left_out() -> None:
    # Given numbers with zeros behind them; when they are read, then they are as a person has them
    held = positions_in([ROW | {"quantity": "1200.00000000"}], NUMBER, no_symbol).positions["ACME"]
    assert (str(held.quantity), str(held.average_price)) == ("1200", "27.05")


def test_a_symbol_that_is_not_stated_is_looked_up() -> None:
    # Given a position that names its instrument alone; when it is read, then that is asked for
    link = f"https://{HOST}/instruments/abc-1/"
    row = {"instrument": link, "quantity": "5", "average_buy_price": "83.1"}
    found = positions_in([row], NUMBER, {"abc-1": "BOLT"}.__getitem__)
    assert tuple(found.positions) == ("BOLT",)


@pytest.mark.parametrize(
    ("row", "instrument"),
    [
        ({"instrument": f"https://{HOST}/instruments/abc-1/"}, "abc-1"),
        ({"instrument": f"https://{HOST}/instruments/abc-1/", "symbol": "ACME"}, ""),
        ({"instrument": f"https://{HOST}/options/abc-1/"}, ""),
        ({"instrument": f"https://{HOST}/instruments/a%20b/"}, ""),
        ({"instrument": 7}, ""),
        ({}, ""),
        ("ACME", ""),
    ],
)
def test_an_instrument_is_taken_from_its_link(row: object, instrument: str) -> None:
    # Given a row; when its instrument is looked for, then only a link of one is taken
    assert instrument_of(row) == instrument


@pytest.mark.parametrize("price", ["0.0000", None])
def test_shares_that_were_given_have_no_price(price: object) -> None:
    # Given a stock that was given, or whose price is not stated
    found = positions_in([ROW | {"average_buy_price": price}], NUMBER, no_symbol)
    # When it is read, then what was paid is not known
    assert found.positions["ACME"].average_price is None


@pytest.mark.parametrize(
    "bad", [{"quantity": "many"}, {"quantity": None}, {"average_buy_price": "?"}]
)
def test_a_row_that_cannot_be_read_is_named_and_costs_no_other(bad: dict[str, Any]) -> None:
    # Given a row without a quantity; when all is read, then it is named by its symbol
    found = positions_in([ROW | bad, ROW | {"symbol": "BOLT"}], NUMBER, no_symbol)
    assert (tuple(found.positions), tuple(found.unreadable)) == (("BOLT",), ("ACME",))


def test_a_row_without_a_quantity_is_named() -> None:
    # Given a row that lacks it; when all is read, then it is not taken for nothing
    row = {name: value for name, value in ROW.items() if name != "quantity"}
    assert tuple(positions_in([row], NUMBER, no_symbol).unreadable) == ("ACME",)


@pytest.mark.parametrize("bad", [7, None, {"quantity": "5", "average_buy_price": "1"}])
def test_a_row_of_nobody_knows_what_is_named_by_its_place(bad: object) -> None:
    # Given a row without a symbol; when all is read, then its place is named
    found = positions_in([ROW, bad], NUMBER, no_symbol)
    assert (tuple(found.positions), tuple(found.unreadable)) == (("ACME",), ("positions[1]",))


def test_positions_of_another_account_are_no_answer() -> None:
    # Given a row of another account than was asked for; when all is read, then it is refused
    with pytest.raises(DataSourceError, match="is not of the account"):
        positions_in([ROW | {"account_number": "another"}], NUMBER, no_symbol)


def test_accounts_show_the_ends_of_their_numbers_and_what_is_the_matter() -> None:
    # Given a restricted account; when it is read, then its whole number is the key alone
    rows = [{"account_number": NUMBER, "deactivated": True, "deposit_halted": False}]
    assert accounts_in(rows) == {NUMBER: AccountFound("...3210", "deactivated")}


@pytest.mark.parametrize("row", [{}, {"account_number": 7}, {"account_number": ""}, None])
def test_an_account_without_a_number_is_none(row: object) -> None:
    # Given a row without a number; when it is read, then it is refused
    with pytest.raises(DataSourceError, match="accounts with their numbers"):
        accounts_in([row])


def test_an_instrument_has_a_symbol() -> None:
    # Given an instrument; when it is read, then its symbol is there, or it is refused
    assert symbol_in(encoded({"symbol": "BRK.B"}), "/instruments/1/") == "BRK.B"
    odds: list[object] = [{}, [], {"symbol": "a b"}]
    for odd in odds:
        with pytest.raises(DataSourceError, match="with its symbol"):
            symbol_in(encoded(odd), "/instruments/1/")


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        ({"access_token": "T", "token_type": "Bearer"}, LetIn("Bearer T")),
        ({"verification_workflow": {"id": "w-1"}}, WorkflowBegun("w-1")),
        ({"mfa_required": True, "mfa_type": "sms"}, CodeWanted("sms")),
        ({"mfa_required": True}, CodeWanted("app")),
        ({"challenge": {"type": "email"}}, CodeWanted("email")),
        ({"detail": "Unable to log in with provided credentials."}, None),
        ({"access_token": "", "token_type": "Bearer"}, None),
        ({"verification_workflow": {"id": "../orders"}}, None),
    ],
)
def test_what_a_log_in_comes_to_is_told_apart(answer: object, found: object) -> None:
    # Given an answer of the log-in; when it is read, then it is one of these
    assert login_in(encoded(answer), "/oauth2/token/") == found


def test_what_is_no_answer_of_a_log_in_is_refused() -> None:
    # Given a list; when it is read as an answer of the log-in, then it is refused
    with pytest.raises(DataSourceError, match="an answer of the log-in"):
        login_in(b"[]", "/oauth2/token/")


def test_the_steps_of_an_approval_are_read() -> None:
    # Given the answers of a workflow; when they are read, then each says its part, or that it
    # does not say it
    challenge = {"context": {"sheriff_challenge": {"id": "c-1", "type": "prompt"}}}
    assert challenge_in(encoded(challenge), PATH) == Challenge("prompt", "c-1")
    odds: list[object] = [[], {}, {"context": []}, {"context": {"sheriff_challenge": {"id": 7}}}]
    for odd in odds:
        assert challenge_in(encoded(odd), PATH) is None
    assert status_in(encoded({"challenge_status": "validated"}), PATH) == "validated"
    assert [status_in(odd, PATH) for odd in (b"{}", b"[]")] == ["", ""]
    approved = {"type_context": {"result": "workflow_status_approved"}}
    assert is_approved(encoded(approved), PATH)
    assert not any(is_approved(odd, PATH) for odd in (b"{}", b"[]", b'{"type_context": {}}'))
    assert id_in(encoded({"id": "m-1"}), PATH) == "m-1"
    for bad in (b"{}", b"[]", b'{"id": "a/b"}'):
        with pytest.raises(DataSourceError, match="beginning of an approval"):
            id_in(bad, PATH)

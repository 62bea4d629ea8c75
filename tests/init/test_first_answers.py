"""What is answered before the first watch."""

from __future__ import annotations

import pytest

from trading_bot.init.answers import Answers, checked_key, key_in
from trading_bot.order_flow.diagnostics import told

KEY = "aKey_that-nobody.may=see0"


@pytest.mark.parametrize("text", [KEY, f" {KEY}", f"{KEY}\n", f"\t{KEY} "])
def test_a_key_is_taken_without_what_a_copy_has_brought_along(text: str) -> None:
    # Given a key with blanks around it
    # When it is checked
    # Then it is the key
    assert checked_key(text) == KEY


@pytest.mark.parametrize(
    "text", ["", "  ", "a key", f"'{KEY}'", f'"{KEY}"', f"{KEY}#1", f"${KEY}", f"{KEY}\\", "a\nb"]
)
def test_what_a_file_of_variables_would_change_is_no_key(text: str) -> None:
    # Given a text that would be another one when it is read again, or none
    # When it is checked
    with pytest.raises(ValueError, match="the key must be one word") as refused:
        checked_key(text)
    # Then the sentence does not show it
    assert text.strip() == "" or text.strip() not in str(refused.value)


def test_a_key_that_was_checked_is_blanked_in_every_text() -> None:
    # Given a key
    checked_key(KEY)
    # When a text that holds it is shown
    # Then it is not there
    assert KEY not in told(f"words with {KEY} in them", 200)


@pytest.mark.parametrize(
    ("environ", "key"),
    [
        ({"MASSIVE_API_KEY": KEY}, KEY),
        ({"POLYGON_API_KEY": KEY}, KEY),
        ({"MASSIVE_API_KEY": KEY, "POLYGON_API_KEY": "other"}, KEY),
        ({"MASSIVE_API_KEY": " ", "POLYGON_API_KEY": KEY}, KEY),
    ],
)
def test_a_key_is_taken_from_the_environment(environ: dict[str, str], key: str) -> None:
    # Given an environment with a key under one of its names, or both
    # When it is asked for
    # Then the present name comes first
    assert key_in(environ) == key


def test_the_key_of_another_provider_is_taken_from_its_own_variable() -> None:
    # Given an environment with the keys of two
    environ = {"MASSIVE_API_KEY": "other", "DATABENTO_API_KEY": KEY}
    # When Databento's is asked for
    # Then it is that one
    assert key_in(environ, "databento") == KEY
    # And without one its own name is told
    with pytest.raises(ValueError, match="has no DATABENTO_API_KEY"):
        key_in({"MASSIVE_API_KEY": KEY}, "databento")


def test_an_environment_without_a_key_is_told() -> None:
    # Given an environment without
    # When its key is asked for
    # Then both names are told
    with pytest.raises(ValueError, match="has no MASSIVE_API_KEY or POLYGON_API_KEY"):
        key_in({"PATH": "/bin"})


def test_answers_do_not_show_the_key() -> None:
    # Given answers with a key
    # When they are printed, then it is not there
    assert KEY not in repr(Answers(key=KEY))

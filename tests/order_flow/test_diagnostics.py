"""Facts in the message, and secrets in nothing that is shown."""

from __future__ import annotations

import html
import json
import logging
import threading
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable, Iterator
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_mock import MockerFixture

from trading_bot.order_flow import diagnostics
from trading_bot.order_flow.diagnostics import (
    BLANK,
    FACTS,
    RUN_LENGTH,
    HandOver,
    SecretFilter,
    get_logger,
    hide,
    holds_secret,
    told,
)


def test_facts_stand_in_the_message_while_somebody_wants_them(
    caplog: pytest.LogCaptureFixture,
) -> None:
    # Given a line with facts
    logger = get_logger("trading_bot.order_flow.of_a_test")
    # When it is logged before, while and after two want them
    with caplog.at_level(logging.INFO):
        logger.info("order_flow.%s", "happened", extra={"symbol": "ACME", "seconds": 2.5})
        FACTS.want()
        FACTS.want()
        FACTS.release()
        logger.info("order_flow.%s", "happened", extra={"symbol": "ACME", "seconds": 2.5})
        FACTS.release()
        logger.info("order_flow.%s", "happened", extra={"symbol": "ACME", "seconds": 2.5})
    # Then the facts follow the name meanwhile, and are fields in any case
    plain = "order_flow.happened"
    assert [each.getMessage() for each in caplog.records] == [
        plain,
        f"{plain} symbol=ACME seconds=2.5",
        plain,
    ]
    assert {vars(each)["symbol"] for each in caplog.records} == {"ACME"}


# -- secrets ------------------------------------------------------------------------------------

KEY = 'pk/9Qz+4"Tb&x~7LmW0cV=2Rd\\8sYh'
# A key of asterisks would look as if it were blanked.
KEYS = st.text(st.characters(min_codepoint=0x30, max_codepoint=0x7E), min_size=8, max_size=64)
TEXTS = st.text(max_size=20)


def runs(text: str) -> Iterator[str]:
    return (text[start : start + RUN_LENGTH] for start in range(len(text) - RUN_LENGTH + 1))


def hiding(*secrets: str) -> SecretFilter:
    secret_filter = SecretFilter()
    for secret in secrets:
        secret_filter.hide(secret)
    return secret_filter


def in_base64(before: int, encode: Callable[[bytes], bytes]) -> Callable[[str], str]:
    """Return what encodes a key behind so many bytes, and before others."""
    return lambda key: encode(b"k" * before + key.encode() + b"end").decode()


FORMS: dict[str, Callable[[str], str]] = {
    "whole": str,
    "url": lambda key: quote(key, safe=""),
    "path": quote,
    "form": quote_plus,
    "url in small letters": lambda key: quote(key, safe="").replace("%2F", "%2f"),
    "every byte": lambda key: "".join(f"%{byte:02X}" for byte in key.encode()),
    "every byte in small letters": lambda key: "".join(f"%{byte:02x}" for byte in key.encode()),
    "hex": lambda key: key.encode().hex(),
    "great hex": lambda key: key.encode().hex().upper(),
    "json": lambda key: json.dumps(key)[1:-1],
    "repr": lambda key: repr(key)[1:-1],
    "html": html.escape,
    **{f"base64 behind {before}": in_base64(before, b64encode) for before in range(3)},
    **{
        f"url-safe base64 behind {before}": in_base64(before, urlsafe_b64encode)
        for before in (0, 1, 2)
    },
}


@pytest.mark.parametrize("form", FORMS)
def test_a_secret_is_blanked_however_it_is_written(form: str) -> None:
    # Given a key, and a text that holds it in one form
    secret_filter = hiding(KEY)
    written = FORMS[form](KEY)
    # When it is blanked, where the text is long and where nothing is around it
    around, alone = secret_filter.blank(f"before {written} behind"), secret_filter.blank(written)
    # Then nothing is left that would tell it
    assert around.startswith("before ")
    assert around.endswith(" behind")
    assert BLANK in around
    assert BLANK in alone
    # The ends of base64 hold bits of others; they are no run of it.
    assert len(alone) <= len(BLANK) + 2 * RUN_LENGTH


@given(KEYS, TEXTS, TEXTS, st.sampled_from(sorted(FORMS)))
def test_no_run_of_a_secret_is_left(key: str, before: str, behind: str, form: str) -> None:
    # Given any key, and a text that holds a form of it
    secret_filter = hiding(key)
    # When it is blanked
    shown = secret_filter.blank(before + FORMS[form](key) + behind)
    # Then no eight characters in a row of the key are in it
    assert not any(run in shown for run in runs(key))


@given(KEYS, st.integers(0, 64), TEXTS)
def test_a_secret_in_two_fields_is_blanked_in_both(key: str, cut: int, text: str) -> None:
    # Given a key that is split over two fields, or cut
    secret_filter = hiding(key)
    # When they are blanked
    shown = secret_filter.blank([text + key[:cut], key[cut:] + text])
    # Then neither shows eight characters of it
    assert not any(run in each for run in runs(key) for each in shown)


@given(KEYS, st.text(max_size=60))
def test_what_holds_no_run_stays_as_it_is(key: str, text: str) -> None:
    # Given a text without a run of a key
    if any(run in text for run in runs(key)):
        return
    # When the key is hidden as it is alone
    shown = hiding(key).blank(text)
    # Then the text stays, unless it holds another form
    assert shown == text or BLANK in shown


@pytest.mark.parametrize(
    ("shown", "text"),
    [
        ("abcdefg", "abcdefg"),
        (BLANK, "abcdefgh"),
        (BLANK, "abcdefghi"),
        (f"x{BLANK}y", "xbcdefghiy"),
        (BLANK, "abcdefghijabcdefghij"),
        (f"{BLANK}-{BLANK}", "abcdefgh-cdefghij"),
    ],
)
def test_eight_characters_are_blanked_and_seven_are_not(shown: str, text: str) -> None:
    # Given a key, and a part of it
    # When the text is blanked, then eight characters in a row are too many
    assert hiding("abcdefghij").blank(text) == shown


@pytest.mark.parametrize(("secret", "shown"), [("s3cret", f"a{BLANK}b"), ("", "as3cretb")])
def test_a_short_secret_is_blanked_whole(secret: str, shown: str) -> None:
    # Given a secret of fewer than eight characters, or of none
    # When a text that holds it is blanked, then it is gone
    assert hiding(secret, secret).blank("as3cretb") == shown


def test_what_is_told_is_blanked_before_it_is_cut() -> None:
    # Given a hidden key, and a text whose cut goes through it
    hide(KEY)
    text = f"unknown key {KEY} was sent"
    # When it is told, shorter than it is
    shown = told(text, 20)
    # Then no part of the key is left, and what follows it is there
    assert shown == f"unknown key {BLANK} was "
    assert (holds_secret(text), holds_secret(shown)) == (True, False)


def test_a_text_without_end_is_cut_before_it_is_looked_at() -> None:
    # Given a provider that says millions of characters
    # When they are told, then a few are
    assert told("x" * 10_000_000, 5) == "xxxxx"


def test_what_is_no_text_is_told_as_one() -> None:
    # Given a number
    # When it is told, then it is written
    assert told(12.5, 3) == "12."


class Slow(logging.Handler):
    """A host's handler that blocks until a test lets it go on."""

    def __init__(self) -> None:
        super().__init__()
        self.begun = threading.Event()
        self.goes_on = threading.Event()
        self.said: list[str] = []
        self.raises = False

    def emit(self, record: logging.LogRecord) -> None:
        self.begun.set()
        assert self.goes_on.wait(10)
        self.said.append(record.getMessage())
        if self.raises:
            raise ConnectionError("the log's host is away")


class Desk:
    """A logger whose lines are handed over, with a handler that blocks."""

    def __init__(self) -> None:
        self.hand_over, self.slow = HandOver(), Slow()
        self.logger = logging.getLogger("hand_over_of_a_test")
        self.logger.propagate = False
        self.logger.addFilter(self.hand_over)
        self.logger.addHandler(self.slow)

    def close(self) -> None:
        self.slow.goes_on.set()
        assert self.hand_over.wait_until_logged(10)
        self.logger.removeFilter(self.hand_over)
        self.logger.removeHandler(self.slow)


@pytest.fixture
def desk() -> Iterator[Desk]:
    desk = Desk()
    yield desk
    desk.close()


def test_a_handler_that_blocks_does_not_hold_who_must_not_wait(desk: Desk) -> None:
    # Given a thread whose lines are handed over
    with desk.hand_over.of_this_thread():
        # When it logs two lines, and the handler blocks at the first
        words = ["one"]
        desk.logger.warning("%s", words)
        words.append("later")
        desk.logger.warning("two")
    # Then it has gone on, and both are logged once the handler does, as they were then
    assert desk.slow.begun.wait(10)
    assert not desk.hand_over.wait_until_logged(0)
    desk.slow.goes_on.set()
    assert desk.hand_over.wait_until_logged(10)
    assert desk.slow.said == ["['one']", "two"]


def test_every_other_thread_logs_for_itself(desk: Desk) -> None:
    # Given a thread that has handed over before, also from within
    desk.slow.goes_on.set()
    with desk.hand_over.of_this_thread(), desk.hand_over.of_this_thread():
        desk.logger.warning("handed over")
    assert desk.hand_over.wait_until_logged(10)
    # When it logs later
    desk.logger.warning("by itself")
    # Then the line is there when it goes on
    assert desk.slow.said == ["handed over", "by itself"]


def test_lines_beyond_the_bound_are_dropped_and_counted(desk: Desk, mocker: MockerFixture) -> None:
    # Given room for two lines, and a handler that blocks at the first of all
    mocker.patch.object(diagnostics, "MOST_LINES", 2)
    with desk.hand_over.of_this_thread():
        desk.logger.warning("0")
        assert desk.slow.begun.wait(10)
        # When three more come
        for each in "123":
            desk.logger.warning(each)
    # Then the newest two wait
    desk.slow.goes_on.set()
    assert desk.hand_over.wait_until_logged(10)
    assert (desk.slow.said, desk.hand_over.lost) == (["0", "2", "3"], 1)


def test_a_handler_that_raises_costs_its_line_only(desk: Desk) -> None:
    # Given a handler that raises
    desk.slow.raises = True
    desk.slow.goes_on.set()
    # When two lines are handed over
    with desk.hand_over.of_this_thread():
        desk.logger.warning("1")
        desk.logger.warning("2")
    # Then both have been tried
    assert desk.hand_over.wait_until_logged(10)
    assert desk.slow.said == ["1", "2"]

"""Facts in the message, for hosts whose log prints no extra fields."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator

import pytest
from pytest_mock import MockerFixture

from trading_bot.order_flow import diagnostics
from trading_bot.order_flow.diagnostics import FACTS, HandOver, get_logger


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

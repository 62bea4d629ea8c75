"""Which notices go out together, and when."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given, strategies

from trading_bot.notify.desk import (
    BURST,
    LINES_A_MESSAGE,
    MOST_WAITING,
    SECONDS_A_MESSAGE,
    URGENT_WAIT_SECONDS,
    WAIT_SECONDS,
    Desk,
    Message,
    message_of,
)
from trading_bot.notify.notice import Notice, notice


def exit_(symbol: str = "ACME") -> Notice:
    return notice("exit", symbol, f"{symbol} exit suggested")


def visible(symbol: str = "ACME") -> Notice:
    return notice("visible", symbol, f"{symbol} can be seen again")


def test_an_urgent_notice_waits_a_second_for_others() -> None:
    # Given an exit
    desk = Desk()
    desk.take(exit_(), 0.0)
    # When it is asked just before, and at, the second
    before = desk.due(URGENT_WAIT_SECONDS - 0.01, quiet=False)
    at = desk.due(URGENT_WAIT_SECONDS, quiet=False)
    # Then it goes out at it
    assert before is None
    assert at == Message("ACME: exit", "ACME exit suggested", urgent=True)
    assert desk.waiting == 0


def test_any_other_notice_waits_ten_seconds() -> None:
    # Given a symbol that can be seen again
    desk = Desk()
    desk.take(visible(), 0.0)
    # When it is asked just before, and at, the ten seconds
    before = desk.due(WAIT_SECONDS - 0.01, quiet=False)
    at = desk.due(WAIT_SECONDS, quiet=False)
    # Then it goes out at them
    assert before is None
    assert at == Message("ACME: visible", "ACME can be seen again", urgent=False)


def test_what_waits_goes_with_what_is_urgent_which_is_read_first() -> None:
    # Given a notice that waits, and an exit after it, on a simulated market
    desk = Desk("SIMULATED ")
    desk.take(visible("BOLT"), 0.0)
    desk.take(exit_(), 1.0)
    # When the exit is due
    found = desk.due(2.0, quiet=False)
    # Then both go out, and each line says that nothing is real
    assert found == Message(
        "SIMULATED 2 notices: ACME: exit, BOLT: visible",
        "SIMULATED ACME exit suggested\nSIMULATED BOLT can be seen again",
        urgent=True,
    )


def test_quiet_hours_hold_back_what_is_not_urgent() -> None:
    # Given a notice that waits, and an exit
    desk = Desk()
    desk.take(visible("BOLT"), 0.0)
    assert desk.due(100.0, quiet=True) is None
    desk.take(exit_(), 100.0)
    # When it is quiet, and then no longer
    broken = desk.due(101.0, quiet=True)
    held = desk.waiting
    after = desk.due(102.0, quiet=False)
    # Then the exit breaks it alone, and the rest comes afterwards
    assert broken is not None
    assert (broken.title, held) == ("ACME: exit", 1)
    assert after is not None
    assert after.title == "BOLT: visible"


def test_an_urgent_notice_waits_for_others_in_quiet_hours_too() -> None:
    # Given an exit in quiet hours
    desk = Desk()
    desk.take(exit_(), 0.0)
    # When it is asked at once
    # Then it waits its second
    assert desk.due(0.5, quiet=True) is None


def test_a_storm_is_sent_in_few_messages() -> None:
    # Given an exit every two seconds, for ten minutes
    desk = Desk()
    sent = []
    for second in range(600):
        if second % 2 == 0:
            desk.take(exit_(f"S{second}"), float(second))
        found = desk.due(float(second), quiet=False)
        if found is not None:
            sent.append((second, found))
    # When they are counted
    # Then a burst is followed by one message every twenty seconds
    assert len(sent) <= BURST + 600 / SECONDS_A_MESSAGE + 1
    gaps = [later - earlier for (earlier, _), (later, _) in pairwise(sent[8:])]
    assert min(gaps) >= SECONDS_A_MESSAGE - 1


def test_the_last_message_of_a_burst_is_kept_for_what_is_urgent() -> None:
    # Given notices that have taken all but one
    desk = Desk()
    for number in range(BURST - 1):
        desk.take(visible(), number * 1e-3)
        assert desk.due(WAIT_SECONDS + number * 1e-3, quiet=False) is not None
    # When another waits, and then an exit
    desk.take(visible(), 10.1)
    calm = desk.due(20.2, quiet=False)
    desk.take(exit_(), 20.2)
    # Then the exit goes out alone in its time
    assert calm is None
    assert desk.due(21.2, quiet=False) is not None


def test_too_many_that_wait_lose_the_oldest_that_is_not_urgent_and_say_so() -> None:
    # Given more notices than may wait, the oldest of them urgent
    desk = Desk()
    desk.take(exit_("OLD"), 0.0)
    for number in range(MOST_WAITING + 2):
        desk.take(visible(f"S{number}"), 0.0)
    # When they go out
    found = desk.due(WAIT_SECONDS, quiet=False)
    # Then the exit is among them, and what was lost is counted
    assert found is not None
    assert found.body.startswith("OLD exit suggested")
    assert found.body.endswith(", …")


def test_urgent_notices_are_lost_last() -> None:
    # Given nothing but urgent notices, one more than may wait
    desk = Desk()
    for number in range(MOST_WAITING + 1):
        desk.take(exit_(f"S{number}"), 0.0)
    # When they go out
    found = desk.flush()
    # Then the oldest is lost
    assert found is not None
    assert found.body.startswith("S1 exit suggested")


def test_what_was_lost_elsewhere_is_told_with_the_next_message() -> None:
    # Given texts that were lost on their way
    desk = Desk()
    desk.note_lost(3)
    # When a notice goes out
    desk.take(exit_(), 0.0)
    found = desk.due(1.0, quiet=False)
    # Then it says so, once
    assert found is not None
    assert found.body.endswith("\n3 notices were lost: too many")
    desk.take(exit_(), 2.0)
    again = desk.due(3.0, quiet=False)
    assert again is not None
    assert "lost" not in again.body


def test_the_end_sends_all_that_waits() -> None:
    # Given a notice that is not due, and nothing
    desk = Desk()
    nothing = desk.flush()
    desk.take(visible(), 0.0)
    # When the end comes
    found = desk.flush()
    # Then it goes out
    assert nothing is None
    assert found is not None
    assert found.title == "ACME: visible"


def test_many_notices_are_named_where_there_is_no_line_for_each() -> None:
    # Given more notices than lines, and many more
    few = [exit_(f"S{number}") for number in range(LINES_A_MESSAGE + 2)]
    many = [exit_(f"S{number}") for number in range(LINES_A_MESSAGE + 61)]
    # When one message is made of them
    # Then the rest is named, as far as there is room
    assert message_of(few, "").body.endswith("\nand 2 more: S20: exit, S21: exit")
    assert message_of(many, "").body.endswith("S79: exit, …")
    assert len(message_of(many, "").title) == 100


@given(
    strategies.lists(
        strategies.tuples(strategies.booleans(), strategies.floats(0, 50)), max_size=60
    )
)
def test_no_notice_is_lost_or_sent_twice(coming: list[tuple[bool, float]]) -> None:
    # Given notices that come in some order, in and out of quiet hours
    desk, now, bodies = Desk(), 0.0, []
    for number, (is_urgent, pause) in enumerate(coming):
        symbol = f"S{number}."
        desk.take(exit_(symbol) if is_urgent else visible(symbol), now)
        now += pause
        bodies.append(desk.due(now, quiet=number % 3 == 0))
    # When all is sent
    bodies.append(desk.flush())
    # Then each stands in one message, once
    lines = [line for each in bodies if each is not None for line in each.body.split("\n")]
    shown = [line.split(" ")[0] for line in lines if line.startswith("S")]
    assert len(shown) == len(set(shown))
    hidden = sum(int(line.split(" ")[1]) for line in lines if line.startswith("and "))
    assert len(shown) + hidden == len(coming)

"""Which texts are on their way, and what a new process is given."""

from __future__ import annotations

from typing import Any

from hypothesis import given, strategies

from trading_bot.notify.desk import Message
from trading_bot.notify.outbox import MOST_KEPT, Outbox, Receiver

EXIT = Message("ACME: exit", "leave", urgent=True)
CALM = Message("ACME: visible", "seen", urgent=False)


def outbox(receivers: int = 2) -> Outbox:
    return Outbox([Receiver() for _ in range(receivers)])


def report(to: int, state: str, *, id_: str = "a", **more: Any) -> dict[str, Any]:
    fields = {"op": "state", "id": id_, "to": to, "state": state, "why": ""}
    return fields | {"refused": 0, "uncertain": 0} | more


def test_a_text_goes_to_every_receiver_with_its_id() -> None:
    # Given two receivers
    # When a text is kept
    line = outbox().add("a1b2c3d4", EXIT, 5.0)
    # Then its line names both, and the id stands in the text
    assert line == {
        "op": "send",
        "id": "a1b2c3d4",
        "title": "ACME: exit",
        "body": "leave\nnotice a1b2c3d4",
        "age": 0.0,
        "to": [
            {"number": 0, "refused": 0, "uncertain": 0},
            {"number": 1, "refused": 0, "uncertain": 0},
        ],
        "once": False,
    }


def test_a_text_is_kept_until_every_receiver_has_it() -> None:
    # Given a text for two
    box = outbox()
    box.add("a", EXIT, 0.0)
    # When the one has it, and then the other will not get it
    box.note(report(0, "sent"))
    waiting = box.waiting
    box.note(report(1, "failed", why="it answers 500"))
    # Then it is done, and each is counted
    assert (waiting, box.waiting) == (1, 0)
    assert box.receivers == [Receiver(sent=1), Receiver(failed=1, trouble="it answers 500")]


def test_a_new_process_is_given_what_the_old_one_has_not_sent() -> None:
    # Given a text that the one has, and the other refused once
    box = outbox()
    box.add("a", EXIT, 5.0)
    box.note(report(0, "sent"))
    box.note(report(1, "begun"))
    box.note(report(1, "again", refused=1, why="it answers 500"))
    # When the process dies
    (line,) = box.again(25.0)
    # Then the rest is sent, with its age and what became of it
    assert line["to"] == [{"number": 1, "refused": 1, "uncertain": 0}]
    assert line["age"] == 20.0
    assert box.receivers[1].trouble == "it answers 500"


def test_a_try_under_way_when_the_process_dies_may_have_arrived() -> None:
    # Given a text whose try has begun
    box = outbox(1)
    box.add("a", EXIT, 0.0)
    box.note(report(0, "begun"))
    # When the process dies, and the next one does so in its try too
    (first,) = box.again(1.0)
    box.note(report(0, "begun", uncertain=1))
    second = box.again(2.0)
    # Then it is repeated once, and no more
    assert first["to"] == [{"number": 0, "refused": 0, "uncertain": 1}]
    assert second == []
    assert (box.waiting, box.receivers[0].unsure) == (0, 1)


def test_one_who_may_have_it_does_not_keep_it_from_others() -> None:
    # Given a text that may have arrived twice at the one, and not at the other
    box = outbox()
    box.add("a", EXIT, 0.0)
    box.note(report(0, "again", uncertain=2))
    # When the process dies
    (line,) = box.again(1.0)
    # Then the other gets it
    assert line["to"] == [{"number": 1, "refused": 0, "uncertain": 0}]


def test_too_many_texts_lose_the_oldest_that_is_not_urgent() -> None:
    # Given as many as may be kept, the second of them calm
    box = outbox(1)
    box.add("first", EXIT, 0.0)
    box.add("calm", CALM, 0.0)
    for number in range(MOST_KEPT - 2):
        box.add(str(number), EXIT, 0.0)
    assert (box.waiting, box.lost) == (MOST_KEPT, 0)
    # When one more comes, and another
    box.add("more", EXIT, 0.0)
    ids = [line["id"] for line in box.again(0.0)]
    box.add("last", EXIT, 0.0)
    # Then the calm one goes, then the oldest, and both are counted
    assert "calm" not in ids
    assert ids[0] == "first"
    assert box.again(0.0)[0]["id"] == "0"
    assert (box.waiting, box.lost) == (MOST_KEPT, 2)


def test_a_report_of_a_text_that_was_dropped_is_counted_only() -> None:
    # Given no text
    box = outbox(1)
    # When one is told of
    box.note(report(0, "sent"))
    # Then the receiver has taken one
    assert box.receivers == [Receiver(sent=1)]


@given(
    strategies.lists(
        strategies.sampled_from(("begun", "refused", "uncertain", "sent", "death")), max_size=40
    )
)
def test_whatever_dies_when_nobody_is_sent_a_text_a_third_time(steps: list[str]) -> None:
    # Given a text, tries, and processes that die anywhere
    box, arrived, refused, uncertain = outbox(1), 0, 0, 0
    box.add("a", EXIT, 0.0)
    under_way = False
    for step in steps:
        if box.waiting == 0 or uncertain >= 2:
            break
        if step == "death":
            lines = box.again(0.0)
            arrived += under_way
            under_way = False
            if not lines:
                break
            uncertain = lines[0]["to"][0]["uncertain"]
        elif step == "begun":
            under_way = True
            box.note(report(0, "begun", refused=refused, uncertain=uncertain))
        elif under_way:
            under_way = False
            arrived += step != "refused"
            refused += step == "refused"
            uncertain += step == "uncertain"
            state = "sent" if step == "sent" else "again"
            box.note(report(0, state, refused=refused, uncertain=uncertain))
    # When all is counted
    # Then it has arrived twice at most
    assert arrived <= 2

"""The few questions before the first watch."""

from __future__ import annotations

from collections.abc import Iterable

from trading_bot.init.answers import Answers
from trading_bot.init.questions import ask_all
from trading_bot.order_flow.position import Position

KEY = "aKey_that-nobody.may=see0"
ALL = {"env": True, "positions": True, "settings": True}


class Person:
    """Somebody who answers, and keeps what was asked and said."""

    def __init__(self, answers: Iterable[str]) -> None:
        self._answers = iter(answers)
        self.hidden: list[str] = []
        self.asked: list[str] = []
        self.told: list[str] = []

    def ask(self, question: str, hidden: bool) -> str:
        self.asked.append(question)
        if hidden:
            self.hidden.append(question)
        return next(self._answers)

    def answers(self, data_source: str = "polygon", **which: bool) -> Answers:
        return ask_all(self.ask, self.told.append, data_source=data_source, **(ALL | which))


def test_every_answer_is_taken() -> None:
    # Given somebody who answers all, with two positions
    person = Person([KEY, "file", "AAPL:100@187.50:182", "BRK.B:-0.5@400", "", "MSFT, NVDA", "12"])
    # When they are asked
    answers = person.answers()
    # Then each answer is there, and the key alone was hidden
    held = (Position("AAPL", 100, "187.50", 182), Position("BRK.B", "-0.5", 400))
    assert answers == Answers(KEY, held, ("MSFT", "NVDA"), 12)
    assert len(person.hidden) == 1
    assert person.hidden[0].startswith("Your key")
    assert person.told == []


def test_enter_is_an_answer() -> None:
    # Given somebody who presses Enter at each question
    person = Person(["", "", "", " ", ""])
    # When they are asked
    # Then nothing is held, as the question says, and all else is left as it is
    assert person.answers() == Answers(None, (), (), None)
    assert "(Enter: nothing)" in person.asked[2]


def test_an_answer_that_cannot_be_is_told_and_asked_for_again() -> None:
    # Given somebody who mistypes each answer once
    person = Person(
        [
            "a key",
            KEY,
            "broker",
            "",
            "AAPL",
            "AAPL:100@187.50",
            "",
            "msft",
            "MSFT",
            "2",
            "many",
            "31",
            "30",
        ]
    )
    # When they are asked
    answers = person.answers()
    # Then each mistake is told, and the good answers are there
    assert answers == Answers(KEY, (Position("AAPL", 100, "187.50"),), ("MSFT",), 30)
    assert [len(person.told), len(person.asked)] == [7, 13]
    assert "the key must be one word" in person.told[0]
    assert "MSFT?" in person.told[3]
    assert person.told[4:] == [
        f"alerts_per_day={value} must be a whole number from 3 to 30"
        for value in ("2", "'many'", "31")
    ]


def test_a_mistake_in_a_position_costs_none_before_it() -> None:
    # Given somebody who mistypes their second position
    person = Person(["", "", "AAPL:100@187.50", "MSFT:ten@400", "MSFT:10@400", "", "", ""])
    # When they are asked
    # Then both are held
    assert person.answers().positions == (
        Position("AAPL", 100, "187.50"),
        Position("MSFT", 10, 400),
    )
    assert len(person.told) == 1


def test_whoever_lets_a_broker_say_it_is_not_asked_what_is_held() -> None:
    # Given somebody whose broker says what is held
    person = Person([KEY, "Alpaca", "MSFT", ""])
    # When they are asked
    # Then no position is asked for, and no file of them will be written
    assert person.answers() == Answers(KEY, None, ("MSFT",), positions_source="alpaca")
    assert "alpaca, file" in person.asked[1]


def test_who_says_what_is_held_is_not_asked_where_it_could_not_be_written() -> None:
    # Given somebody with settings of their own
    person = Person(["", "", ""])
    # When they are asked for the rest
    # Then they say themselves what is held
    assert person.answers(settings=False).positions_source is None
    assert person.asked[1].startswith("What you hold")


def test_what_is_there_already_is_not_asked_for() -> None:
    # Given somebody, and all files
    person = Person([])
    # When they are asked
    # Then there is no question, and what is held was not said
    assert person.answers(env=False, positions=False, settings=False) == Answers()
    assert person.asked == []


def test_whose_key_is_asked_for_is_named() -> None:
    # Given somebody who takes Databento, and answers for the key alone
    person = Person([KEY])
    # When they are asked
    answers = person.answers("databento", positions=False, settings=False)
    # Then it is its key
    assert person.hidden == ["Your key of Databento, not shown while you type (Enter: later)"]
    assert answers == Answers(KEY, data_source="databento")

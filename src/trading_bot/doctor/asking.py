"""Who may be asked what: the provider, unless an earlier finding forbids it."""

from __future__ import annotations

from collections.abc import Callable

from trading_bot.doctor.check import Check, fail, warn
from trading_bot.doctor.files import key
from trading_bot.doctor.looked import Looked
from trading_bot.doctor.questions import Questions

CheckOfProvider = Callable[[Looked, Questions], Check]


def is_asked_first(check: CheckOfProvider) -> Callable[[Looked], Check]:
    """Make a check that asks the provider the first question, where one can be asked."""

    def asked(looked: Looked) -> Check:
        if looked.config is None:
            return not_asked("the settings cannot be read", "settings")
        if key(looked).state == "fail":
            return not_asked("no key that can be used", "key")
        try:
            questions = looked.questions
        except ValueError as error:
            return fail(str(error), "let data_source name one that is known")
        if questions is None:  # pragma: no cover - there are settings, as was looked at above
            raise AssertionError("no provider of the settings")
        return check(looked, questions)

    asked.__doc__ = check.__doc__
    return asked


def is_asked_later(check: CheckOfProvider) -> Callable[[Looked], Check]:
    """Make a check that asks the provider once the first question was answered."""

    def asked(looked: Looked, questions: Questions) -> Check:
        if questions.refusal:
            return not_asked(questions.refusal, "key_accepted")
        return check(looked, questions)

    asked.__doc__ = check.__doc__
    return is_asked_first(asked)


def not_asked(why: str, first: str) -> Check:
    """Return the check of what could not be asked.

    Args:
        why: What stands in the way.
        first: The check that says how to mend that.
    """
    return warn(f"not asked: {why}", f"mend {first} first")

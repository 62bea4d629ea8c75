"""Who may be asked what: the provider, unless an earlier finding forbids it."""

from __future__ import annotations

from collections.abc import Callable

from trading_bot.doctor.check import Check, fail, found_and_mend, warn
from trading_bot.doctor.files import key
from trading_bot.doctor.looked import Looked
from trading_bot.doctor.questions import Questions

CheckOfProvider = Callable[[Looked, Questions], Check]


def needs_provider(check: CheckOfProvider) -> Callable[[Looked], Check]:
    """Make a check that needs to know which provider it is, and asks it nothing."""

    def made(looked: Looked) -> Check:
        try:
            questions = looked.questions
        except ValueError as error:
            return fail(*found_and_mend(str(error), "let data_source name one that is known"))
        if questions is None:
            return not_asked("the settings cannot be read", "settings")
        return check(looked, questions)

    made.__doc__ = check.__doc__
    return made


def is_asked_first(check: CheckOfProvider) -> Callable[[Looked], Check]:
    """Make a check that asks the provider the first question, where there is a key to ask with."""

    def asked(looked: Looked, questions: Questions) -> Check:
        if key(looked).state == "fail":
            has_none = not questions.config.polygon_api_key
            return not_asked("no key" if has_none else "the key cannot be used", "key")
        return check(looked, questions)

    asked.__doc__ = check.__doc__
    return needs_provider(asked)


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

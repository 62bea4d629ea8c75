"""What commands say of their data, and how they end."""

from __future__ import annotations

import pytest

from trading_bot.recorded.account import KindAccount, RowAccount
from trading_bot.replay.data_words import status_of, warning_lines

WELL = RowAccount(KindAccount(read=2, judged=2), KindAccount(read=2, judged=2))
EMPTY = RowAccount()
SAID = "WARNING: nothing was judged: the files hold no rows"


@pytest.mark.parametrize(
    ("account", "accept", "lines"),
    [
        (WELL, False, []),
        (EMPTY, False, [SAID, "Exit status 2, unless --accept-losses is given."]),
        (EMPTY, True, [SAID]),
    ],
)
def test_what_is_amiss_is_said_whether_it_is_accepted_or_not(
    account: RowAccount, accept: bool, lines: list[str]
) -> None:
    # Given data, and a user who accepts its losses or does not
    # When it is spoken of
    # Then what is amiss is said, and how to go on where that is open
    assert warning_lines(account, accept_losses=accept) == lines


@pytest.mark.parametrize(
    ("account", "accept", "status", "expected"),
    [
        (WELL, False, 0, 0),
        (WELL, False, 1, 1),
        (EMPTY, False, 0, 2),
        (EMPTY, False, 1, 2),
        (EMPTY, True, 0, 0),
        (EMPTY, True, 1, 1),
    ],
)
def test_losses_that_are_not_accepted_end_with_status_2(
    account: RowAccount, accept: bool, status: int, expected: int
) -> None:
    # Given data, a user, and the status of the results
    # When the command ends
    # Then losses come first
    assert status_of(account, accept_losses=accept, status=status) == expected

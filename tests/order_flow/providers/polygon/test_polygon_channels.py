from __future__ import annotations

import pytest

from trading_bot.order_flow.providers.polygon.channels import Subscriptions, kind_of, symbol_of


def following(*symbols: str) -> Subscriptions:
    found = Subscriptions()
    found.follow(symbols)
    return found


def confirmed(found: Subscriptions) -> list[str]:
    """Confirm everything that is asked for, kind by kind; return what became ready."""
    ready = []
    while channels := found.next_request():
        for channel in channels:
            ready += found.confirm(f"subscribed to: {channel}")
    return ready


def test_prints_are_asked_for_first_then_quotes_then_bands() -> None:
    # Given two symbols
    found = following("ACME", "BRK.B")
    # When each request is confirmed
    asked = []
    while channels := found.next_request():
        asked.append(channels)
        found.confirm("subscribed to: " + ",".join(channels))
    # Then there was one request a kind
    assert asked == [["T.ACME", "T.BRK.B"], ["Q.ACME", "Q.BRK.B"], ["LULD.ACME", "LULD.BRK.B"]]


def test_nothing_is_asked_for_while_an_answer_is_awaited() -> None:
    # Given a request under way
    found = following("ACME")
    found.next_request()
    # When the next one is asked for
    channels = found.next_request()
    # Then there is none yet
    assert (channels, found.pending, found.pending_kind) == ([], True, "T")


def test_a_symbol_is_ready_once_prints_and_quotes_are_confirmed() -> None:
    # Given a symbol whose prints are confirmed
    found = following("ACME")
    found.next_request()
    first = found.confirm("subscribed to: T.ACME")
    # When its quotes are
    found.next_request()
    second = found.confirm("subscribed to: Q.ACME")
    # Then it is ready, and not before
    assert (first, second) == ([], ["ACME"])


def test_it_is_complete_without_bands() -> None:
    # Given a symbol
    found = following("ACME")
    seen = [found.complete]
    for channel in ("T.ACME", "Q.ACME", "LULD.ACME"):
        found.next_request()
        # When one channel after the other is confirmed
        found.confirm(f"subscribed to: {channel}")
        seen.append(found.complete)
    # Then quotes complete it
    assert seen == [False, False, True, True]


def test_following_nothing_is_complete() -> None:
    # Given no symbols
    # When they are followed
    found = following()
    # Then nothing lacks
    assert (found.complete, found.next_request()) == (True, [])


def test_a_confirmation_that_was_not_asked_for_says_nothing() -> None:
    # Given a request for prints
    found = following("ACME")
    found.next_request()
    # When another channel is confirmed
    ready = found.confirm("subscribed to: T.BOLT")
    # Then the request is still under way
    assert (ready, found.pending) == ([], True)


def test_giving_up_a_symbol_names_its_confirmed_channels() -> None:
    # Given two symbols with all channels
    found = following("ACME", "BOLT")
    confirmed(found)
    # When one of them is followed no more
    needless = found.follow(["ACME"])
    # Then its channels are to be given up
    assert needless == ["LULD.BOLT", "Q.BOLT", "T.BOLT"]


def test_following_the_same_symbols_again_changes_nothing() -> None:
    # Given a complete subscription
    found = following("ACME")
    confirmed(found)
    # When the same is wished again
    needless = found.follow(["ACME"])
    # Then nothing is to be done
    assert (needless, found.next_request(), found.complete) == ([], [], True)


def test_a_symbol_given_up_while_it_is_asked_for_is_not_ready() -> None:
    # Given a request for prints of a symbol that is followed no more
    found = following("ACME")
    found.next_request()
    found.follow(["BOLT"])
    # When it is confirmed
    ready = found.confirm("subscribed to: T.ACME")
    # Then nobody is ready, and the other symbol's turn comes
    assert (ready, found.next_request()) == ([], ["T.BOLT"])


def test_a_refusal_that_names_its_channel_leaves_the_others_pending() -> None:
    # Given a request for two symbols
    found = following("ACME", "BOLT")
    found.next_request()
    # When one is refused by name
    refused = found.refuse("unknown symbol T.BOLT")
    # Then the other is still awaited
    assert (refused, found.pending, found.refused) == (["T.BOLT"], True, {"T.BOLT"})


def test_a_refusal_without_a_name_concerns_all_that_is_asked_for() -> None:
    # Given a request for two symbols
    found = following("ACME", "BOLT")
    found.next_request()
    # When it is refused
    refused = found.refuse("not authorized")
    # Then both are
    assert (refused, found.pending) == (["T.ACME", "T.BOLT"], False)


def test_refused_bands_are_never_asked_for_again() -> None:
    # Given a plan without limit bands
    found = following("ACME")
    for channel in ("T.ACME", "Q.ACME"):
        found.next_request()
        found.confirm(f"subscribed to: {channel}")
    found.next_request()
    found.refuse("not authorized")
    # When the connection ends and all is asked for again
    found.disconnected()
    asked = []
    while channels := found.next_request():
        asked += channels
        found.confirm(",".join(channels))
    # Then bands are left out
    assert (found.bands_refused, asked) == (True, ["T.ACME", "Q.ACME"])


def test_refused_channels_are_asked_for_again_on_the_next_connection() -> None:
    # Given a refused channel
    found = following("ACME")
    found.next_request()
    found.refuse("busy")
    # When the connection ends
    found.disconnected()
    # Then it is asked for again
    assert found.next_request() == ["T.ACME"]


def test_a_refused_symbol_that_is_followed_no_more_is_forgotten() -> None:
    # Given a refused channel
    found = following("ACME")
    found.next_request()
    found.refuse("unknown symbol")
    # When other symbols are followed
    found.follow(["BOLT"])
    # Then it is refused no more
    assert found.refused == set()


@pytest.mark.parametrize(("kind", "never"), [("T", False), ("Q", True)])
def test_it_remembers_which_kinds_the_plan_has(kind: str, never: bool) -> None:
    # Given confirmed prints
    found = following("ACME")
    found.next_request()
    found.confirm("subscribed to: T.ACME")
    found.disconnected()
    # When a kind is asked about
    answer = found.never_had(kind)
    # Then it is known over connections
    assert answer is never


def test_a_channel_is_a_kind_and_a_symbol_that_may_hold_a_dot() -> None:
    # Given the channel of a class share
    channel = "T.BRK.B"
    # When it is taken apart
    parts = kind_of(channel), symbol_of(channel)
    # Then only the first dot divides
    assert parts == ("T", "BRK.B")

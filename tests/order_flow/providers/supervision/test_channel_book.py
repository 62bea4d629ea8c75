from __future__ import annotations

from trading_bot.order_flow.providers.supervision.actions import (
    HALTS,
    QUOTES,
    TRADES,
    Channel,
    channels_of,
)
from trading_bot.order_flow.providers.supervision.channel_book import (
    CONFIRMED,
    REFUSED,
    SUSPECT,
    WANTED,
    ChannelBook,
)


def prints(*symbols: str) -> tuple[Channel, ...]:
    return channels_of(TRADES, symbols)


def quotes(*symbols: str) -> tuple[Channel, ...]:
    return channels_of(QUOTES, symbols)


def halts(*symbols: str) -> tuple[Channel, ...]:
    return channels_of(HALTS, symbols)


def book(*symbols: str) -> ChannelBook:
    channels = ChannelBook()
    channels.hold(symbols, ())
    return channels


def confirm(channels: ChannelBook, *confirmed: Channel) -> list[Channel]:
    """Confirm channels; return those by which a symbol has prints and quotes."""
    return [channel for channel in confirmed if channels.confirm(channel)]


def test_a_channel_that_nobody_wants_has_no_state() -> None:
    assert book("AAA").state_of(Channel(TRADES, "ZZZ")) is None


def test_prints_come_first_by_symbol() -> None:
    # Given symbols in the order of their positions
    channels = book("CCC", "AAA", "BBB")
    # When the next request is chosen
    # Then it has the prints of all, by name
    assert channels.next_group(0) == (list(prints("AAA", "BBB", "CCC")), False)


def test_a_symbol_is_whole_by_the_second_of_prints_and_quotes() -> None:
    # Given two symbols
    channels = book("AAA", "BBB")
    # When their channels are confirmed in either order, halts too, and one of them twice
    found = confirm(channels, *prints("AAA"), *quotes("BBB", "AAA"), *halts("AAA"))
    found += confirm(channels, *prints("BBB", "BBB"))
    # Then each is whole once, and nothing but halts is left
    assert found == [*quotes("AAA"), *prints("BBB")]
    assert channels.is_complete
    assert channels.next_group(0) == (list(halts("BBB")), False)


def test_quotes_of_a_half_wait_until_its_prints_are_known() -> None:
    # Given a symbol with prints, and two whose prints wait as a half
    channels = book("AAA", "BBB", "CCC")
    confirm(channels, *prints("AAA"))
    channels.set_aside(prints("BBB", "CCC"))
    # When requests are chosen
    first = channels.next_group(0)
    confirm(channels, *quotes("AAA"))
    # Then quotes of the first are followed by the half
    assert first == (list(quotes("AAA")), False)
    assert channels.next_group(0) == (prints("BBB", "CCC"), True)


def test_halves_come_in_their_order_unless_one_was_interrupted() -> None:
    # Given two halves that wait, an empty one, and one that a cut interrupted
    channels = book("AAA", "BBB", "CCC")
    for half in (prints("AAA"), (), prints("BBB")):
        channels.set_aside(half)
    channels.set_aside(prints("CCC"), first=True)
    # When requests are chosen
    found = [channels.next_group(0)[0] for _ in range(3)]
    # Then the interrupted one goes first
    assert found == [prints("CCC"), prints("AAA"), prints("BBB")]


def test_quotes_of_symbols_without_prints_are_asked_for_one_by_one() -> None:
    # Given two symbols whose prints are refused
    channels = book("AAA", "BBB")
    channels.refuse(prints("AAA", "BBB"), 0, mute=True)
    # When the next request is chosen
    # Then it has one of them: neither can spoil the other's
    assert channels.next_group(0) == (list(quotes("AAA")), False)


def test_nothing_is_refused_of_nothing() -> None:
    assert book("AAA").refuse((), 0, mute=False) == []


def test_a_cut_takes_what_was_confirmed_but_not_what_is_known_of_the_bad() -> None:
    # Given a confirmed, a refused and a waiting channel
    channels = book("AAA", "BBB", "CCC")
    confirm(channels, *prints("AAA"))
    channels.refuse(prints("BBB"), 0, mute=False)
    channels.set_aside(prints("CCC"))
    # When the connection ends
    channels.disconnect()
    # Then only the first is wanted anew
    states = [channels.state_of(each) for each in prints("AAA", "BBB", "CCC")]
    assert states == [WANTED, REFUSED, SUSPECT]


def test_only_confirmed_channels_are_given_up() -> None:
    # Given one confirmed channel of two
    channels = book("AAA", "BBB")
    confirm(channels, *prints("AAA"))
    # When both are to be renewed
    # Then the confirmed one is unsubscribed, and wanted anew
    assert channels.give_up(prints("AAA", "BBB")) == prints("AAA")
    assert channels.state_of(prints("AAA")[0]) == WANTED


def test_a_sold_symbol_leaves_its_confirmed_channels() -> None:
    # Given a symbol with prints of two
    channels = book("AAA", "BBB")
    confirm(channels, *prints("AAA", "BBB"))
    # When it is sold
    needless = channels.hold(("BBB",), ())
    # Then its prints are needless, and the other one keeps its own
    assert needless == prints("AAA")
    assert channels.state_of(prints("BBB")[0]) == CONFIRMED

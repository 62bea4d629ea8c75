"""Depth is lost and seen again, symbol by symbol, and nobody calls it seen too early."""

from __future__ import annotations

from trading_bot.order_flow.providers.paired.depth_channel import STARTING, DepthChannel


def seen(at: int = 1) -> DepthChannel:
    """Return the channel of ACME and BOLT, whose depth is seen."""
    channel = DepthChannel()
    channel.follow(("ACME", "BOLT"), 0)
    for symbol in ("ACME", "BOLT"):
        channel.levels(symbol)
        channel.look(symbol, at, None)
    return channel


def test_a_symbol_begins_without_depth() -> None:
    # Given a symbol that is followed from now on
    channel = DepthChannel()
    channel.follow(("ACME",), 5)
    # When it is looked at, then its depth is not seen since then
    assert channel.look("ACME", 6, None) == (STARTING, 5)


def test_a_symbol_that_is_not_followed_has_no_depth() -> None:
    # Given a channel of nobody
    channel = DepthChannel()
    # When levels and losses come, then it stays so
    channel.levels("ACME")
    channel.lose("ACME", "cut", 1)
    assert channel.look("ACME", 6, None) == (STARTING, 6)


def test_levels_make_it_seen() -> None:
    # Given a symbol of which levels came
    channel = seen(at=7)
    # When it is looked at, then it is seen since the first look at them
    assert channel.look("ACME", 9, None) == ("", 7)


def test_levels_of_a_feed_that_is_not_ready_make_nothing_seen() -> None:
    # Given a symbol of which levels came while the feed replays
    channel = DepthChannel()
    channel.follow(("ACME",), 0)
    channel.levels("ACME")
    # When it is looked at, then it is not seen before the feed is ready
    assert channel.look("ACME", 1, "subscribing") == (STARTING, 0)
    channel.levels("ACME")
    assert channel.look("ACME", 2, None) == ("", 2)


def test_a_cut_loses_every_symbol() -> None:
    # Given two symbols that are seen
    channel = seen()
    # When the connection ends
    channel.cut("disconnected", 5)
    # Then both are lost since then
    assert channel.look("ACME", 6, None) == ("disconnected", 5)
    assert channel.look("BOLT", 6, None) == ("disconnected", 5)


def test_a_loss_is_told_once_at_least_however_soon_levels_come() -> None:
    # Given a connection that ended, and another that brought levels before anybody looked
    channel = seen()
    channel.cut("disconnected", 5)
    channel.levels("ACME")
    # When it is looked at
    first, second = channel.look("ACME", 6, None), channel.look("ACME", 7, None)
    # Then it is lost, and so are those levels: whoever is told drops what is known
    assert first == second == ("disconnected", 5)
    channel.levels("ACME")
    assert channel.look("ACME", 8, None) == ("", 8)


def test_doubtful_levels_lose_one_symbol_and_an_empty_name_all() -> None:
    # Given two symbols that are seen
    channel = seen()
    # When the levels of one are doubted
    channel.lose("ACME", "levels are missing", 5)
    # Then the other is seen
    assert channel.look("ACME", 6, None) == ("levels are missing", 5)
    assert channel.look("BOLT", 6, None) == ("", 1)
    # And when nobody can tell whose they were, then both are lost
    channel.lose("", "levels are missing", 7)
    assert channel.look("BOLT", 8, None) == ("levels are missing", 7)


def test_a_loss_keeps_its_first_reason() -> None:
    # Given a symbol that is lost
    channel = seen()
    channel.cut("disconnected", 5)
    # When another reason comes
    channel.lose("ACME", "levels are missing", 6)
    # Then the first one stays
    assert channel.look("ACME", 7, "no_connection") == ("disconnected", 5)


def test_a_feed_with_a_problem_loses_what_is_seen() -> None:
    # Given a symbol that is seen
    channel = seen()
    # When the feed has a problem, then it is lost
    assert channel.look("ACME", 6, "mute") == ("mute", 6)


def test_after_a_refusal_nothing_is_seen_any_more() -> None:
    # Given a symbol that is lost, and a feed that refuses for good
    channel = seen()
    channel.cut("disconnected", 5)
    channel.refused = "wrong_key"
    # When levels come all the same, then it stays lost, and says why
    channel.look("ACME", 6, None)
    channel.levels("ACME")
    assert channel.look("ACME", 7, None) == ("wrong_key", 5)


def test_a_symbol_that_is_followed_no_more_is_forgotten() -> None:
    # Given a symbol that is seen
    channel = seen()
    # When it is given up, and followed again
    channel.follow(("BOLT",), 5)
    channel.follow(("BOLT", "ACME"), 6)
    # Then it begins anew, and the other goes on
    assert channel.look("ACME", 7, None) == (STARTING, 6)
    assert channel.look("BOLT", 7, None) == ("", 1)

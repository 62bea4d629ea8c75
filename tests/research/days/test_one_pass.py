"""One pass: data is opened once, and each day is measured with all that was found in it."""

from __future__ import annotations

from pathlib import Path

from support.recorded_day import FIXED, playback_of, recorded_day

from trading_bot.replay.playback import Playback, open_playback
from trading_bot.research.changed_tapes import MirroredTape, ShuffledTape
from trading_bot.research.days.one_pass import play_all
from trading_bot.research.matched_control import ControlPool
from trading_bot.research.outcomes import OutcomeRules
from trading_bot.research.scorecard import Event, events_of
from trading_bot.research.scored_findings import ChangedPlay, Findings, find

RULES = OutcomeRules()


def two_days(folder: Path) -> Path:
    for day in range(2):
        for symbol in ("ACME", "BOLT"):
            recorded_day(folder, day=day, symbol=symbol)
    return folder


def alone(folder: Path, change: MirroredTape | ShuffledTape) -> list[Event]:
    """Return what a changed tape holds when it is played without another one beside it."""
    changed = ChangedPlay(FIXED, change)
    find(playback_of(folder), beside=[changed])
    return changed.events


def test_data_is_opened_once(tmp_path: Path) -> None:
    # Given data that counts how often it is opened
    recorded_day(tmp_path)
    opened = []

    def open_data() -> Playback:
        opened.append(tmp_path)
        return playback_of(tmp_path)

    # When it is played for a score
    play_all(open_data, RULES, 5, with_readings=False, progress=lambda _: None)
    # Then that was once
    assert len(opened) == 1


def test_every_day_is_measured_and_its_quotes_are_gone(tmp_path: Path) -> None:
    # Given two days of two symbols
    folder = two_days(tmp_path)
    # When they are played
    plays = play_all(
        lambda: playback_of(folder), RULES, 5, with_readings=False, progress=lambda _: None
    )
    # Then each is measured, in order, and no quotes are kept
    days = plays.as_it_is.days
    assert [(each.symbol, each.day.day) for each in days] == [
        ("ACME", 8),
        ("ACME", 9),
        ("BOLT", 8),
        ("BOLT", 9),
    ]
    assert plays.as_it_is.series == []
    assert all(each.account is not None and each.account.recommendations for each in days)


def test_what_was_found_is_judged_as_with_all_quotes(tmp_path: Path) -> None:
    # Given two days of two symbols, once with all quotes kept
    folder = two_days(tmp_path)
    kept = find(playback_of(folder))
    plays = play_all(
        lambda: playback_of(folder), RULES, 5, with_readings=False, progress=lambda _: None
    )
    found = plays.as_it_is
    moments = [each.moment for each in events_of(found.alerts, found.exits)]
    # When the moments are judged by measured days and by quotes
    judged = [ControlPool(days, RULES, 5).judge(moments) for days in (found.days, kept.series)]
    # Then each is known, and why one is not judged is the same
    assert moments
    assert judged[0].unjudged == judged[1].unjudged
    assert judged[0].blocks.tolist() == judged[1].blocks.tolist()


def test_changed_tapes_find_beside_others_what_they_find_alone(tmp_path: Path) -> None:
    # Given two days of two symbols
    folder = two_days(tmp_path)
    # When they are played changed, beside the tape as it is
    plays = play_all(
        lambda: playback_of(folder), RULES, 5, with_readings=False, progress=lambda _: None
    )
    # Then each change finds what it finds when it is played alone
    assert len(plays.mirrored) == len(alone(folder, MirroredTape()))
    assert sorted(map(str, plays.shuffled)) == sorted(map(str, alone(folder, ShuffledTape(5))))


def test_with_readings_the_quotes_stay_for_the_pictures(tmp_path: Path) -> None:
    # Given a day
    recorded_day(tmp_path)
    # When it is played with readings
    plays = play_all(
        lambda: playback_of(tmp_path), RULES, 5, with_readings=True, progress=lambda _: None
    )
    # Then its quotes are kept beside what was measured
    assert len(plays.as_it_is.series) == len(plays.as_it_is.days) == 1


def test_symbols_of_one_day_are_measured_as_they_go_by(tmp_path: Path) -> None:
    # Given a day of two symbols, one after the other
    for symbol in ("ACME", "BOLT"):
        recorded_day(tmp_path, symbol=symbol)
    playback = open_playback([tmp_path], FIXED)
    ended: list[tuple[str, set[str]]] = []
    # When it is played
    found = find(
        playback,
        beside=[ChangedPlay(FIXED, MirroredTape())],
        over=lambda series, _: ended.append((series.symbol, set(playback.symbols))),
    )
    # Then the first is over once the second has come, and no quotes are kept
    assert [symbol for symbol, _ in ended] == ["ACME", "BOLT"]
    assert ended[0][1] == {"ACME", "BOLT"}
    assert found.series == Findings().series

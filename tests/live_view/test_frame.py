"""A frame: the most urgent first, whole within its size, and nothing urgent hidden in silence."""

from __future__ import annotations

from typing import Any

import pytest
from support.live_market import (
    LiveMarket,
    alert_line,
    burst_line,
    channels,
    exit_line,
    feed_line,
    live_beat,
    live_row,
)
from support.monitor_stubs import at

from trading_bot.live_view.cells import plain, width_of
from trading_bot.live_view.frame import Canvas, frame
from trading_bot.live_view.state import LiveState
from trading_bot.order_flow.live_file.lines import LiveChannel, LiveLeaving, LiveRow

NARROW, USUAL, WIDE = 40, 80, 120


def state_of(*rows: LiveRow, lines: Any = (), **changes: Any) -> LiveState:
    state = LiveState()
    state.take_beat(live_beat(*rows, whole=True, **changes))
    for line in lines:
        state.take_line(line)
    return state


def shown(state: LiveState, seconds: float = 0.0, **canvas: Any) -> list[str]:
    """Return the lines of a frame, which must fit."""
    made = Canvas(**canvas)
    lines = frame(state, at(seconds), made)
    assert all(width_of(each) <= made.width for each in lines)
    assert made.height is None or len(lines) <= made.height
    return [plain(each) for each in lines]


def rows_of(lines: list[str]) -> list[str]:
    """Return the lines behind the heads of the columns."""
    return lines[next(n for n, each in enumerate(lines) if each.startswith("  symbol")) + 1 :]


def fifty() -> LiveState:
    """Return fifty positions: two exits, two blind, two degraded, three alerted, 41 calm."""
    rows = [live_row(f"C{number:02}") for number in range(41)]
    rows += [live_row(f"X{number}", pressure="exit") for number in range(2)]
    rows += [live_row(f"B{number}", sees="blind", pressure="unknown") for number in range(2)]
    rows += [live_row(f"D{number}", sees="degraded", pressure="unknown") for number in range(2)]
    rows += [live_row(f"A{number}", pressure="alerted") for number in range(3)]
    return state_of(*rows)


def test_fifty_positions_are_whole_at_80_by_24() -> None:
    # Given fifty positions, nine of them urgent
    # When the frame is drawn at 80 x 24
    lines = shown(fifty(), width=80, height=24)
    # Then the urgent ones are there in order, with their proofs, and the rest is counted
    names = [each[2:5].strip() for each in rows_of(lines)[:-1] if each[2] != " "]
    assert names == ["X0", "X1", "B0", "B1", "D0", "D1", "A0", "A1", "A2"]
    assert lines[1] == "50 watched: 2 exit, 2 blind, 2 degraded, 3 alerted, 41 calm"
    assert lines[-1] == "+41 calm"
    assert len(lines) == 24


def test_fifty_positions_are_useful_at_40_columns() -> None:
    # Given fifty positions
    # When the frame is drawn at 40 x 24
    lines = shown(fifty(), width=40, height=24)
    # Then the urgent ones are there, exits with their verdict below
    assert [each[2:4] for each in lines if each[:1] in "⏏○◐●" and each] == [
        *("X0", "X1", "B0", "B1", "D0", "D1", "A0", "A1", "A2")
    ]
    assert lines[lines.index("⏏ X0        100.50      -50.00 exit") + 1] == "  exit stands"
    assert lines[-1] == "+41 calm"


@pytest.mark.parametrize("width", [20, 33, NARROW, 69, 70, USUAL, 115, 116, 139, 140, 200])
@pytest.mark.parametrize("height", [1, 2, 3, 5, 8, 11, 14, 15, 24, 60])
def test_no_size_hides_what_is_urgent_without_saying_how_many(width: int, height: int) -> None:
    # Given fifty positions and a guard with troubles
    state = fifty()
    # When a frame of any size is drawn
    lines = shown(state, width=width, height=height, shows_said=True, footer=("record: r",))
    # Then every exit is shown or counted, where there is a line for it
    text = " ".join(lines)
    exits = sum(f" X{number} " in f"{text} " for number in range(2))
    hidden = 2 - exits
    assert hidden == 0 or f"+{hidden} exit" in text or height < 4


def test_without_a_bound_everything_is_shown() -> None:
    # Given fifty positions
    # When the frame has no height
    lines = shown(fifty(), width=80, height=None)
    # Then each has its row
    assert sum(each[2:3] in "XBDAC" and each[2:3] != "" for each in rows_of(lines)) == 50


def test_a_verdict_has_its_time_and_its_end() -> None:
    # Given a symbol of each urgency, with what the record says
    rows = [
        live_row("EXIT", pressure="exit"),
        live_row("DARK", sees="blind", reason="gap: away", pressure="unknown"),
        live_row("LATE", sees="degraded", reason="late", pressure="unknown"),
        live_row("SOLD", pressure="alerted"),
        live_row("WELL"),
    ]
    lines = [exit_line(-60, "EXIT"), feed_line("feed_blind", -30, "DARK"), alert_line(-9, "SOLD")]
    # When the frame is drawn
    found = rows_of(shown(state_of(*rows, lines=lines), width=80))
    # Then each says since when, and until when where that is known
    says = [each[41:] for each in found if each[2] != " "]
    assert says == [
        "exit 09:59:00, stands until 10:04:00",
        "blind since 09:59:30: gap: away",
        "degraded: late",
        "alerted 09:59:51, counts until 10:01:51",
        "calm  prints, quotes 0 s",
    ]


def test_below_an_exit_stand_its_proofs_its_cost_and_why() -> None:
    # Given an exit from a symbol that is blind by now
    row = live_row(
        "ACME",
        sees="blind",
        reason="gap: away",
        channels=(
            *channels(-3, "prints", state="blind", reason="away"),
            *channels(-2, "quotes"),
        ),
    )
    state = state_of(row, lines=[alert_line(-1), exit_line(0)])
    # When the frame is drawn
    found = rows_of(shown(state, width=100))
    # Then all of it is there
    assert [each.strip() for each in found[1:]] == [
        "blind: gap: away",
        "prints blind (away) proved 09:59:57, quotes visible proved 09:59:58",
        "leaving costs 0.50 USD (0.5 bp)",
        "high: 100 shares, P&L -50.00 USD, 1.5 USD above the stop; your rule: 3 large sellers",
        "09:59:59 ● large seller: 12,000 shares sold at 100.00 by one order",
    ]


def test_what_was_never_proved_is_said_so() -> None:
    # Given a calm symbol of which one channel was never proved, one without channels that was
    # compared as a whole, and one that never was
    never = LiveChannel(name="depth", state="visible")
    rows = [
        live_row("ABLE", channels=(*channels(-130), never)),
        live_row("BOLT", channels=(), compared_seconds_ago=7),
        live_row("CLIF", channels=(), compared_seconds_ago=None),
        live_row("DARK", channels=(never,), sees="blind", pressure="unknown"),
    ]
    # When the frame is drawn
    found = rows_of(shown(state_of(*rows), width=100))
    # Then it says so
    assert found[1].strip() == "depth visible never proved"
    assert [each[41:].rstrip() for each in found[-3:]] == [
        "calm  prints, quotes 2 min; depth never",
        "calm  proved 7 s",
        "calm",
    ]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"shares": "-200", "leaving": None}, "not protected: short"),
        ({"pressure": "unknown"}, "not judged"),
        ({"pressure": "unknown", "pressure_reason": "too thin"}, "too thin"),
        ({"pressure_reason": "3 held back"}, "calm, 3 held back"),
        ({}, "calm"),
    ],
)
def test_calm_is_said_only_of_what_is_judged(changes: Any, words: str) -> None:
    # Given a visible symbol
    state = state_of(live_row(channels=(), compared_seconds_ago=None, **changes))
    # When the frame is drawn
    found = rows_of(shown(state))[0]
    # Then it says how it stands, and is counted so
    assert found[41:].strip() == words
    label = "not protected" if "shares" in changes else "not judged"
    counted = "calm" if words.startswith("calm") else label
    assert shown(state)[1] == f"1 watched: 1 {counted}"


def test_a_symbol_that_is_watched_without_data_has_dashes() -> None:
    # Given a symbol of which nothing is known, and an exit without a row
    state = state_of(LiveRow(symbol="BOLT", sees="not_watched"), lines=[exit_line(0, "NEW")])
    # When the frame is drawn on a very wide terminal
    found = rows_of(shown(state, width=140, height=None))
    # Then nothing is made up
    assert [each.split()[:10] for each in found if each[0] != " "] == [
        ["⏏", "NEW", *["-"] * 8],
        ["◐", "BOLT", "-", "unwatched", *["-"] * 6],
    ]


@pytest.mark.parametrize(
    ("changes", "cells"),
    [
        ({}, "100 visible 101.00 100.50 99.00 -50.00 0.5 bp 1.2x 50%"),
        ({"price": "1234567.890000", "pnl": "12345678.9"}, "1234568 99.00 +12,345,679"),
        ({"price": "much too long", "pnl": "nan", "shares": "0.123456789"}, "0 visible"),
        ({"shares": "odd number of", "pnl": "odd"}, "- visible 101.00 100.50 99.00 - "),
        ({"volume_ratio": 3.0, "sell_ratio": 0.6}, "3.0x 60%"),
        ({"volume_ratio": 4.0, "sell_ratio": None}, "4.0x -"),
        ({"volume_warn": None, "volume_critical": None, "sell_warn": None}, "1.2x 50%"),
        ({"volume_ratio": None, "leaving": None}, "-50.00 - - 50%"),
        (
            {"leaving": LiveLeaving(shares="100", fits="40", cost_usd="1", cost_bp=2.0)},
            ">2.0 bp",
        ),
    ],
)
def test_no_number_is_cut(changes: Any, cells: str) -> None:
    # Given a row with odd or long numbers
    # When the frame is drawn on a very wide terminal
    found = " ".join(rows_of(shown(state_of(live_row(**changes)), width=160))[0].split())
    # Then each is whole, rounded, or a dash
    assert cells in found


@pytest.mark.parametrize(
    ("leaving", "words"),
    [
        (LiveLeaving(shares="odd"), None),
        (LiveLeaving(shares="100", unknown="no quote"), "leaving: not known, no quote"),
    ],
)
def test_what_leaving_costs_is_not_made_up(leaving: LiveLeaving, words: str | None) -> None:
    # Given an alerted symbol with a cost that is not known, or cannot be read
    state = state_of(live_row(pressure="alerted", leaving=leaving))
    # When the frame is drawn
    found = [each.strip() for each in shown(state) if "leaving" in each]
    # Then it says so, or nothing
    assert found == ([] if words is None else [words])


@pytest.mark.parametrize(
    ("lines", "begin"),
    [
        ([], "● ACME"),
        ([alert_line(-200)], "● ACME"),
        ([alert_line(-3), alert_line(-2)], "▲ ACME"),
        ([burst_line(-2)], "■ ACME"),
        ([alert_line(-2, source="resting_bid")], "○ ACME"),
    ],
)
def test_an_alerted_symbol_has_the_sign_of_its_newest_alert(lines: Any, begin: str) -> None:
    # Given an alerted symbol
    found = rows_of(shown(state_of(live_row(pressure="alerted"), lines=lines)))
    # When the frame is drawn, then its sign says by what; without its line, or long after, no end
    assert found[0].startswith(begin)
    assert ("counts until" in found[0]) == bool(lines and lines[0] != alert_line(-200))


def test_an_alert_of_an_odd_shape_has_no_words() -> None:
    # Given an alert and an exit whose lines are damaged
    lines = [{**alert_line(0), "severity": 1}, {**exit_line(0), "reason": 1}]
    # When the frame is drawn
    found = shown(state_of(live_row(pressure="alerted"), lines=lines))
    # Then what is known of them is there
    assert any("stands until" in each for each in found)


def test_alerts_of_five_minutes_and_the_largest_seller_stand_in_the_head() -> None:
    # Given alerts
    lines = [alert_line(0), alert_line(1, order_size=41_600), burst_line(2)]
    state = state_of(live_row(), lines=lines)
    # When the frame is drawn, wide and narrow
    # Then the wide one says the largest too
    counted = "5 min: ● 1 large, ▲ 1 further, ■ 1 burst"
    assert shown(state, width=100)[2] == f"{counted}; largest of 30 min: ACME 41,600 at 10:00:01"
    assert " ".join(" ".join(shown(state, width=40)).split()).count(counted) == 1


@pytest.mark.parametrize(
    ("seconds", "market", "title"),
    [
        (0.25, "live", "live market 2026-03-10 10:00:00 ET  guard heard 0.2 s ago"),
        (3, "simulated", "SIMULATED market 2026-03-10 10:00:03 ET  guard heard 3.0 s ago"),
        (3.5, "recorded", "RECORDED market 2026-03-10 10:00:00 ET"),
    ],
)
def test_the_title_says_which_market_and_how_lately_it_was_heard_of(
    seconds: float, market: Any, title: str
) -> None:
    # Given a guard that was heard so long ago
    # When the frame is drawn, then its title says so
    assert shown(state_of(live_row(), market=market), seconds)[0] == title


def test_silence_is_said_loudly_and_nothing_is_called_calm_then() -> None:
    # Given a guard that is silent
    state = state_of(live_row())
    # When the frame is drawn
    lines = shown(state, 12)
    # Then it says so in words before anything else
    assert lines[1:3] == [
        "NO WORD FROM THE GUARD for 12 s, since 10:00:00 ET. Nothing below is current.",
        "when last heard 1 watched: 1 calm",
    ]
    assert rows_of(lines)[0][41:] == "calm when last heard"


def test_a_guard_that_has_stopped_or_was_never_seen_is_said_so() -> None:
    # Given one that has stopped, and nobody
    # When the frames are drawn
    stopped = shown(state_of(live_row(), status="stopped"))
    never = shown(LiveState(), waits_for="/live", height=24)
    # Then each says what it is
    assert stopped[1] == "THE GUARD HAS STOPPED at 10:00:00 ET. Nothing below is current."
    assert never == [
        "2026-03-10 10:00:00 ET",
        "NO GUARD WAS SEEN in /live. Is one running? Nothing is known.",
    ]
    assert shown(LiveState())[1] == "NO GUARD WAS SEEN. Is one running? Nothing is known."


def test_what_is_the_matter_stands_in_the_head_and_leaves_room_for_rows() -> None:
    # Given a guard with many troubles, and a muted symbol
    troubles = tuple(f"trouble {number} " + "x" * 100 for number in range(9))
    state = state_of(live_row(pressure="exit", muted_until_ns=at(3_600)), troubles=troubles)
    # When the frame is drawn, high and low
    high, low = shown(state, height=None), shown(state, height=8)
    # Then all are there where they fit, and the exit in any case
    assert sum(each.startswith("trouble") for each in high) == 9
    assert "muted: ACME until Tue 11:00 ET" in high
    assert any(each.startswith("⏏ ACME") for each in low)


def test_a_closed_market_and_an_empty_watch_are_said_so() -> None:
    # Given a guard that sleeps, and one that watches nothing
    # When their frames are drawn, then neither passes for calm
    assert shown(state_of(sleeping_until_ns=at(86_400)))[1] == (
        "market closed, sleeping until Wed 10:00 ET"
    )
    assert shown(state_of())[1] == "nothing is watched"


def test_the_newest_lines_of_the_record_stand_below_the_rows() -> None:
    # Given what was said
    state = state_of(live_row(), lines=[alert_line(number) for number in range(8)], market="live")
    # When the frame is drawn, with a bound and without, and narrow
    lines = shown(state, shows_said=True, height=24)
    whole = shown(state_of(live_row(), lines=[exit_line(0)]), shows_said=True, height=None)
    # Then the newest are there, whole where there is no bound
    assert lines[-1].startswith("10:00:07 ET ACME   warning  large seller: 12,000 shares sold")
    assert sum(each.startswith("10:00:0") for each in lines) == 4
    assert "SIMULATED EXIT SUGGESTED" in whole[-2]
    assert not any("ET ACME" in each for each in shown(state, shows_said=True, width=40))


def test_what_was_said_gives_way_to_what_is_urgent() -> None:
    # Given fifty positions and a line
    state = fifty()
    state.take_line(alert_line(0))
    # When there is just room for the urgent ones
    lines = shown(state, shows_said=True, height=15)
    # Then no line of the record takes it
    assert lines[-1] == "+41 calm"
    assert not any("ET ACME" in each for each in lines)


def test_text_from_outside_moves_no_cursor() -> None:
    # Given a row and troubles with what a terminal would obey
    row = live_row("A\x1b[2J", sees="blind", reason="\x1b]0;title\x07", pressure="unknown")
    state = state_of(row, troubles=("\x1b[31mred",))
    # When the frame is drawn
    # Then nothing of it is left
    assert "\x1b" not in "".join(shown(state))


def test_a_frame_follows_from_its_state_alone() -> None:
    # Given two markets of one seed
    frames = []
    for _ in range(2):
        market, state = LiveMarket(30, seed=3), LiveState()
        for _ in range(30):
            state.take_beat(market.beat(4))
            for line in market.lines():
                state.take_line(line)
        # When the frame of each is drawn
        frames.append(shown(state, 8, shows_said=True))
    # Then they are the same
    assert frames[0] == frames[1]

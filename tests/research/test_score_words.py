"""Sentences that claim no more than was measured."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.card_values import card_of, effects_of, row_of

from trading_bot.research.bootstrap import Effect
from trading_bot.research.day_counts import DayCount
from trading_bot.research.score_words import interval, not_judged, verdicts
from trading_bot.research.scorecard import FalseExits, ScoreRow


def effects_at(**known: tuple[float, float, float]) -> dict[str, Effect]:
    """Return effects that show nothing, but those named."""
    found = effects_of(-0.2, -2.2, 0.0)
    return found | {
        name: Effect(found, 0.0, found, low, high, 0.02, 0.3)
        for name, (found, low, high) in known.items()
    }


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        (
            row_of(effects=effects_of(-1.2, -2.2, -0.1)),
            (
                "Red burst: the midpoint falls more than after matched seconds, "
                "-1.20 [-2.20, -0.10] bp in 10 s, -1.20 [-2.20, -0.10] bp in 30 s, "
                "-1.20 [-2.20, -0.10] bp in 60 s, -1.20 [-2.20, -0.10] bp in 300 s "
                "(1,250 judged). Corrected for 16 looks, nothing of it is left."
            ),
        ),
        (
            row_of(effects=effects_at(mid_300=(7.35, 1.1, 12.47))),
            (
                "Red burst: the midpoint rises more than after matched seconds, "
                "+7.35 [+1.10, +12.47] bp in 300 s; no difference from matched seconds in 10, 30 "
                "and 60 s (1,250 judged). Corrected for 16 looks, nothing of it is left."
            ),
        ),
        (
            row_of(effects=effects_at(mid_10=(-1.0, -2.0, -0.5), mid_300=(2.0, 1.0, 3.0))),
            (
                "Red burst: the midpoint falls more than after matched seconds, "
                "-1.00 [-2.00, -0.50] bp in 10 s; the midpoint rises more than after matched "
                "seconds, +2.00 [+1.00, +3.00] bp in 300 s; no difference from matched seconds in "
                "30 and 60 s (1,250 judged). Corrected for 16 looks, nothing of it is left."
            ),
        ),
        (
            row_of(effects=effects_at()),
            (
                "Red burst: no difference from matched seconds in 10, 30, 60 and 300 s, "
                "-0.20 [-2.20, +0.00] bp in 60 s (1,250 judged)."
            ),
        ),
        (
            row_of(judged=29),
            "Red burst: 29 judged, too few to say anything (at least 30).",
        ),
        (
            row_of(source="resting_bid", effects=effects_at()),
            (
                "Resting bid: no difference from matched seconds in 10, 30, 60 and 300 s, "
                "-0.20 [-2.20, +0.00] bp in 60 s (1,250 judged). Large size resting in the bids "
                "carries no warning."
            ),
        ),
        (
            row_of(source="resting_bid", effects=effects_at(mid_30=(-1.2, -2.2, -0.5))),
            (
                "Resting bid: the midpoint falls more than after matched seconds, "
                "-1.20 [-2.20, -0.50] bp in 30 s; no difference from matched seconds in 10, 60 "
                "and 300 s (1,250 judged). Corrected for 16 looks, nothing of it is left."
            ),
        ),
    ],
)
def test_each_kind_gets_the_sentence_its_intervals_allow(row: ScoreRow, sentence: str) -> None:
    # Given a card with one kind
    # When it is put into words
    # Then every horizon is spoken of, and the words go as far as its interval
    assert sentence in verdicts(card_of(row))


def test_what_is_left_of_a_kind_is_told_by_horizon() -> None:
    # Given a kind that falls at three horizons, of which two are left among all looks
    effects = effects_at(mid_30=(-1.0, -2.0, -0.5))
    strong = Effect(-1.0, 0.0, -1.0, -2.0, -0.5, 0.0001, 0.0016)
    row = row_of(effects={**effects, "mid_10": strong, "mid_300": strong})
    # When it is put into words
    # Then those two are named
    assert any(
        each.startswith("Red burst: ")
        and each.endswith("(1,250 judged). Corrected for 16 looks, it is left in 10 and 300 s.")
        for each in verdicts(card_of(row))
    )


def test_the_number_of_looks_is_told_with_what_chance_would_give() -> None:
    # Given two kinds that say something, one by severity too, and one that does not
    effects = effects_of(-1.2, -2.2, -0.1)
    rows = [
        row_of(effects=effects),
        row_of(severity="critical", effects=effects),
        row_of(source="ask_wall", effects=effects_at()),
        row_of(source="resting_bid"),
    ]
    # When the card is put into words
    # Then the reader knows how many cells may miss zero by chance, and that none is left
    sentence = (
        "Of 48 cells 32 miss zero, of which about 2.4 would by chance. After Holm's correction for "
        "48 cells none is left."
    )
    assert sentence in verdicts(card_of(*rows))
    assert not any("by chance" in each for each in verdicts(card_of(row_of())))


@pytest.mark.parametrize(
    ("whole", "part", "said"),
    [
        (("mid_10",), (), "1 is left: red burst (mid 10 s)."),
        (("mid_10", "down_minus_up_5"), (), "2 are left: red burst (mid 10 s, down - up 5 bp)."),
        ((), ("bid_60",), "1 is left: 1 of a part of a kind."),
        (
            ("mid_10",),
            ("bid_60", "lowest_300"),
            "3 are left: red burst (mid 10 s), and 2 of a part of a kind.",
        ),
    ],
)
def test_what_is_left_is_named(whole: tuple[str, ...], part: tuple[str, ...], said: str) -> None:
    # Given a kind and one of its severities, some of whose cells are left among all looks
    strong = Effect(-1.0, 0.0, -1.0, -2.0, -0.5, 0.0001, 0.0016)
    rows = [
        row_of(effects={**effects_at(), **dict.fromkeys(whole, strong)}),
        row_of(severity="critical", effects={**effects_at(), **dict.fromkeys(part, strong)}),
    ]
    # When the card is put into words
    # Then those of the whole kind have their names, and others are counted
    assert any(each.endswith(f"for 32 cells {said}") for each in verdicts(card_of(*rows)))


def test_sources_of_which_nothing_was_raised_are_told_together() -> None:
    # Given two sources without an alert, beside a kind with some
    rows = [row_of(), row_of(source="ask_wall", count=0), row_of(source="bid_attacked", count=0)]
    # When the card is put into words
    found = verdicts(card_of(*rows))
    # Then one sentence names both, and there is none for each
    assert "No alert was raised of: ask wall, bid attacked." in found
    assert not any(each.startswith(("Ask wall", "Bid attacked")) for each in found)
    assert not any("was raised of" in each for each in verdicts(card_of(row_of())))


def test_a_card_without_any_alert_says_that_nothing_is_known() -> None:
    # Given a card whose sources raised nothing
    # When it is put into words
    found = verdicts(card_of(row_of(source="ask_wall", count=0)))
    # Then it says in how many rows
    assert "No alert was raised in 8 judged rows: nothing is known of what follows one." in found


@pytest.mark.parametrize(
    ("days", "said"),
    [
        ((("ACME", "2012-06-21"),), True),
        ((("ACME", "2012-06-21"), ("ACME", "2012-06-22")), False),
        ((("ACME", "2012-06-21"), ("BOLT", "2012-06-21")), False),
    ],
)
def test_one_symbol_on_one_day_is_said_to_be_no_more(
    days: tuple[tuple[str, str], ...], said: bool
) -> None:
    # Given a card of one symbol-day, or of two
    # When it is put into words
    found = verdicts(replace(card_of(row_of()), days=days))
    # Then one day is called one day, with its year
    sentence = (
        "One symbol, one day, 2012: nothing here says what ACME does on other days, or other "
        "symbols do."
    )
    assert (sentence in found) is said


def test_a_severity_or_a_tag_has_no_sentence_of_its_own() -> None:
    # Given a kind with a severity, and tags of the market
    effects = effects_of(-1.2, -2.2, -0.1)
    rows = [
        row_of(effects=effects),
        row_of(severity="critical", effects=effects),
        row_of(market_wide=True, count=30, effects=effects),
        row_of(market_wide=False, count=60, effects=effects),
        row_of(source="ask_wall"),
        row_of(source="resting_bid"),
        row_of(source="resting_bid", market_wide=False, count=5),
    ]
    # When the card is put into words
    found = [sentence for sentence in verdicts(card_of(*rows)) if "judged" in sentence]
    # Then the kind's sentence tells how many came with the market, where that is known
    assert found[1].endswith("nothing of it is left. 30 of 90 came while the market fell.")
    assert found[2] == "Ask wall: 0 judged, too few to say anything (at least 30)."
    assert found[3].endswith("(at least 30). 0 of 5 came while the market fell.")
    assert len(found) == 4


@pytest.mark.parametrize(
    ("exits", "sentence"),
    [
        (
            FalseExits(29, 2, 0.82),
            (
                "2 of 29 exits (7%) were false; wanted less than 10%: too few to say. "
                "Matched random seconds: 82%."
            ),
        ),
        (FalseExits(0, 0, None), "No exit could be judged, so nothing is known of false exits."),
        (
            FalseExits(40, 30, 0.82),
            (
                "30 of 40 exits (75%) were false; wanted less than 10%: NOT MET. "
                "Matched random seconds: 82%."
            ),
        ),
        (
            FalseExits(40, 3, 0.82),
            (
                "3 of 40 exits (8%) were false; wanted less than 10%: met. "
                "Matched random seconds: 82%."
            ),
        ),
    ],
)
def test_false_exits_stand_beside_those_by_chance(exits: FalseExits, sentence: str) -> None:
    # Given some false exits
    # When the card is put into words
    # Then the wish is met or not, and chance is told with it
    assert sentence in verdicts(replace(card_of(), false_exits=exits))


@pytest.mark.parametrize(("rate", "word"), [(4.94, "4.9"), (5.0, "5.0"), (1_946.2, "1,946.2")])
def test_the_rate_is_met_or_not(rate: float, word: str) -> None:
    # Given a number of alerts a day
    # When the card is put into words
    said = verdicts(replace(card_of(), alerts_a_day={"ACME": rate}))[0]
    # Then it says whether that was wanted
    met = "met" if rate == 5.0 else "NOT MET"
    assert said == f"ACME: {word} alerts a day (7 alerts, 1 day); wanted 5 to 15: {met}."


@pytest.mark.parametrize(
    ("alerts", "said"),
    [((7,), ""), ((4, 5, 15, 16), " On 2 of 4 days."), ((0, 20), " On 0 of 2 days.")],
)
def test_a_wish_for_a_day_is_counted_by_days(alerts: tuple[int, ...], said: str) -> None:
    # Given a symbol over some days, and another
    counts = [DayCount("ACME", f"2013-11-{n + 11}", each, 0) for n, each in enumerate(alerts)]
    counts.append(DayCount("BOLT", "2013-11-11", 9, 0))
    # When the card is put into words
    found = verdicts(replace(card_of(), day_counts=tuple(counts)))[0]
    # Then its days are counted where there are several
    seen = f"{sum(alerts)} alerts, {len(alerts)} day{'s'[: len(alerts) != 1]}"
    assert found == f"ACME: 7.0 alerts a day ({seen}); wanted 5 to 15: met.{said}"


def test_a_negative_control_that_shows_a_fall_is_named() -> None:
    # Given a mirrored rule that shows what only the rule should show, at one horizon
    failed = row_of(source="ask_wall", effects=effects_at(mid_30=(-1.0, -2.0, -0.1)))
    passed = row_of(effects=effects_of(-1.0, -2.0, 0.1))
    card = replace(card_of(), controls={"mirrored": (failed,), "shifted": (passed,)})
    # When both are put into words
    # Then the doubt is told, and else that there is none, or that none could be judged
    assert any(
        each.startswith(
            "1 of 2 negative controls with 30 alerts show a fall: mirrored ask wall, all (30 s)."
        )
        for each in verdicts(card)
    )
    quiet = replace(card_of(), controls={"shifted": (passed,)})
    assert "Of 1 negative controls with 30 alerts none shows a fall." in verdicts(quiet)
    both = replace(card_of(), controls={"shifted": (passed, row_of())})
    assert any(
        each.endswith("none shows a fall; 1 of 2 have too few to say.") for each in verdicts(both)
    )
    silent = replace(card_of(), controls={"shifted": (row_of(),)})
    assert "No negative control of 1 has the 30 alerts that a verdict needs." in verdicts(silent)


def test_no_saving_is_ever_claimed() -> None:
    # Given any card
    # When it is put into words
    # Then the last word is what these figures are not
    assert verdicts(card_of())[-1].endswith("no forecast to trade on, and no saving.")


def test_what_was_not_judged_is_told_once_for_each_kind() -> None:
    # Given two kinds with reasons, one of them by severity too
    rows = [
        row_of(unjudged={"unmatched": 2, "outside_session": 1_000}),
        row_of(severity="warning", unjudged={"unmatched": 2}),
        row_of(source="ask_wall", unjudged={"unmatched": 3}),
        replace(row_of(unjudged={"unmatched": 5, "outside_session": 1_000}), kind="any_alert"),
    ]
    # When the card tells
    # Then each event counts once
    assert not_judged(card_of(*rows)) == (
        "Not judged: 1,000 outside session, 5 unmatched (of 2,600)."
    )
    assert not_judged(card_of(row_of())) == ("Every alert and exit could be judged, 1,300 in all.")
    assert not_judged(card_of()) == "There was no alert and no exit to judge."


def test_an_interval_shows_its_signs() -> None:
    # Given an effect
    # When it is written
    # Then all three numbers have their sign
    assert interval(effects_of(-1.0, -2.0, 0.5)["mid_60"]) == "-1.00 [-2.00, +0.50]"


def test_false_exits_stand_beside_chance_with_an_interval_where_enough_were_judged() -> None:
    # Given exits of which enough were judged, and a part of them
    exits = replace(row_of(judged=40, effects=effects_of(0.1, -0.05, 0.25)), kind="exit")
    card = card_of(replace(exits, severity="high"), exits)
    # When false exits are put into words
    (said, *_) = verdicts(replace(card, alerts_a_day={}, false_exits=FalseExits(40, 30, 0.65)))
    # Then the difference from random seconds has its interval
    assert said == (
        "30 of 40 exits (75%) were false; wanted less than 10%: NOT MET. Matched random seconds: "
        "65%, difference +10 [-5, +25] points."
    )

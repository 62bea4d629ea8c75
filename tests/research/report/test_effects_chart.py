"""What each kind was followed by, its controls beside it: by shape, word and colour."""

from __future__ import annotations

from dataclasses import replace

from support.card_values import card_of, effects_of, row_of

from trading_bot.research.report.effects_chart import effects_figure, effects_words


def test_effects_are_drawn_with_their_intervals() -> None:
    # Given kinds that fall, rise, and show nothing, and controls that pass and fail
    falls, rises = effects_of(-1.0, -2.0, -0.5), effects_of(1.0, 0.5, 2.0)
    nothing = effects_of(-1.0, -2.0, 0.5)
    card = card_of(
        row_of(effects=falls),
        row_of(source="ask_wall", effects=rises),
        row_of(source="resting_bid", effects=nothing),
        row_of(source="aggressive_sell"),
    )
    control = replace(
        card, controls={"mirrored": (row_of(effects=rises), row_of(effects=falls), row_of())}
    )
    # When they are drawn
    figure = effects_figure(control)
    # Then the first stands at the top, and colours tell what can be said
    assert figure is not None
    shown = [
        (each["name"], each["error_x"]["color"], each["marker"]["symbol"])
        for each in figure["data"]
    ]
    assert shown == [
        ("mirrored: red burst, all (n = 1,250)", "$burst", "triangle-down"),
        ("mirrored: red burst, all (n = 1,250)", "$faint", "triangle-up"),
        ("resting bid, all (n = 1,250)", "$faint", "circle"),
        ("ask wall, all (n = 1,250)", "$bid", "triangle-up"),
        ("red burst, all (n = 1,250)", "$burst", "triangle-down"),
    ]
    error = figure["data"][-1]["error_x"]
    assert (error["array"], error["arrayminus"]) == ([0.5], [1.0])
    # And words say it, in the picture and beside it
    labels = [each["text"] for each in figure["layout"]["annotations"]]
    assert labels[2:4] == [
        "resting bid, all (n = 1,250): no difference",
        "ask wall, all (n = 1,250): rises",
    ]
    assert "red burst, all (n = 1,250): -1.00 [-2.00, -0.50], falls" in effects_words(control)


def test_with_too_few_of_everything_no_effect_is_drawn() -> None:
    # Given a card that says nothing
    # When its effects are to be drawn
    # Then there is no picture
    assert effects_figure(card_of(row_of())) is None

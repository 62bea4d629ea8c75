"""Colours that can be read, and told apart without red and green."""

from __future__ import annotations

import pytest

from trading_bot.research.report.colours import DARK, LIGHT, variables

LEAST_FOR_TEXT, LEAST_FOR_MARKS = 4.5, 3.0


def light_of(colour: str) -> float:
    """Return the relative luminance of WCAG 2."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    low = 0.04045
    linear = [x / 12.92 if x <= low else ((x + 0.055) / 1.055) ** 2.4 for x in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    high, low = sorted((light_of(one), light_of(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("colours", [DARK, LIGHT], ids=["dark", "light"])
@pytest.mark.parametrize("ground", ["page", "card"])
def test_text_and_marks_stand_out(colours: dict[str, str], ground: str) -> None:
    # Given the colours of screen or paper
    # When they are laid on a ground
    # Then words can be read, and marks be seen
    for name in ("ink", "faint", "burst", "bid"):
        assert contrast(colours[name], colours[ground]) >= LEAST_FOR_TEXT, name
    for name in ("several", "ask", "one") if ground == "card" else ():
        assert contrast(colours[name], colours[ground]) >= LEAST_FOR_MARKS, name


def test_both_have_the_same_names_and_paper_is_light() -> None:
    # Given both sets
    # When they become a style sheet
    text = variables()
    # Then dark is what stands first, and paper always gets the light ones
    assert DARK.keys() == LIGHT.keys()
    assert text.index(DARK["page"]) < text.index(LIGHT["page"])
    assert text.count(f"--page: {LIGHT['page']}") == 3

"""One notice, as it is written."""

from __future__ import annotations

from trading_bot.notify.notice import notice
from trading_bot.order_flow.diagnostics import hide


def test_a_notice_is_one_line_without_secrets() -> None:
    # Given words with a key in them, over several lines, and long
    hide("a-key-of-this-test")
    # When a notice is made of them
    found = notice("failed", None, "a-key-of-this-test\nand " + "more " * 200)
    # Then the key is blanked, and the line is cut
    assert found.text.startswith("*** and more more")
    assert len(found.text) == 400

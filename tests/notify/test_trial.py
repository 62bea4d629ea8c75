"""One notice to each receiver, to see that it comes through."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from support.notice_servers import TOKEN, mail_server, web_hook
from support.notify_stubs import StubProcess, report

from trading_bot.notify.trial import try_receivers

URLS = ("json://127.0.0.1/t0k3n", "tgram://t0k3n/chat", "json://127.0.0.1/other")


def told(
    *said: Mapping[str, Any], runs: bool = True, beat_url: str | None = None, seconds: float = 30.0
) -> tuple[bool, list[str], StubProcess]:
    process = StubProcess(says=list(said), runs=runs)
    lines: list[str] = []
    is_well = try_receivers(URLS, beat_url, lines.append, seconds=seconds, begin=lambda _: process)
    return is_well, lines, process


def test_each_receiver_is_told_of_as_it_ends() -> None:
    # Given receivers that take it, refuse it, and fall silent, and a switch that is unwell
    is_well, lines, process = told(
        {"op": "ready", "understood": [True] * 3},
        report("x", 0, "begun"),
        report("x", 0, "sent"),
        report("x", 1, "failed", "it answers 401: look at its address"),
        report("x", 2, "unsure", "no answer in time"),
        {"op": "beat", "ok": False, "why": "it answers 500"},
        beat_url="https://beat.example/t0k3n",
    )
    # When they are tried
    # Then each has a line without its address, and all is not well
    assert lines == [
        "1. json://127.0.0.1: ok",
        "2. tgram://***: not sent: it answers 401: look at its address",
        "3. json://127.0.0.1: perhaps sent: no answer in time",
        "https://beat.example: not taken: it answers 500",
    ]
    assert not is_well
    assert process.killed
    assert process.lines[0]["once"] is True


def test_all_that_take_it_are_well() -> None:
    # Given receivers and a switch that take it
    is_well, lines, _ = told(
        *(report("x", number, "sent") for number in range(3)),
        {"op": "beat", "ok": True, "why": ""},
        beat_url="https://beat.example/t0k3n",
    )
    # When they are tried
    # Then all is well
    assert is_well
    assert [line.endswith(": ok") for line in lines] == [True] * 4


def test_who_says_nothing_in_time_is_named() -> None:
    # Given receivers of which nothing is heard, and a process that has ended
    silent = told(seconds=0.1)
    dead = told(runs=False)
    # When they are tried
    # Then each is named
    assert silent[:2] == (False, [f"{n}: no answer within 0.1 s" for n in NAMES])
    assert dead[:2] == (False, [f"{n}: no answer within 30 s" for n in NAMES])


NAMES = ("1. json://127.0.0.1", "2. tgram://***", "3. json://127.0.0.1")


@pytest.mark.slow
def test_real_receivers_are_tried_by_a_process() -> None:
    # Given a web hook, a mail server and a switch that take it, and a web hook that does not
    pytest.importorskip("apprise", reason="needs the extra `notify`")
    lines: list[str] = []
    with web_hook() as hook, mail_server() as mail, web_hook("401") as wrong:
        urls = (hook.address(), mail.address(), wrong.address())
        # When they are tried
        is_well = try_receivers(urls, hook.page(), lines.append)
        # Then each says how it went, and no token is shown
        assert not is_well
        assert sorted(lines) == [
            "1. json://127.0.0.1: ok",
            "2. mailto://127.0.0.1: ok",
            "3. json://127.0.0.1: not sent: it answers 401: look at its address",
            "http://127.0.0.1: ok",
        ]
        assert hook.messages == ["A test notice: nothing has happened."]
        assert TOKEN not in "".join(lines)


def test_a_switch_alone_is_asked() -> None:
    # Given a switch, and no receiver
    process = StubProcess(says=[{"op": "beat", "ok": True, "why": ""}])
    lines: list[str] = []
    # When it is tried
    is_well = try_receivers((), "http://127.0.0.1/t0k3n", lines.append, begin=lambda _: process)
    # Then it alone has a line
    assert is_well
    assert lines == ["http://127.0.0.1: ok"]
    assert [line["op"] for line in process.lines] == ["beat"]

"""The dead-man's switch."""

from __future__ import annotations

import socket

import pytest
from support.notice_servers import WebHook, wait_until, web_hook

from trading_bot.notify import beat as beat_module
from trading_bot.notify.beat import Beat, ask_switch


def heard(hook: WebHook, reports: list[tuple[bool, str]]) -> Beat:
    return Beat(hook.page(), lambda ok, why: reports.append((ok, why)))


def test_a_beat_asks_the_switch_once() -> None:
    # Given a switch
    reports: list[tuple[bool, str]] = []
    with web_hook() as hook:
        # When it is asked
        heard(hook, reports).ask()
        wait_until(lambda: reports)
        # Then it was, once
        assert (hook.beats, reports) == (1, [(True, "")])


def test_a_switch_that_refuses_is_told() -> None:
    # Given a switch that is unwell
    with web_hook("500") as hook:
        # When it is asked
        # Then that is said without its address
        assert ask_switch(hook.page()) == "it answers 500"


def test_a_switch_that_is_down_is_told() -> None:
    # Given a port that nobody listens on
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    # When it is asked
    # Then that is said without its address
    assert ask_switch(f"http://127.0.0.1:{port}/s3cr3t") == "it does not answer (URLError)"


def test_a_switch_that_hangs_is_not_asked_a_second_time_meanwhile(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Given a switch that holds its answer
    monkeypatch.setattr(beat_module, "BEAT_SECONDS", 30.0)
    reports: list[tuple[bool, str]] = []
    with web_hook("silent", "ok") as hook:
        beat = heard(hook, reports)
        beat.ask()
        wait_until(lambda: hook.beats)
        # When it is asked again, and then lets go
        beat.ask()
        # Then it is asked once only
        assert reports == [(False, "it has not answered the beat before")]
        assert hook.beats == 1
        hook.over.set()
        wait_until(lambda: len(reports) == 2)

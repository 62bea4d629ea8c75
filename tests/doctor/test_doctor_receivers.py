"""Who is told on phone and by mail, before anything is sent."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from support.doctor_values import looked_at, stands

from trading_bot.doctor import receivers
from trading_bot.doctor.check import SETTINGS_UNREAD, ok, warn
from trading_bot.order_flow.diagnostics import SECRETS

TOKEN = "t0k3n-of-the-doctor"
URL = f"json://127.0.0.1/{TOKEN}"


class StubReceivers:
    """Understands what is no `bad://`."""

    def __init__(self, addresses: tuple[str, ...]) -> None:
        self.addresses = addresses

    def understood(self, number: int) -> bool:
        return not self.addresses[number].startswith("bad://")


@pytest.fixture(autouse=True)
def library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(receivers, "is_there", lambda: True)
    monkeypatch.setattr(receivers, "Receivers", StubReceivers)


def settings(home: Path, **values: object) -> None:
    (home / "settings.json").write_text(json.dumps(values), encoding="utf-8")


def test_nobody_to_be_told_is_well(tmp_path: Path) -> None:
    # Given settings without a receiver
    named = looked_at(tmp_path)
    # When it is looked at
    checks = [receivers.library(named), receivers.receivers(named), receivers.hosts(named)]
    # Then that is said
    assert checks == [ok("nobody is told: notify_urls is empty")] * 3


def test_settings_that_cannot_be_read_say_nothing_of_receivers(tmp_path: Path) -> None:
    # Given settings that cannot be read
    settings(tmp_path, nonsense=1)
    broken = looked_at(tmp_path)
    # When it is looked at
    checks = [receivers.library(broken), receivers.receivers(broken), receivers.hosts(broken)]
    # Then it is not said that all is well
    assert checks == [warn(*SETTINGS_UNREAD)] * 3


def test_a_missing_library_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Given a receiver, and no library
    monkeypatch.setattr(receivers, "is_there", lambda: False)
    settings(tmp_path, notify_urls=[URL])
    # When it is looked at
    found = receivers.receivers(looked_at(tmp_path))
    # Then the extra is named, and how to install it
    stands(found, "fail", "the extra 'notify'", "pip install 'trading-bot-order-flow[notify]'")


def test_a_receiver_is_named_without_its_token(tmp_path: Path) -> None:
    # Given a receiver
    settings(tmp_path, notify_urls=[URL])
    looked = looked_at(tmp_path)
    # When it is looked at
    found = receivers.receivers(looked)
    # Then it is well, and nothing was sent
    assert found == ok("1. json://127.0.0.1; try it with: trading-bot notify test")
    assert receivers.library(looked) == ok("1 receivers, and apprise is there")


def test_an_address_that_is_not_understood_fails(tmp_path: Path) -> None:
    # Given an address of which the library makes nothing
    settings(tmp_path, notify_urls=[URL, f"bad://{TOKEN}/x"])
    # When it is looked at
    found = receivers.receivers(looked_at(tmp_path))
    # Then it is named without its token
    stands(found, "fail", "not understood: 2. bad://***")
    assert TOKEN not in found.found


def test_hosts_that_are_known_are_named_once(tmp_path: Path) -> None:
    # Given receivers on one host, a service, and a switch
    settings(
        tmp_path,
        notify_urls=[URL, f"{URL}/two", f"tgram://{TOKEN}/chat"],
        heartbeat_url="https://beat.example/t0k3n",
    )
    asked: list[str] = []
    # When their hosts are looked up
    found = receivers.hosts(looked_at(tmp_path), asked.append)
    # Then each is asked for once
    assert asked == ["127.0.0.1", "beat.example"]
    assert found.state == "ok"
    assert found.found.startswith("127.0.0.1, beat.example known; nothing was sent")


def test_a_host_that_is_not_known_is_a_warning(tmp_path: Path) -> None:
    # Given a host that nobody knows
    def look_up(_: str) -> object:
        raise OSError("no")

    settings(tmp_path, notify_urls=[URL])
    # When it is looked up
    found = receivers.hosts(looked_at(tmp_path), look_up)
    # Then it is named
    stands(found, "warn", "host not known: 127.0.0.1")


def test_services_that_name_no_host_are_left_to_the_library(tmp_path: Path) -> None:
    # Given a service alone
    settings(tmp_path, notify_urls=[f"tgram://{TOKEN}/chat"])
    # When its host is looked up
    # Then there is none to look up
    assert receivers.hosts(looked_at(tmp_path)).state == "ok"


def test_what_is_shown_keeps_schemes_and_hosts(tmp_path: Path) -> None:
    # Given receivers whose tokens are blanked wherever they are written
    settings(tmp_path, notify_urls=[URL, f"tgram://{TOKEN}/chat"])
    looked = looked_at(tmp_path)
    # When what was found is blanked, as a report is
    shown = SECRETS.blank(f"{receivers.receivers(looked).found} {URL} https://api.example")
    # Then the tokens are gone, and nothing else
    assert shown == (
        "1. json://127.0.0.1, 2. tgram://***; try it with: trading-bot notify test "
        "json://127.0.0.1/*** https://api.example"
    )


def test_this_machine_is_known(tmp_path: Path) -> None:
    # Given a receiver on this machine
    settings(tmp_path, notify_urls=[URL])
    # When its host is looked up by the system
    # Then it is there
    assert receivers.hosts(looked_at(tmp_path)).state == "ok"

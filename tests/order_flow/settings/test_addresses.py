"""Addresses that hold secrets: how they are parted, shown and blanked."""

from __future__ import annotations

from typing import Any

import pytest

from trading_bot.order_flow.config import OrderFlowConfig
from trading_bot.order_flow.config_bounds import SettingError
from trading_bot.order_flow.settings.addresses import (
    host_of,
    secrets_of,
    shown_address,
    shown_receivers,
    split_addresses,
)

TOKEN = "s3cr3t-t0k3n"


@pytest.mark.parametrize(
    ("text", "addresses"),
    [
        ("", ()),
        ("json://a/b", ("json://a/b",)),
        ("json://a/b, xml://c", ("json://a/b", "xml://c")),
        (" json://a/b\n xml://c ,", ("json://a/b", "xml://c")),
        ("mailto://a?to=x@y,z@y json://b", ("mailto://a?to=x@y,z@y", "json://b")),
    ],
)
def test_addresses_are_parted_by_blanks_and_commas(text: str, addresses: tuple[str, ...]) -> None:
    # Given what a variable holds
    # When it is parted
    # Then a comma within an address stays there
    assert split_addresses(text) == addresses


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        (f"json://127.0.0.1:80/{TOKEN}", "json://127.0.0.1"),
        (f"mailtos://me:{TOKEN}@mail.example", "mailtos://mail.example"),
        (f"https://beat.example/{TOKEN}?x={TOKEN}", "https://beat.example"),
        (f"tgram://{TOKEN}/chat", "tgram://***"),
        (f"json://[{TOKEN}/x", "json://***"),
        (TOKEN, "(no address)"),
        (f"{TOKEN}://x y", f"{TOKEN}://***"),
        (f"_{TOKEN}://x", "(no address)"),
    ],
)
def test_an_address_is_shown_by_scheme_and_host_only(address: str, shown: str) -> None:
    # Given an address with a token
    # When it is shown
    # Then a host is only where it is one
    assert shown_address(address) == shown


def test_receivers_that_look_alike_are_told_apart_by_their_place() -> None:
    # Given two receivers on one host
    # When they are shown
    # Then each has its place
    assert shown_receivers(("json://a/x", "json://a/y")) == ["1. json://a", "2. json://a"]


def test_no_host_is_taken_from_a_scheme_that_has_a_token_in_its_place() -> None:
    # Given a service whose address begins with a token
    # When its host is asked for
    # Then there is none
    assert host_of(f"discord://{TOKEN}/x") == ""


@pytest.mark.parametrize(
    "address",
    [
        f"json://user:{TOKEN}@127.0.0.1/path",
        f"json://127.0.0.1/path/{TOKEN}",
        f"json://127.0.0.1/path?key={TOKEN}",
        f"tgram://{TOKEN}/chat",
        f"mailto://user:{TOKEN.replace('-', '%2D')}@mail.example?to=me@mail.example",
    ],
)
def test_every_part_that_may_be_a_secret_is_blanked(address: str) -> None:
    # Given an address with a token somewhere
    # When its secrets are asked for
    found = secrets_of(address)
    # Then the token is one, and neither host nor short words are
    assert TOKEN in found
    assert all(len(each) >= 8 for each in found)
    assert not [each for each in found if "127.0.0.1" in each or "mail.example" in each]


@pytest.mark.parametrize(
    ("setting", "value", "words"),
    [
        ("notify_urls", "json://a", "must be a list of addresses"),
        ("notify_urls", ("json://a/b", TOKEN), "number 2 must be an address"),
        ("notify_urls", (7,), "number 1 must be an address"),
        ("notify_urls", (f"json://a/{TOKEN}",) * 2, "number 2, json://a, stands there before"),
        ("heartbeat_url", f"ftp://{TOKEN}", "begins with http:// or https://"),
        ("heartbeat_url", 7, "begins with http:// or https://"),
        ("notify_quiet_hours", "22:00-07:00", "whose clock is meant"),
        ("notify_quiet_hours", "24:00-07:00 local", "whose clock is meant"),
        ("notify_quiet_hours", "07:00-07:00 local", "whose clock is meant"),
        ("notify_quiet_hours", 7, "whose clock is meant"),
    ],
)
def test_a_refused_value_is_named_without_its_secret(setting: str, value: Any, words: str) -> None:
    # Given a value that is none
    # When settings are made of it
    with pytest.raises(SettingError) as refused:
        OrderFlowConfig(**{setting: value})
    # Then the sentence says what is wrong, and shows no token
    assert setting in str(refused.value)
    assert words in str(refused.value)
    assert TOKEN not in str(refused.value)


def test_no_address_is_in_what_is_printed_of_the_settings() -> None:
    # Given addresses with a token
    made = OrderFlowConfig(
        notify_urls=[f"json://a/{TOKEN}"],  # type: ignore[arg-type]
        heartbeat_url=f"https://beat.example/{TOKEN}",
        notify_quiet_hours="20:00-04:00 exchange",
    )
    # When they are printed
    # Then no token is there, and ids of alerts stay what they were
    assert TOKEN not in repr(made)
    assert made.notify_urls == (f"json://a/{TOKEN}",)
    assert made.config_hash == OrderFlowConfig().config_hash

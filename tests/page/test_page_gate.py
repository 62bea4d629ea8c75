"""Who is let in to the page."""

from __future__ import annotations

from dataclasses import replace

import pytest

from trading_bot.live_view.page.gate import (
    ELSEWHERE,
    NO_HOST,
    NO_METHOD,
    NOT_HERE,
    Asked,
    Gate,
    Refused,
)

TOKEN = "abcdefghijklmnopqrstuv"
GOOD = Asked("GET", f"/{TOKEN}/events", hosts=("127.0.0.1:8377",))


def let_in(asked: Asked) -> str | Refused:
    return Gate(8377, TOKEN).let_in(asked)


@pytest.mark.parametrize(
    ("target", "below"),
    [
        (f"/{TOKEN}/", ""),
        (f"/{TOKEN}/events", "events"),
        (f"/{TOKEN}/static/page.js?v=1", "static/page.js"),
        (f"/{TOKEN}/../etc/passwd", "../etc/passwd"),
    ],
)
def test_who_knows_the_token_is_let_in_with_the_path_below_it(target: str, below: str) -> None:
    # Given a request with the right host and token
    # When it comes to the gate, then it gets the path as it stands there
    assert let_in(replace(GOOD, target=target)) == below


@pytest.mark.parametrize("host", ["127.0.0.1:8377", "localhost:8377", "LocalHost:8377"])
def test_both_names_of_this_machine_are_its_own(host: str) -> None:
    # Given a name of this server
    # When it is asked for by it, then it lets in
    assert let_in(replace(GOOD, hosts=(host,))) == "events"


@pytest.mark.parametrize(
    "hosts",
    [
        (),
        ("evil.example:8377",),
        ("127.0.0.1",),
        ("127.0.0.1:8376",),
        ("127.0.0.1:83770",),
        ("localhost.:8377",),
        ("[::1]:8377",),
        ("",),
        ("127.0.0.1:8377", "evil.example"),
        ("127.0.0.1:8377", "127.0.0.1:8377"),
    ],
)
def test_another_host_or_two_or_none_is_misdirected(hosts: tuple[str, ...]) -> None:
    # Given a request that does not name this server once, though it knows the token
    # When it comes to the gate, then it is at the wrong one
    assert let_in(replace(GOOD, hosts=hosts)) == NO_HOST


@pytest.mark.parametrize(
    "target",
    [
        "/",
        "",
        "*",
        f"/{TOKEN}",
        f"/{TOKEN[:-1]}/",
        f"/{TOKEN}x/",
        f"/{TOKEN.upper()}/",
        f"//{TOKEN}/",
        f"{TOKEN}/events",
        f"http://127.0.0.1:8377/{TOKEN}/",
        f"/?/{TOKEN}/",
        "/%61bcdefghijklmnopqrstuv/",
        "/\udcff\udcfe/",
        "/favicon.ico",
    ],
)
def test_without_the_token_there_is_nothing(target: str) -> None:
    # Given a target whose first part is not the token
    # When it comes to the gate, then there is nothing
    assert let_in(replace(GOOD, target=target)) == NOT_HERE


@pytest.mark.parametrize("method", ["POST", "HEAD", "OPTIONS", "PUT", "DELETE", "CONNECT", "get"])
def test_only_get_is_a_method(method: str) -> None:
    # Given another method
    # When it comes to the gate, then it is refused, and told which there is
    assert let_in(replace(GOOD, method=method)) == NO_METHOD
    assert NO_METHOD.headers == {"Allow": "GET"}


@pytest.mark.parametrize("sites", [(), ("none",), ("same-origin",)])
def test_a_browser_that_comes_from_nowhere_or_from_the_page_is_let_in(
    sites: tuple[str, ...],
) -> None:
    # Given a typed address, the page itself, or what is no browser
    # When it comes to the gate, then it is let in
    assert let_in(replace(GOOD, sites=sites)) == "events"


@pytest.mark.parametrize(
    "asked",
    [
        replace(GOOD, sites=("cross-site",)),
        replace(GOOD, sites=("same-site",)),
        replace(GOOD, sites=("same-origin", "cross-site")),
        replace(GOOD, sites=("",)),
        replace(GOOD, origins=("http://evil.example",)),
        replace(GOOD, origins=("null",)),
        replace(GOOD, origins=("http://127.0.0.1:9000",)),
        replace(GOOD, origins=("https://127.0.0.1:8377",)),
    ],
)
def test_another_page_is_not_let_in_though_it_knows_the_token(asked: Asked) -> None:
    # Given a request that another page makes a browser send
    # When it comes to the gate, then it is refused
    assert let_in(asked) == ELSEWHERE


def test_the_pages_own_origin_is_let_in() -> None:
    # Given a browser that names the page's own origin
    # When it comes to the gate, then it is let in
    assert let_in(replace(GOOD, origins=("http://127.0.0.1:8377",))) == "events"


def test_who_has_no_token_learns_nothing_by_coming_from_elsewhere() -> None:
    # Given another page that guesses
    asked = replace(GOOD, target="/guess/", sites=("cross-site",))
    # When it comes to the gate, then there is nothing
    assert let_in(asked) == NOT_HERE

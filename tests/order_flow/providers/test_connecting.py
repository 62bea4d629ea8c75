"""Looking names up within a time, and trying the addresses that come of it."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable

import pytest

from trading_bot.order_flow.providers import connecting
from trading_bot.order_flow.providers.connecting import NameLookups, Place, connect, place_for
from trading_bot.order_flow.providers.network import Proxy

SOME_PLACE = Place(socket.AF_INET, ("192.0.2.1", 80))
OTHER_PLACE = Place(socket.AF_INET6, ("2001:db8::1", 80, 0, 0))


def answering(answer: Callable[[], list[Place]]) -> Callable[..., list[Place]]:
    """Return a look-up that knows no number, and answers every name alike."""

    def places(host: str, port: int, flags: int = 0) -> list[Place]:
        if flags:
            raise OSError("no number")
        return answer()

    return places


def test_a_number_is_looked_up_at_once() -> None:
    # Given a host given by number
    # When it is looked up
    found = NameLookups().begin("127.0.0.1", 80)
    # Then the answer is there already
    assert found.done()
    assert found.result() == [Place(socket.AF_INET, ("127.0.0.1", 80))]


def test_questions_for_a_name_share_one_look_up(monkeypatch: pytest.MonkeyPatch) -> None:
    # Given a look-up that takes its time
    goes_on = threading.Event()
    begun: list[str] = []

    def slowly() -> list[Place]:
        begun.append("")
        goes_on.wait(5)
        return [SOME_PLACE]

    monkeypatch.setattr(connecting, "_places", answering(slowly))
    names = NameLookups()
    # When a name is asked for twice before there is an answer
    first, second = names.begin("provider.test", 80), names.begin("provider.test", 80)
    goes_on.set()
    # Then one look-up answers both, and cannot be called off by either
    assert (first.result(5), second.result(5)) == ([SOME_PLACE], [SOME_PLACE])
    assert len(begun) == 1
    assert not first.cancel()


def test_an_answer_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    # Given a name that moves
    places = [[SOME_PLACE], [OTHER_PLACE]]
    monkeypatch.setattr(connecting, "_places", answering(lambda: places.pop(0)))
    names = NameLookups()
    # When it is asked for again after the answer
    first = names.begin("provider.test", 80).result(5)
    second = names.begin("provider.test", 80).result(5)
    # Then the newer answer counts
    assert (first, second) == ([SOME_PLACE], [OTHER_PLACE])


@pytest.mark.parametrize("name", ["nobody.invalid", "a" * 64 + ".test", ""])
def test_a_name_that_is_none_is_an_error_of_the_network(name: str) -> None:
    # Given a name that nobody has, or nobody can have
    # When it is connected to, then that cannot be done
    with pytest.raises(OSError, match=r"\w"):
        connect(name, 9, 5.0)


def test_no_time_is_left_for_an_address(monkeypatch: pytest.MonkeyPatch) -> None:
    # Given a name with an address, and no time
    monkeypatch.setattr(connecting, "_places", lambda *_: [SOME_PLACE])
    # When it is connected to, then nothing is tried
    with pytest.raises(TimeoutError, match="192"):
        connect("192.0.2.1", 80, 0.0)


def test_a_name_without_addresses_cannot_be_reached(monkeypatch: pytest.MonkeyPatch) -> None:
    # Given a name that stands for nothing
    monkeypatch.setattr(connecting, "_places", lambda *_: [])
    # When it is connected to, then the error says so
    with pytest.raises(OSError, match="no address"):
        connect("provider.test", 80, 1.0)


def test_the_next_address_is_tried() -> None:
    # Given a port of IPv4 alone, and a name of both
    with socket.create_server(("127.0.0.1", 0)) as server:
        options = ((socket.IPPROTO_TCP, socket.TCP_NODELAY, 1),)
        # When it is connected to by that name, with an option
        with connect("localhost", server.getsockname()[1], 5.0, options) as opened:
            # Then it is connected, and the option is set
            assert opened.getpeername() == server.getsockname()
            assert opened.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


@pytest.mark.parametrize(("scheme", "found"), [("socks5", "2001:db8::1"), ("socks4", "192.0.2.1")])
def test_a_proxy_is_told_an_address_that_it_leads_to(scheme: str, found: str) -> None:
    # Given a host of both kinds of addresses
    proxy = Proxy("ALL_PROXY", scheme, "proxy.test", 1080)
    # When a proxy is told one, then it is one of its kind
    assert place_for(proxy, [OTHER_PLACE, SOME_PLACE]) == found


def test_a_proxy_that_leads_to_no_address_of_a_host_is_an_error() -> None:
    # Given a host of IPv6 alone, and a proxy of the old kind
    proxy = Proxy("ALL_PROXY", "socks4", "proxy.test", 1080)
    # When it is to be told an address, then there is none
    with pytest.raises(OSError, match="socks4"):
        place_for(proxy, [OTHER_PLACE])

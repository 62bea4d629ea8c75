"""The machines as a driver wires them: events go to all, actions to whoever carries them out."""

from __future__ import annotations

from trading_bot.order_flow.feed.doubt.budget import RequestTurns
from trading_bot.order_flow.feed.doubt.escalation import Escalation
from trading_bot.order_flow.feed.doubt.promise import Budget
from trading_bot.order_flow.market.units import NS_PER_SECOND
from trading_bot.order_flow.providers.supervision.actions import (
    QUOTES,
    TRADES,
    Action,
    AskPulse,
    Channel,
    Connect,
    GiveBack,
    GiveUp,
    Reconnect,
    Refuse,
    Renew,
    Say,
    Subscribe,
    TakeOver,
    Unsubscribe,
    WaitToConnect,
)
from trading_bot.order_flow.providers.supervision.admission import Admission
from trading_bot.order_flow.providers.supervision.stream_events import (
    Brought,
    ChannelsRefused,
    Cleared,
    Closed,
    Confirmed,
    Doubted,
    Evicted,
    Failed,
    Hold,
    KeyRefused,
    Opened,
    RenewChannels,
    StreamEvent,
    Tick,
)
from trading_bot.order_flow.providers.supervision.subscribing import ChannelRequests

SETTLE_NS = 2 * NS_PER_SECOND


class Driver:
    """Carries actions out against a server that knows some names, without a socket."""

    def __init__(self, *held: str, unknown: str = "") -> None:
        self.requests = ChannelRequests()
        self.escalation = Escalation()
        self.admission = Admission(lambda: 0.5)
        self.turns = RequestTurns(Budget(5.0))
        self.unknown = unknown
        self.subscribed: set[Channel] = set()
        self.log: list[tuple[int, Action]] = []
        self.at = 0
        self.turns.hold(held, SETTLE_NS, 0)
        self.tell(Hold(held))
        self.connect()

    @property
    def now_ns(self) -> int:
        return self.at * NS_PER_SECOND

    def tell(self, event: StreamEvent) -> None:
        for machine in (self.admission, self.escalation, self.requests):
            for action in machine.handle(event, self.now_ns):
                self.log.append((self.at, action))
                self.carry_out(action)

    def carry_out(self, action: Action) -> None:
        match action:
            case Subscribe(channels):
                if any(channel.symbol == self.unknown for channel in channels):
                    self.tell(Failed())
                else:
                    self.subscribed.update(channels)
                    self.tell(Confirmed(channels))
            case Unsubscribe(channels):
                self.subscribed.difference_update(channels)
            case Renew(channels):
                self.tell(RenewChannels(channels))
            case Refuse(channels):
                self.tell(ChannelsRefused(channels))
            case Reconnect() | Connect():
                self.connect()
            case TakeOver(symbols):
                self.turns.take_over(symbols)
            case GiveBack(symbols):
                self.turns.give_back(symbols)
            case _:
                pass

    def connect(self) -> None:
        self.subscribed.clear()
        self.tell(Closed())
        self.tell(Opened())

    def run(self, seconds: int) -> None:
        for _ in range(seconds):
            self.at += 1
            self.tell(Tick())

    def done(self, *kinds: type) -> list[tuple[int, Action]]:
        return [(at, action) for at, action in self.log if isinstance(action, kinds)]


def prints(symbol: str) -> Channel:
    return Channel(TRADES, symbol)


def all_of(symbol: str) -> set[Channel]:
    return {Channel(kind, symbol) for kind in (TRADES, QUOTES)}


def clear(driver: Driver, *symbols: str) -> None:
    for symbol in symbols:
        driver.tell(Cleared(symbol))


def test_one_unknown_name_costs_its_own_symbol_only() -> None:
    # Given four symbols, of which the provider does not know one and names none
    driver = Driver("AAA", "BBB", "BRK-B", "CCC", unknown="BRK-B")
    # When the others are proved
    clear(driver, "AAA", "BBB", "CCC")
    # Then they are subscribed at once, and the unknown one is left to REST
    assert driver.subscribed >= all_of("AAA") | all_of("BBB") | all_of("CCC")
    assert driver.escalation.taken == ("BRK-B",)
    assert driver.requests.is_complete


def test_prints_that_stop_are_polled_and_renewed_and_the_other_symbol_is_left_alone() -> None:
    # Given two symbols that are well
    driver = Driver("AAA", "BBB")
    clear(driver, "AAA", "BBB")
    driver.run(5)
    # When the prints of one stop for good, which the pulse finds
    driver.log.clear()
    driver.tell(Doubted(prints("AAA"), lost_ns=100))
    driver.run(30)
    # Then it is polled at once, renewed, and given up; the connection stays for the other one
    assert driver.done(TakeOver, Renew, Reconnect) == [
        (5, TakeOver(("AAA",), "stalled")),
        (5, Renew((prints("AAA"),))),
    ]
    assert driver.escalation.step_of("AAA") == "by_rest"
    assert driver.subscribed >= all_of("AAA") | all_of("BBB")
    assert driver.turns.next_turn(driver.now_ns) is not None


def test_a_symbol_whose_renewal_helps_is_given_back_once_it_is_proved() -> None:
    # Given a doubted symbol
    driver = Driver("AAA", "BBB")
    clear(driver, "AAA", "BBB")
    driver.tell(Doubted(prints("AAA"), lost_ns=100))
    # When its prints come again, and it is proved later
    driver.run(2)
    driver.tell(Brought(prints("AAA"), 200))
    driver.run(28)
    clear(driver, "AAA")
    # Then the stream has it, and the pulse compares both
    assert driver.done(GiveBack)[-1] == (30, GiveBack(("AAA",)))
    assert driver.turns.next_turn(driver.now_ns) == AskPulse(("AAA", "BBB"))


def test_one_refused_key_after_a_success_costs_two_seconds() -> None:
    # Given a stream that is well
    driver = Driver("AAA")
    clear(driver, "AAA")
    driver.run(10)
    # When its key is refused once, and the connection ends
    driver.log.clear()
    driver.tell(KeyRefused())
    driver.tell(Closed())
    driver.run(5)
    # Then REST takes over at once, and the stream is back after 2 s
    assert [type(action) for _, action in driver.log[:4]] == [
        Say,
        WaitToConnect,
        TakeOver,
        Connect,
    ]
    assert driver.done(Connect) == [(12, Connect())]
    assert driver.done(GiveUp) == []
    assert driver.subscribed >= all_of("AAA")


def test_two_programs_on_one_key_meet_at_most_once_a_minute() -> None:
    # Given another program that takes the connection each time it is back for 5 s
    driver = Driver("AAA")
    for _ in range(4):
        clear(driver, "AAA")
        driver.run(5)
        driver.tell(Evicted())
        driver.tell(Closed())
        # When the wait is over
        driver.run(75)
    # Then REST took over each time at once, and the screen said so
    assert driver.done(Connect) == [(80 * n, Connect()) for n in range(1, 5)]
    said = [at for at, action in driver.done(Say)]
    taken = [at for at, action in driver.done(TakeOver) if action == TakeOver(("AAA",), "evicted")]
    assert said == taken == [80 * n + 5 for n in range(4)]

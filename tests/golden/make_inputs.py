"""Makes the inputs of the golden tests again, but for the recording, which README.md tells of.

Every number comes from a small generator of our own and from the scenes below, so that the files
are the same on every machine and Python version. Run it in the folder `tests`:

    python -m golden.make_inputs
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

INPUTS = Path(__file__).parent / "inputs"
NEW_YORK = ZoneInfo("America/New_York")
SECOND = 1_000_000_000
MILLISECOND = 1_000_000

FLAT_DAY = "2024-05-14"
"""Before the provider's quotes counted shares: sizes of quotes are round lots here."""
DAY_BEFORE_FLAT = "2024-05-13"
LOBSTER_DAY = "2013-09-17"
"""Before Nasdaq kept the side of hidden orders to itself."""
LIVE_DAY = "2026-03-10"
LIVE_SYMBOLS = ("ACME", "BOLT")

TRADE_COLUMNS = (
    "ticker,conditions,correction,exchange,id,participant_timestamp,price,sequence_number,"
    "sip_timestamp,size,tape,trf_id,trf_timestamp"
)
QUOTE_COLUMNS = (
    "ticker,ask_exchange,ask_price,ask_size,bid_exchange,bid_price,bid_size,conditions,indicators,"
    "participant_timestamp,sequence_number,sip_timestamp,tape,trf_timestamp"
)


def moment_ns(day: str, clock: str) -> int:
    """Return a time of a New York day, Unix nanoseconds."""
    moment = datetime.fromisoformat(f"{day}T{clock}").replace(tzinfo=NEW_YORK)
    return int(moment.timestamp()) * SECOND


LIVE_FROM_NS = moment_ns(LIVE_DAY, "10:01")
LIVE_STREAM_FROM_NS = moment_ns(LIVE_DAY, "10:03")
"""What lies before is history, which the stream does not bring."""
LIVE_END_NS = moment_ns(LIVE_DAY, "10:07:30")


class Draw:
    """Whole numbers that look drawn: a linear congruential generator."""

    def __init__(self, seed: int) -> None:
        self._state = seed

    def below(self, bound: int) -> int:
        self._state = (self._state * 6_364_136_223_846_793_005 + 1_442_695_040_888_963_407) % 2**64
        return (self._state >> 33) % bound

    def between(self, low: int, high: int) -> int:
        return low + self.below(high - low + 1)


@dataclass(frozen=True)
class Quoted:
    """A quote; prices in cents, sizes in shares."""

    at_ns: int
    bid: int
    bid_size: int
    ask: int
    ask_size: int
    made_ns: int


@dataclass(frozen=True)
class Printed:
    """A print; price in hundredths of a cent."""

    at_ns: int
    price: int
    size: int
    made_ns: int
    conditions: tuple[int, ...] = ()
    correction: int = 0
    exchange: int = 11
    trf_id: int = 0


Event = Quoted | Printed


@dataclass
class Scene:
    """One symbol's market: a calm flow of prints at bid and ask, and what is laid over it.

    Attributes:
        start_ns: When it begins.
        seconds: How long it lasts.
        bid: First best bid, cents.
        usual: Most shares of a usual print.
        draw: Where every number comes from.
        sells: (second, prints, shares of each, milliseconds between) sold at the bid.
        walls: (second, how long, side, shares) shown at the best price; side `bid` or `ask`.
        odd: (second, changes of a print) whatever else is printed at the bid.
    """

    start_ns: int
    seconds: int
    bid: int
    usual: int
    draw: Draw
    sells: tuple[tuple[float, int, int, int], ...] = ()
    walls: tuple[tuple[float, float, str, int], ...] = ()
    odd: tuple[tuple[float, dict[str, Any]], ...] = ()
    _events: list[Event] = field(default_factory=list)

    def events(self) -> list[Event]:
        """Return everything in the order of its stamps."""
        best = {}
        for tick in range(self.seconds * 10):
            second = tick / 10
            if tick % 5 == 0:
                step = (self.draw.below(7) == 0) - (self.draw.below(7) == 0)
                # Who shows a large size stays where they are.
                self.bid += 0 if self._wall_at(second) else step
                best[tick // 5] = self.bid
                self._quote(second)
            if self.draw.below(10) == 0:
                self._usual_print(second)
        for begin, prints, size, apart_ms in self.sells:
            made_ns = self._ns(begin) - 400_000
            for number in range(prints):
                second = begin + number * apart_ms / 1_000
                at_ns = self._ns(second)
                # The prints of one order bear one stamp of its exchange.
                stamp_ns = made_ns if not apart_ms else at_ns - 400_000
                self._events.append(Printed(at_ns, best[int(second * 2)] * 100, size, stamp_ns))
        for begin, changes in self.odd:
            at_ns = self._ns(begin)
            fields = {"price": best[int(begin * 2)] * 100, "size": 100, "made_ns": at_ns - 300_000}
            self._events.append(Printed(at_ns, **(fields | changes)))
        # Prints before quotes of the same stamp.
        return sorted(self._events, key=lambda each: (each.at_ns, isinstance(each, Quoted)))

    def _ns(self, second: float) -> int:
        return self.start_ns + round(second * 1_000) * MILLISECOND + 170_000

    def _wall_at(self, second: float) -> dict[str, int]:
        return {
            side: shares
            for begin, lasts, side, shares in self.walls
            if begin <= second < begin + lasts
        }

    def _quote(self, second: float) -> None:
        wall = self._wall_at(second)
        sizes = {side: self.draw.between(1, 20) * 100 for side in ("bid", "ask")} | wall
        at_ns = self._ns(second) + self.draw.below(60) * MILLISECOND
        wide = self.draw.below(5) == 0 and not wall
        ask = self.bid + 1 + wide
        self._events.append(
            Quoted(at_ns, self.bid, sizes["bid"], ask, sizes["ask"], at_ns - 250_000)
        )

    def _usual_print(self, second: float) -> None:
        at_ns = self._ns(second) + self.draw.between(61, 99) * MILLISECOND
        price = (self.bid * 100, self.bid * 100 + 50, self.bid * 100 + 100)[self.draw.below(3)]
        kind = self.draw.below(12)
        self._events.append(
            Printed(
                at_ns,
                price,
                self.draw.between(1, self.usual),
                at_ns - self.draw.between(100_000, 900_000),
                conditions=((14, 41), (37,), (12, 37), (2,))[kind] if kind < 4 else (),
                exchange=self.draw.between(1, 20),
                trf_id=201 if kind == 5 else 0,
            )
        )


def _flat_scenes() -> Iterator[tuple[str, list[Event]]]:
    """Each seller is (second, prints, shares, milliseconds between)."""
    yield (
        "ACME",
        Scene(
            moment_ns(FLAT_DAY, "10:00"),
            2_100,
            5_012,
            600,
            Draw(11),
            sells=(
                (420.3, 1, 12_000, 0),  # one print
                (700.3, 60, 680, 300),  # a burst that stays a warning
                (960.3, 1, 10_000, 0),  # exactly the threshold
                (985.3, 1, 9_999, 0),  # one share below it
                (1_000.3, 3, 4_000, 0),  # one order in three prints
                (1_030.3, 1, 31_000, 0),  # critical, and the third: an exit
                (1_400.3, 120, 900, 150),  # a burst that turns critical: an exit
                (1_800.3, 2, 5_200, 1),  # one order a millisecond apart
                (1_800.7, 2, 5_200, 4),  # two orders, neither large
            ),
            walls=(
                (300, 8, "ask", 15_000),
                (340, 1, "ask", 15_000),  # gone before it has stood for 2 s
                (500, 3, "bid", 11_000),
                (504, 2, "bid", 22_000),
                (1_900, 3, "ask", 12_000),
                (1_901.5, 1, "ask", 40_000),
            ),
            odd=(
                (200.4, {"size": 50_000, "conditions": (53,)}),
                (201.4, {"size": 50_000, "correction": 8}),
                (202.4, {"size": 50_000, "conditions": (999,)}),
                (203.4, {"size": 0}),
            ),
        ).events(),
    )
    yield (
        "BOLT",
        Scene(
            moment_ns(FLAT_DAY, "10:05"),
            1_500,
            2_240,
            300,
            Draw(23),
            sells=(
                (600.3, 1, 14_000, 0),
                (640.3, 1, 15_000, 0),
                (700.3, 1, 16_000, 0),
                (1_000.3, 1, 18_000, 0),
                (1_320.3, 1, 18_500, 0),
            ),
            walls=((200, 6, "bid", 30_000), (660, 12, "ask", 13_000)),
            odd=((100.4, {"size": 20_000, "made_ns": moment_ns(FLAT_DAY, "10:05")}),),
        ).events(),
    )


def flat_files() -> dict[str, str]:
    """Return trades and quotes of a day of two symbols, sorted by ticker and time."""
    cells: tuple[object, ...]
    rows: dict[str, list[str]] = {"trades": [TRADE_COLUMNS], "quotes": [QUOTE_COLUMNS]}
    for symbol, events in _flat_scenes():
        for number, event in enumerate(events, 1):
            if isinstance(event, Printed):
                codes = ",".join(map(str, event.conditions))
                cells = (
                    symbol,
                    f'"{codes}"' if len(event.conditions) > 1 else codes,
                    event.correction,
                    event.exchange,
                    f"{symbol[0]}{number}",
                    event.made_ns,
                    f"{event.price / 10_000:.4f}",
                    number,
                    event.at_ns,
                    event.size,
                    1,
                    event.trf_id or "",
                    "",
                )
                rows["trades"].append(",".join(map(str, cells)))
            else:
                cells = (
                    symbol,
                    11,
                    f"{event.ask / 100:.4f}",
                    event.ask_size // 100,
                    12,
                    f"{event.bid / 100:.4f}",
                    event.bid_size // 100,
                    1,
                    "",
                    event.made_ns,
                    number,
                    event.at_ns,
                    1,
                    "",
                )
                rows["quotes"].append(",".join(map(str, cells)))
    return {
        f"flat/{kind}_{FLAT_DAY}.csv.gz": "\n".join(lines) + "\n" for kind, lines in rows.items()
    }


def lobster_files() -> dict[str, str]:
    """Return a day of one symbol with three levels a side: messages, and the book after each."""
    draw, order = Draw(37), count(1)
    sizes = {side: [draw.between(1, 30) * 100 for _ in range(3)] for side in ("bid", "ask")}
    bid = 300_500  # ten-thousandths of a dollar
    messages, books = [], []

    def write(second: float, kind: int, size: int, price: int, direction: int) -> None:
        clock = f"{36_000 + second:.9f}"
        messages.append(f"{clock},{kind},{next(order)},{size},{price},{direction}")
        cells = []
        for level in range(3):
            cells += [bid + 100 * (level + 1), sizes["ask"][level]]
            cells += [bid - 100 * level, sizes["bid"][level]]
        books.append(",".join(map(str, cells)))

    def rest(second: float, side: str, level: int, size: int) -> None:
        sizes[side][level] = size
        price = bid - 100 * level if side == "bid" else bid + 100 * (level + 1)
        write(second, 1, size, price, 1 if side == "bid" else -1)

    large = {
        # second: side, level, shares
        200: ("bid", 1, 12_000),
        215: ("bid", 1, 13_000),  # grown, but not by half
        230: ("bid", 1, 19_000),
        260: ("bid", 1, 400),
        263: ("bid", 1, 12_500),  # back within 5 s: the same level
        275: ("bid", 1, 400),
        280: ("bid", 1, 12_500),  # gone for 5 s: another one
        300: ("bid", 2, 25_000),
        400: ("bid", 2, 100),
        500: ("ask", 0, 14_000),
        510: ("ask", 0, 200),
        600: ("bid", 0, 10_000),
        620: ("bid", 0, 9_999),
    }
    for tick in range(1_300 * 4):
        second = tick / 4
        if second in large:
            rest(second, *large[int(second)])
        elif (
            draw.below(30) == 0
            and not 200 <= second < 300
            and all(max(each) < 9_000 for each in sizes.values())
        ):
            # All levels move by a cent.
            bid += 100 * (1 - 2 * draw.below(2))
            rest(second, "bid", 0, draw.between(1, 30) * 100)
        elif draw.below(3) == 0:
            side = ("bid", "ask")[draw.below(2)]
            size = draw.between(1, 3) * 100
            if max(sizes[side]) < 9_000:
                sizes[side][0] = max(100, sizes[side][0] - size)
            best = bid if side == "bid" else bid + 100
            kind = 5 if draw.below(6) == 0 else 4
            write(second, kind, size, best, 1 if side == "bid" else -1)
        elif draw.below(2) == 0 and all(max(each) < 9_000 for each in sizes.values()):
            rest(second, ("bid", "ask")[draw.below(2)], draw.below(3), draw.between(1, 30) * 100)
        if second in (700, 730, 755):
            # One sweep through hidden and shown orders, at two prices.
            for number, size in enumerate((6_000, 5_000, 900)):
                price = bid - 100 * (number == 2 and second == 755)
                write(second + 0.000_000_1 * (number + 1), 4, size, price, 1)
        if 1_000 <= second < 1_015:
            write(second + 0.01, 4, 900, bid, 1)
    stem = f"lobster/DOVE_{LOBSTER_DAY}_34200000_57600000"
    return {
        f"{stem}_message_3.csv.gz": "\n".join(messages) + "\n",
        f"{stem}_orderbook_3.csv.gz": "\n".join(books) + "\n",
    }


def _live_scenes() -> Iterator[tuple[str, list[Event]]]:
    """What must be far from the window of exits at both ends is 130 s and more before the end."""
    seconds = (LIVE_END_NS - LIVE_FROM_NS) // SECOND - 1
    yield (
        "ACME",
        Scene(
            LIVE_FROM_NS,
            seconds,
            2_703,
            600,
            Draw(53),
            sells=(
                (60.3, 1, 12_000, 0),  # history, told late
                (150.3, 1, 11_000, 0),  # three that are known too late to be acted upon
                (165.3, 3, 4_000, 0),
                (180.3, 1, 31_000, 0),
                (315.3, 1, 10_000, 0),
                (316.3, 1, 9_999, 0),
                (335.3, 4, 3_000, 1),
                (350.3, 1, 30_000, 0),  # the third within two minutes: an exit
            ),
            walls=((212, 12, "ask", 15_000), (240, 3, "bid", 12_000), (244, 2, "bid", 24_000)),
            odd=(
                (110.4, {"size": 50_000, "correction": 8}),
                (200.4, {"size": 50_000, "conditions": (2,)}),
                (201.4, {"size": 50_000, "conditions": (999,)}),
                (202.4, {"size": 0}),
            ),
        ).events(),
    )
    yield (
        "BOLT",
        Scene(
            LIVE_FROM_NS,
            seconds,
            8_311,
            500,
            Draw(71),
            sells=(
                (330.3, 140, 700, 200),  # a burst that turns critical: an exit
                (386.3, 1, 77_700, 0),  # the last thing that is found
            ),
            odd=((210.4, {"size": 20_000, "made_ns": LIVE_FROM_NS}),),
        ).events(),
    )


def live_tape() -> dict[str, str]:
    """Return one tape twice: as the stream sends it from a moment on, and all of it as rows."""
    sent: list[tuple[tuple[int, bool, int, str], dict[str, Any]]] = []
    rows = []
    for symbol, events in _live_scenes():
        for number, event in enumerate(events, 1):
            is_quote = isinstance(event, Quoted)
            path, row = _rest_row(symbol, number, event)
            rows.append({"path": path, "row": row})
            if event.at_ns >= LIVE_STREAM_FROM_NS:
                place = (event.at_ns // MILLISECOND, is_quote, number, symbol)
                sent.append((place, _message(symbol, number, event)))
    sent.sort(key=lambda each: each[0])
    messages = [message for _, message in sent]
    # As it happens: some come twice, neighbours change places, another channel is heard.
    for at in range(100, len(messages) - 200, 97):
        messages.insert(at + 3, messages[at])
    for at in range(40, len(messages) - 200, 151):
        messages[at], messages[at + 1] = messages[at + 1], messages[at]
    messages.insert(60, {"ev": "AM", "sym": "ACME", "v": 4_110})
    return {"live/stream.jsonl.gz": _lines(messages), "live/rest.jsonl.gz": _lines(rows)}


def _rest_row(symbol: str, number: int, event: Event) -> tuple[str, dict[str, Any]]:
    if isinstance(event, Quoted):
        return f"/v3/quotes/{symbol}", {
            "ask_exchange": 11,
            "ask_price": event.ask / 100,
            "ask_size": event.ask_size,
            "bid_exchange": 12,
            "bid_price": event.bid / 100,
            "bid_size": event.bid_size,
            "participant_timestamp": event.made_ns,
            "sequence_number": number,
            "sip_timestamp": event.at_ns,
            "tape": 1,
        }
    row: dict[str, Any] = {
        "exchange": event.exchange,
        "id": f"{symbol[0]}{number}",
        "participant_timestamp": event.made_ns,
        "price": event.price / 10_000,
        "sequence_number": number,
        "sip_timestamp": event.at_ns,
        "size": event.size,
        "tape": 1,
    }
    if event.conditions:
        row["conditions"] = list(event.conditions)
    if event.correction:
        row["correction"] = event.correction
    if event.trf_id:
        row["trf_id"] = event.trf_id
    return f"/v3/trades/{symbol}", row


def _message(symbol: str, number: int, event: Event) -> dict[str, Any]:
    if isinstance(event, Quoted):
        return {
            "ev": "Q",
            "sym": symbol,
            "bx": 12,
            "bp": event.bid / 100,
            "bs": event.bid_size,
            "ax": 11,
            "ap": event.ask / 100,
            "as": event.ask_size,
            "c": 1,
            "i": [604],
            "t": event.at_ns // MILLISECOND,
            "q": number,
            "z": 1,
        }
    message: dict[str, Any] = {
        "ev": "T",
        "sym": symbol,
        "x": event.exchange,
        "i": f"{symbol[0]}{number}",
        "z": 1,
        "p": event.price / 10_000,
        "s": event.size,
        "ds": f"{event.size}.0",
        "t": event.at_ns // MILLISECOND,
        "pt": event.made_ns // MILLISECOND,
        "q": number,
    }
    if event.conditions:
        message["c"] = list(event.conditions)
    if event.trf_id:
        message["trfi"] = event.trf_id
    return message


def recorded_sight() -> dict[str, str]:
    """Return a recording of what could be seen of two symbols, with hardly a trade in it."""
    begin_ns = moment_ns(LIVE_DAY, "10:00")

    def seen(symbol: str, second: int, state: str, reason: str, text: str) -> dict[str, Any]:
        at_ns = begin_ns + second * SECOND
        said = {"state": state, "reason": reason, "text": text, "since_ns": at_ns}
        compared = {"compared_ns": at_ns - 4 * SECOND} if state == "visible" else {}
        return {"kind": "seen", "symbol": symbol, "at_ns": at_ns, **said, **compared}

    def looked(second: int) -> dict[str, Any]:
        return {"kind": "looked", "now_ns": begin_ns + second * SECOND, "symbols": LIVE_SYMBOLS}

    start = {"schema": 2, "at_ns": begin_ns, "config": {"data_source": "polygon"}}
    held = {"symbol": "ACME", "quantity": 100, "average_price": 27.05}
    lines: list[dict[str, Any]] = [
        {"kind": "started", **start},
        {"kind": "afresh"},
        {"kind": "held", "positions": [held]},
        {"kind": "positions_read"},
        *(
            {"kind": "watched", "symbol": symbol, "from_ns": begin_ns, "now_ns": begin_ns}
            for symbol in LIVE_SYMBOLS
        ),
        {
            "kind": "connection",
            "reason": "promise",
            "sentence": "5 requests a second: a dead channel is noticed within 10 s",
            "at_ns": begin_ns,
        },
        *(
            {
                "kind": "bbo",
                "symbol": symbol,
                "sip_ns": begin_ns + SECOND,
                "bid_ticks": 27_000_000,
                "bid_size": 300_000_000,
                "ask_ticks": 27_010_000,
                "ask_size": 300_000_000,
            }
            for symbol in LIVE_SYMBOLS
        ),
    ]
    for second, sights in (
        (1, dict.fromkeys(LIVE_SYMBOLS, ("visible", "", ""))),
        (9, {"ACME": ("degraded", "gap", "prints are away since 14:00:08")}),
        (10, {"ACME": ("degraded", "by_rest", "prints are asked of REST, answered 1 s ago")}),
        (12, {"BOLT": ("visible", "quiet", "no prints for 11 s; REST knows none, asked 2 s ago")}),
        (40, {"ACME": ("blind", "dead", "prints are away, and REST has no answer for 30 s")}),
        (45, {"ACME": ("degraded", "gap", "prints from 14:00:08 to 14:00:44 unknown")}),
        (60, {"ACME": ("visible", "", ""), "BOLT": ("blind", "clock", "the clocks differ")}),
        (70, {"BOLT": ("degraded", "differs", "prints are doubted")}),
        (90, {"BOLT": ("visible", "", "")}),
    ):
        lines += (seen(symbol, second, *said) for symbol, said in sights.items())
        lines.append(looked(second))
    span = {"from_ns": begin_ns + 8 * SECOND, "to_ns": begin_ns + 44 * SECOND}
    lost = {"channel": "trades", **span, "cause": "gap", "tries": 41, "codes": ["forbidden"]}
    lines.append({"kind": "span_lost", "symbol": "ACME", "at_ns": begin_ns + 414 * SECOND, **lost})
    return {"sight/2026-03-10.jsonl.gz": _lines(lines)}


def profiles() -> dict[str, str]:
    """Return the memory of each flat symbol as a whole session of the day before has left it."""
    open_ns = moment_ns(DAY_BEFORE_FLAT, "09:30")
    places = range(195)
    texts = {}
    # Each symbol is (shares in two minutes, least and most shares of an order and of a level).
    for symbol, draw, volume, least, most in (
        ("ACME", Draw(311), 90_000, 300, 9_500),
        ("BOLT", Draw(331), 40_000, 200, 15_500),
    ):
        volumes = [draw.between(volume // 2, volume * 3 // 2) for _ in places]
        peaks = [
            # In every fourth block a burst, in thousandths.
            [draw.between(1_500, 3_500) if draw.below(4) == 0 else 0 for _ in places],
            *([draw.between(least, most) for _ in places] for _ in range(3)),
        ]
        # Shares since the open at each of the session's 26 quarters of an hour.
        curve = [sum(volumes[: quarter * 15 // 2]) for quarter in range(1, 27)]
        memory = {
            "format": 1,
            "resumes_ns": open_ns + 195 * 120 * SECOND,
            "open_ns": open_ns,
            "close_ns": 0,
            "place": 195,
            "seen_today": 0,
            "began": [open_ns + place * 120 * SECOND for place in places],
            "volumes": volumes,
            "peaks": peaks,
            "tops": [[max(each) for each in peaks]],
            "day_volume": sum(volumes),
            "raised": 9,
            "held_back": 3,
            "eased": 1,
            "level_sum": 0,
            "level_looks": 0,
            "judged": [],
            "curves": [curve],
        }
        texts[f"profile/{symbol}.json.gz"] = _lines([{"symbol": symbol, "memory": memory}])
    return texts


def _lines(values: Iterable[dict[str, Any]]) -> str:
    return "".join(json.dumps(value, separators=(",", ":")) + "\n" for value in values)


def made_inputs() -> dict[str, str]:
    """Return the text of every made file by its path below `inputs`."""
    return flat_files() | lobster_files() | live_tape() | recorded_sight() | profiles()


def write_inputs() -> None:
    """Write them."""
    for name, text in made_inputs().items():
        path = INPUTS / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(gzip.compress(text.encode(), compresslevel=9, mtime=0))


if __name__ == "__main__":
    write_inputs()

"""What the gateway sends, as DBN: rows of the simulated books, and its own messages.

Made by `databento_dbn`, so that a reader of our own has something to be measured against.
"""

from __future__ import annotations

import io
from typing import Any, Final

import databento_dbn  # type: ignore[import-not-found,unused-ignore]

from trading_bot.order_flow.market.units import ns_from_utc
from trading_bot.simulator.gateway.gw_terms import Dataset
from trading_bot.simulator.market.depth import DepthRow
from trading_bot.simulator.market.depth_levels import SHOWN_LEVELS, DepthBook
from trading_bot.simulator.settings import REGULAR_OPEN

# Its own stub of `MBP1Msg` takes a list of levels; the class takes one level.
dbn: Any = databento_dbn

NS_A_TICK: Final = 1_000
"""Prices of DBN count billionths of a dollar, ours millionths."""
UNSET: Final[int] = dbn.UNDEF_TIMESTAMP
FATAL_ERRORS: Final = frozenset({1, 2, 3, 5, 6, 8})
"""Codes after which the gateway ends a session."""
SYMBOL_ERROR, SUBSCRIPTION_ERROR, INTERNAL_ERROR, SKIPPED_ERROR, AGED_OUT_ERROR = range(4, 9)
_STYPE_OF_A_LIVE_MAPPING = 255
_MAPPING_STYPES = (16, 88)
"""Where the two kinds of symbol stand in a mapping's bytes."""
_DAY_NS = 86_400 * 1_000_000_000
_MOST_TEXT = 300
_CENT = 10_000_000
_DOLLAR = 1_000_000_000


class Records:
    """Writes the records of one session.

    Args:
        dataset: The session's.
        with_sent_stamp: True to put the time of sending behind each record.
    """

    def __init__(self, dataset: Dataset, *, with_sent_stamp: bool) -> None:
        self._dataset = dataset
        self._with_sent_stamp = with_sent_stamp

    def metadata(self, start_ns: int) -> bytes:
        """Return what comes before all records; live ones are of no one schema."""
        return bytes(
            dbn.Metadata(
                dataset=self._dataset.name,
                start=start_ns,
                stype_in=None,
                stype_out=dbn.SType.INSTRUMENT_ID,
                schema=None,
                symbols=[],
                partial=[],
                not_found=[],
                mappings=[],
                ts_out=self._with_sent_stamp,
            )
        )

    def row(
        self, schema: str, row: DepthRow, instrument: int, sent_ns: int, *, is_doubtful: bool
    ) -> bytes:
        """Return a row of a book as a record.

        Args:
            schema: `mbp-10`, `mbp-1`, `tbbo` or `trades`.
            row: What happened.
            instrument: The symbol's number.
            sent_ns: When it is sent.
            is_doubtful: True to say that the book may be wrong.
        """
        change = row.change
        is_last = row.is_last_in_top if schema == "mbp-1" else row.is_last
        anonymous = self._dataset.is_anonymous
        flags = (dbn.F_LAST if is_last else 0) | (dbn.F_MAYBE_BAD_BOOK if is_doubtful else 0)
        fields: dict[str, Any] = {
            "publisher_id": self._dataset.publisher,
            "instrument_id": instrument,
            "ts_event": row.event_ns,
            "price": _price(change.price_ticks),
            "size": change.size,
            "action": dbn.Action(change.action),
            "side": dbn.Side(change.side),
            "depth": change.depth,
            "ts_recv": row.received_ns,
            "flags": flags,
            "ts_in_delta": 0 if anonymous else row.received_ns - row.event_ns,
            "sequence": 0 if anonymous else row.sequence,
            "ts_out": self._sent(sent_ns),
        }
        match schema:
            case "trades":
                return bytes(dbn.TradeMsg(**fields))
            case "mbp-10":
                return bytes(dbn.MBP10Msg(**fields, levels=self._levels(change.book, SHOWN_LEVELS)))
            case _:
                return bytes(dbn.MBP1Msg(**fields, levels=self._levels(change.book, 1)[0]))

    def _levels(self, book: DepthBook, count: int) -> list[Any]:
        counts = not self._dataset.is_anonymous
        levels = []
        for index in range(count):
            fields = {}
            for side, own in (("bid", book.bids), ("ask", book.asks)):
                if index < len(own):
                    level = own[index]
                    fields[f"{side}_px"] = _price(level.price_ticks)
                    fields[f"{side}_sz"] = level.size
                    fields[f"{side}_ct"] = level.orders * counts
            levels.append(dbn.BidAskPair(**fields))
        return levels

    def definition(self, symbol: str, instrument: int, sent_ns: int) -> bytes:
        """Return what the day's instrument is; stamped at the beginning of the UTC day."""
        day_ns = day_start_ns()
        record = dbn.InstrumentDefMsg(
            publisher_id=self._dataset.publisher,
            instrument_id=instrument,
            ts_event=day_ns,
            ts_recv=day_ns,
            min_price_increment=_CENT,
            display_factor=_DOLLAR,
            raw_symbol=symbol,
            asset="",
            security_type="",
            instrument_class=dbn.InstrumentClass.STOCK,
            security_update_action=dbn.SecurityUpdateAction.ADD,
            min_lot_size_round_lot=100,
            currency="USD",
            exchange=self._dataset.venue,
            ts_out=self._sent(sent_ns),
        )
        return bytes(record)

    def status(self, instrument: int, stamp_ns: int, sent_ns: int, *, is_halted: bool) -> bytes:
        """Return that trading stands still, or goes on."""
        state = dbn.TriState.NO if is_halted else dbn.TriState.YES
        record = dbn.StatusMsg(
            publisher_id=self._dataset.publisher,
            instrument_id=instrument,
            ts_event=stamp_ns,
            ts_recv=stamp_ns,
            action=dbn.StatusAction.HALT if is_halted else dbn.StatusAction.TRADING,
            reason=dbn.StatusReason.NEWS_PENDING if is_halted else dbn.StatusReason.NONE,
            is_trading=state,
            is_quoting=state,
            ts_out=self._sent(sent_ns),
        )
        return bytes(record)

    def mapping(self, symbol: str, instrument: int, now_ns: int) -> bytes:
        """Return which number stands for a symbol from now on."""
        raw = dbn.SType.RAW_SYMBOL
        record = bytearray(
            bytes(
                dbn.SymbolMappingMsg(
                    publisher_id=0,
                    instrument_id=instrument,
                    ts_event=now_ns,
                    stype_in=raw,
                    stype_in_symbol=symbol,
                    stype_out=raw,
                    stype_out_symbol=symbol,
                    start_ts=UNSET,
                    end_ts=UNSET,
                    ts_out=self._sent(now_ns),
                )
            )
        )
        # The gateway leaves both kinds of symbol unset, which the class cannot write.
        for place in _MAPPING_STYPES:
            record[place] = _STYPE_OF_A_LIVE_MAPPING
        return bytes(record)

    def heartbeat(self, now_ns: int) -> bytes:
        """Return that the gateway lives."""
        return self._system("Heartbeat", dbn.SystemCode.HEARTBEAT, now_ns)

    def subscribed(self, schema: str, number: int | None, now_ns: int) -> bytes:
        """Return that a subscription is made."""
        named = "" if number is None else f" {number}"
        text = f"Subscription request{named} for {schema} data succeeded"
        return self._system(text, dbn.SystemCode.SUBSCRIPTION_ACK, now_ns)

    def replayed(self, schema: str, now_ns: int) -> bytes:
        """Return that the replay of a schema has come to the present."""
        return self._system(f"Finished {schema} replay", dbn.SystemCode.REPLAY_COMPLETED, now_ns)

    def slow(self, schema: str, now_ns: int) -> bytes:
        """Return that the client does not keep up."""
        text = f"Warning: slow reading, not keeping pace with {schema} data"
        return self._system(text, dbn.SystemCode.SLOW_READER_WARNING, now_ns)

    def _system(self, text: str, code: Any, now_ns: int) -> bytes:
        sent_ns = self._sent(now_ns)
        return bytes(dbn.SystemMsg(ts_event=now_ns, msg=text, code=code, ts_out=sent_ns))

    def error(self, text: str, code: int, now_ns: int) -> bytes:
        """Return what is wrong."""
        record = dbn.ErrorMsg(
            ts_event=now_ns,
            err=text[:_MOST_TEXT],
            is_last=True,
            code=dbn.ErrorCode(code),
            ts_out=self._sent(now_ns),
        )
        return bytes(record)

    def _sent(self, now_ns: int) -> int:
        return now_ns if self._with_sent_stamp else UNSET


class Packer:
    """Packs a session's bytes with Zstandard; whatever is packed can be unpacked at once."""

    def __init__(self) -> None:
        self._packed = io.BytesIO()
        self._transcoder: Any = dbn.Transcoder(self._packed, dbn.Encoding.DBN, dbn.Compression.ZSTD)

    def pack(self, data: bytes) -> bytes:
        """Return whole records, or what comes before them, packed."""
        self._transcoder.write(data)
        self._transcoder.flush()
        packed = self._packed.getvalue()
        self._packed.seek(0)
        self._packed.truncate()
        return packed


def day_start_ns() -> int:
    """Return when the trading day begins in UTC."""
    open_ns = ns_from_utc(REGULAR_OPEN)
    return open_ns - open_ns % _DAY_NS


def _price(ticks: int) -> int:
    return ticks * NS_A_TICK if ticks else dbn.UNDEF_PRICE

"""The lines of a capture: everything that a live run's judge was given, as it was given.

A capture is not the journal: the journal holds what was found, a capture what it was found in. Each
line is one JSON object whose `kind` names it; fields that have their default are left out. Stamps
are Unix nanoseconds, prices ticks, sizes millionths of a share (`units`); in schema 1, which is
read and no longer written, sizes are whole shares. Schema 2 had no kept frames (`frame_files`),
schema 3 no depth beside quotes.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, get_type_hints

import msgspec

from ..market.events import BookEvent, HaltEvent, TradeEvent, Withdrawal
from ..market.feeds import DisagreementCode
from ..market.trade_conditions import Verdict
from ..rules.continued import JudgedSpan
from ..rules.own_scale.state import ScaleState
from ..sight.coverage.reasons import Channel, Reason, SpanCause, State

CAPTURE_SCHEMA: Final = 4
"""Version of what is written."""


class CaptureLine(msgspec.Struct, tag_field="kind", omit_defaults=True, gc=False):
    """Base of all lines."""


class Started(CaptureLine, tag="started"):
    """The first line of every file.

    Attributes:
        schema: Version of this format.
        at_ns: When the file was begun, exchange-aligned.
        config: The settings, without the key.
        continued: True when the run went on from the file of the day before.
    """

    schema: int
    at_ns: int
    config: dict[str, Any]
    continued: bool = False


if TYPE_CHECKING:

    class TradeLine(CaptureLine):
        """A print as the judge was given it: the members of `TradeEvent`, by their names."""

        symbol: str
        sip_ns: int
        trade_id: str

        def __init__(self, *members: Any, **named: Any) -> None:
            """Take the members in the order of `TradeEvent`."""

else:
    # Made of the event itself, so that a new member needs no word here.
    TradeLine = msgspec.defstruct(
        "TradeLine",
        [
            (name, kind, TradeEvent._field_defaults.get(name, msgspec.NODEFAULT))
            for name, kind in get_type_hints(TradeEvent).items()
        ],
        bases=(CaptureLine,),
        module=__name__,
        tag="print",
        gc=False,
    )


class QuoteLine(CaptureLine, tag="bbo"):
    """A best bid and ask as the judge was given it; see `MarketSink.quote`."""

    symbol: str
    sip_ns: int
    bid_ticks: int
    bid_size: int
    ask_ticks: int
    ask_size: int
    participant_ns: int | None = None
    sequence: int = 0
    received_ns: int | None = None


class BookLine(BookEvent, tag_field="kind", tag="book", omit_defaults=True, gc=False):
    """A book as the judge was given it; see `BookEvent`."""


class Frames(CaptureLine, tag="frames"):
    """From now on books are in kept frames; see `frame_files`.

    Attributes:
        run: Whose.
    """

    run: str


class BookAt(CaptureLine, tag="book_at"):
    """A book as the judge was given it, which is in the kept frames.

    Attributes:
        symbol: Ticker.
        sip_ns: When the venue had it.
        frame: How many messages had arrived by then: it is in one of these.
        sequence: The provider's ordering number, 0 where unknown.
        received_ns: When we had it, or knew it; not the arrival where it has waited.
    """

    symbol: str
    sip_ns: int
    frame: int
    sequence: int = 0
    received_ns: int | None = None


class WithdrawalLine(Withdrawal, tag_field="kind", tag="withdrawal", omit_defaults=True, gc=False):
    """A print was taken back; see `Withdrawal`."""


class HaltLine(HaltEvent, tag_field="kind", tag="halt", omit_defaults=True, gc=False):
    """Trading stopped, or might begin again; see `HaltEvent`."""


class OldTradeLine(CaptureLine, tag="trade"):
    """Schema 1: a print as it was judged, with the stamp by which it met the quotes."""

    symbol: str
    sip_ns: int
    matched_ns: int
    price_ticks: int
    size: int
    conditions: tuple[int, ...] = ()
    correction: int = 0
    exchange: int = 0
    participant_ns: int | None = None
    stated_side: str | None = None
    received_ns: int | None = None


class OldQuoteLine(CaptureLine, tag="quote"):
    """Schema 1: a quote as it was judged, with the stamp by which it met the prints."""

    symbol: str
    sip_ns: int
    matched_ns: int
    bid_ticks: int
    bid_size: int
    ask_ticks: int
    ask_size: int
    received_ns: int | None = None


class Watched(CaptureLine, tag="watched"):
    """A symbol was watched from now on; see `MarketJudge.watch`.

    Attributes:
        step_ns: What its stamps are cut to. In older recordings, which do not say, prints stand
            before the quotes of their stamp, and were matched so.
        memory: What was known of its own scale.
        ranks: A memory of its own scale was kept.
    """

    symbol: str
    from_ns: int
    now_ns: int
    by_exchange_time: bool = False
    step_ns: int = 1
    memory: ScaleState | None = None
    ranks: bool = True


class Unwatched(CaptureLine, tag="unwatched"):
    """A symbol was no longer watched from now on."""

    symbol: str


class SettingsChanged(CaptureLine, tag="settings"):
    """Other settings hold from now on; see `MarketJudge.change_settings`.

    Attributes:
        now_ns: When.
        config: The settings, without the key.
    """

    now_ns: int
    config: dict[str, Any]


class Afresh(CaptureLine, tag="afresh"):
    """A run began: what an earlier one of the same process knew was dropped.

    Attributes:
        feeds: In older recordings, the kinds of answers that fed a symbol.
        takes_back: True where the provider may withdraw prints.
        least_taken_back: Of no fewer shares.
    """

    feeds: tuple[str, ...] = ()
    takes_back: bool = False
    least_taken_back: int = 0


class Seeded(CaptureLine, tag="seeded"):
    """An earlier session seeded a symbol's own scale; see `MarketJudge.seed`."""

    symbol: str
    usual_minute: int
    burst: int


class Skipped(CaptureLine, tag="skipped"):
    """Schema 1: a halt was over, and so long the windows stood still."""

    symbol: str
    seconds: int


class KnownFrom(CaptureLine, tag="known_from"):
    """Every print is known from here on only; see `MarketJudge.known_from`."""

    symbol: str
    from_ns: int


class Refilled(CaptureLine, tag="refilled"):
    """What earlier runs said was taken back from their record; see `Said`.

    Attributes:
        now_ns: When.
        alerts: Lines of alerts by id.
        exits: Lines of the newest recommendations.
        told: Ids of the recommendations that are known to have been told.
        judged: What was judged of each symbol: first moment and newest print, Unix nanoseconds.
        settings_at: When the settings became those of now; see `Said`.
    """

    now_ns: int
    alerts: dict[str, dict[str, Any]]
    exits: tuple[dict[str, Any], ...] = ()
    told: tuple[str, ...] = ()
    judged: dict[str, JudgedSpan] = {}
    settings_at: datetime | None = None


class HeldPosition(msgspec.Struct, omit_defaults=True):
    """One open position; see `Position`."""

    symbol: str
    quantity: Decimal
    average_price: Decimal | None
    stop: Decimal | None = None
    opened_at: datetime | None = None


class Held(CaptureLine, tag="held"):
    """What the position manager answers from now on."""

    positions: tuple[HeldPosition, ...]


class Closed(CaptureLine, tag="closed"):
    """A position is surely gone; see `MarketJudge.close_position`."""

    symbol: str


class PositionsRead(CaptureLine, tag="positions_read"):
    """The judge took over what the position manager answers."""


class ConditionsLearned(CaptureLine, tag="conditions"):
    """Symbols watched from now on are judged by this table of trade conditions.

    Attributes:
        table: Condition id to (counts for volume, may be signed, reason).
    """

    table: dict[int, tuple[bool, bool, str | None]]

    def verdicts(self) -> Mapping[int, Verdict]:
        """Return the table as `TradeConditions` takes it."""
        return {
            each: Verdict(volume=volume, side=side, reason=reason)
            for each, (volume, side, reason) in self.table.items()
        }


class Headlines(CaptureLine, tag="headlines"):
    """What was known of a symbol when an alert asked, where that had changed."""

    symbol: str
    headlines: tuple[str, ...]


class Seen(CaptureLine, tag="seen"):
    """What could be seen of a symbol has changed; see `MarketJudge.saw`, and `Sight`."""

    symbol: str
    at_ns: int
    state: State
    reason: Reason
    text: str
    since_ns: int
    compared_ns: int | None = None


class DepthSeen(CaptureLine, tag="depth_seen"):
    """What could be seen of a second feed's depth has changed; see `MarketJudge.saw_depth`.

    Attributes:
        symbol: Ticker.
        at_ns: When.
        lost: Why it was not seen; empty while it was.
        since_ns: Since when.
        disagreement: How the feeds differed: code, sentence, and which looked stale.
    """

    symbol: str
    at_ns: int
    lost: str
    since_ns: int
    disagreement: tuple[DisagreementCode, str, str | None] | None = None


class SpanLost(CaptureLine, tag="span_lost"):
    """A span was never seen; see `MarketJudge.span_lost`, and `Lost`."""

    symbol: str
    at_ns: int
    channel: Channel
    from_ns: int
    to_ns: int
    cause: SpanCause
    tries: int
    codes: tuple[str, ...] = ()


class Connection(CaptureLine, tag="connection"):
    """Something was said of the connection; see `MarketJudge.say`."""

    reason: str
    sentence: str
    at_ns: int


class Failed(CaptureLine, tag="failed"):
    """An answer failed or was refused; see `MarketJudge.data_refused`.

    Attributes:
        symbol: Ticker.
        feed: Which kind of answer.
        at_ns: When.
        code: The error's code.
        words: Its text.
        refused: True when the data was refused, False when the source failed.
    """

    symbol: str
    feed: str
    at_ns: int
    code: str
    words: str
    refused: bool = False


class Answered(CaptureLine, tag="answered"):
    """In older recordings: a good answer came, by which a symbol was called visible."""


class MarketStatus(CaptureLine, tag="market_status"):
    """In older recordings: the market's own status came."""


class Heartbeat(CaptureLine, tag="heartbeat"):
    """In older recordings: the feed of all symbols gave a sign of life."""


class Looked(CaptureLine, tag="looked"):
    """Feeds were looked at, as once a second; see `MarketJudge.every_second`.

    Attributes:
        now_ns: The present of that look.
        symbols: Whose; None, as older recordings have it, means those of every watched symbol.
    """

    now_ns: int
    symbols: tuple[str, ...] | None = None


AnyLine = (
    Started
    | TradeLine
    | QuoteLine
    | BookLine
    | Frames
    | BookAt
    | WithdrawalLine
    | HaltLine
    | OldTradeLine
    | OldQuoteLine
    | Watched
    | Unwatched
    | SettingsChanged
    | Afresh
    | Seeded
    | Skipped
    | KnownFrom
    | Refilled
    | Held
    | Closed
    | PositionsRead
    | ConditionsLearned
    | Headlines
    | Seen
    | DepthSeen
    | SpanLost
    | Connection
    | Failed
    | Answered
    | MarketStatus
    | Heartbeat
    | Looked
)
"""Any line of a capture."""

EVENT_LINES: Final = (
    TradeLine,
    QuoteLine,
    BookLine,
    WithdrawalLine,
    HaltLine,
    OldTradeLine,
    OldQuoteLine,
)
"""The lines that are events of one symbol."""

"""Order-flow protection for open positions.

Names are loaded when they are first asked for: who judges recorded days loads no provider, and
who only needs a value loads no engine.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .config import OrderFlowConfig as OrderFlowConfig
    from .data_models import OrderBookSnapshot as OrderBookSnapshot
    from .data_models import OrderFlowAlert as OrderFlowAlert
    from .data_models import TimeAndSalesRecord as TimeAndSalesRecord
    from .errors import DataSourceError as DataSourceError
    from .errors import DataValidationError as DataValidationError
    from .errors import OrderFlowError as OrderFlowError
    from .errors import OtherMarketError as OtherMarketError
    from .errors import RateLimitError as RateLimitError
    from .errors import RecordInUseError as RecordInUseError
    from .guard import GuardMode as GuardMode
    from .guard import OrderFlowGuard as OrderFlowGuard
    from .held.source import PositionSource as PositionSource
    from .journal.history import AlertHistory as AlertHistory
    from .market.tape import Tape as Tape
    from .monitor import OrderFlowMonitor as OrderFlowMonitor
    from .notices import FeedEvent as FeedEvent
    from .notices import FeedEventKind as FeedEventKind
    from .notices import GuardState as GuardState
    from .notices import GuardStateKind as GuardStateKind
    from .notices import Listener as Listener
    from .notices import MonitorEvent as MonitorEvent
    from .notices import RegimeNotice as RegimeNotice
    from .notices import ThresholdNotice as ThresholdNotice
    from .notices import WallNotice as WallNotice
    from .order_flow_detector import OrderFlowDetector as OrderFlowDetector
    from .polygon_client import PolygonClient as PolygonClient
    from .position import Position as Position
    from .position import PositionManager as PositionManager
    from .recommendation import ExitRecommendation as ExitRecommendation
    from .retry import Retry as Retry
    from .rules.side.classifier import TradeSideClassifier as TradeSideClassifier
    from .rules.volume_history import VolumeHistory as VolumeHistory
    from .tape_monitor import Found as Found
    from .tape_monitor import TapeMonitor as TapeMonitor
    from .telling.describe import describe as describe
    from .telling.guard_events import GuardEvent as GuardEvent
    from .telling.guard_events import GuardListener as GuardListener
    from .telling.view import View as View
    from .validators import validate_level2_data as validate_level2_data
    from .validators import validate_order_flow_config as validate_order_flow_config
    from .validators import validate_tape_data as validate_tape_data

_HOME = {
    "AlertHistory": "journal.history",
    "DataSourceError": "errors",
    "DataValidationError": "errors",
    "ExitRecommendation": "recommendation",
    "Facts": "data_models",
    "FeedEvent": "notices",
    "FeedEventKind": "notices",
    "Found": "tape_monitor",
    "GuardEvent": "telling.guard_events",
    "GuardListener": "telling.guard_events",
    "GuardMode": "guard",
    "GuardState": "notices",
    "GuardStateKind": "notices",
    "Leaving": "recommendation",
    "Listener": "notices",
    "MonitorEvent": "notices",
    "OrderBookSnapshot": "data_models",
    "OrderFlowAlert": "data_models",
    "OrderFlowConfig": "config",
    "OrderFlowDetector": "order_flow_detector",
    "OrderFlowError": "errors",
    "OrderFlowGuard": "guard",
    "OrderFlowMonitor": "monitor",
    "OtherMarketError": "errors",
    "PolygonClient": "polygon_client",
    "Position": "position",
    "PositionManager": "position",
    "PositionSource": "held.source",
    "RateLimitError": "errors",
    "RecordInUseError": "errors",
    "RegimeNotice": "notices",
    "WallNotice": "notices",
    "Retry": "retry",
    "Scale": "data_models",
    "Tape": "market.tape",
    "TapeMonitor": "tape_monitor",
    "ThresholdNotice": "notices",
    "TimeAndSalesRecord": "data_models",
    "TradeSideClassifier": "rules.side.classifier",
    "VolumeHistory": "rules.volume_history",
    "View": "telling.view",
    "describe": "telling.describe",
    "validate_level2_data": "validators",
    "validate_order_flow_config": "validators",
    "validate_tape_data": "validators",
}
"""The module of each public name."""

__all__ = sorted(_HOME)  # noqa: PLE0605 - made of the one table


if not TYPE_CHECKING:  # to a type checker every other name is a mistake

    def __getattr__(name: str) -> Any:
        """Load a public name's module when the name is first asked for (PEP 562)."""
        if name not in _HOME:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value = getattr(import_module(f".{_HOME[name]}", __name__), name)
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOME})

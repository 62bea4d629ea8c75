"""How long one frame of 16 MB stops everything else: the event loop, and other threads' judging.

    python benchmarks/large_frames.py              the table: usual messages, and hostile ones
    python benchmarks/large_frames.py --json       for scripts

Everything runs in this process without a network: the frame is put into the queue of a consumer
with the provider's decoder, whose events go through ingest, as in `monitor`, to a sink that counts
them. A task of the same loop, which sleeps 1 ms at a time, measures the longest stop of the loop; a
thread that does the same measures how long others wait for the interpreter. The core is the
source's, not the compiled one.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass

from machine import machine_name

from trading_bot.order_flow.config import OrderFlowConfig
from trading_bot.order_flow.feed.frame_consumer import FrameConsumer
from trading_bot.order_flow.feed.frame_queue import FrameQueue
from trading_bot.order_flow.market.sink import MarketSink
from trading_bot.order_flow.providers.polygon.stream_decode import PolygonDecoder
from trading_bot.order_flow.rules.symbol_judge import SymbolJudge

"""Checks of the record's folder."""

from __future__ import annotations

from trading_bot.doctor.check import Check, fail, ok, warn
from trading_bot.doctor.looked import Looked
from trading_bot.doctor.machine import existing
from trading_bot.order_flow.journal.lock import holder_of
from trading_bot.order_flow.journal.private_files import try_to_write


def journal(looked: Looked) -> Check:
    """Check that the record can be kept, and that no other guard keeps its own there."""
    writable = journal_writable(looked)
    other = holder_of(looked.log_directory)
    if writable.state != "ok" or other is None:
        return writable
    who = "another guard" if other.pid is None else f"process {other.pid} since {other.since}"
    return warn(
        f"{looked.log_directory} is in use: locked by {who}",
        "that guard runs; stop it before you start another, or name another folder (--log-dir)",
    )


def journal_writable(looked: Looked) -> Check:
    """Check that the record can be written."""
    folder = looked.log_directory
    there = existing(folder)
    trouble = "it is no folder" if not there.is_dir() else try_to_write(there)
    if trouble:
        return fail(
            f"the record cannot be written in {folder}: {there}: {trouble}",
            "let the user of the guard write there, or name another folder (--log-dir)",
        )
    return ok(f"{folder} can be written" if there == folder else f"{folder} can be made")

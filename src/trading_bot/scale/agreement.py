"""What a worker must have in common with who gives it work, or its bytes may be others.

It is looked at when workers are met, and again with each task: a worker may join at any time.
"""

from __future__ import annotations

import hashlib
import os
import platform
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import msgspec

import trading_bot
from trading_bot.order_flow.capture.writer import plain_settings
from trading_bot.order_flow.config import OrderFlowConfig
from trading_bot.scale.specs import CODE, Input, input_of

ResultT = TypeVar("ResultT")


class DisagreementError(ValueError):
    """A worker has other code or settings, or cannot see what it has to read or write."""


class Agreement(msgspec.Struct, frozen=True):
    """Code and settings of who gives the work.

    Attributes:
        code: Version of the package, and of the form of its parts.
        source: Hash of the package's source, which its version may not tell.
        settings: As plain data, without secrets.
        config_hash: What they come to.
    """

    code: str
    source: str
    settings: Mapping[str, Any]
    config_hash: str


class Sight(msgspec.Struct, frozen=True):
    """Files and folders that every worker must see at the same path.

    Attributes:
        inputs: Files to read.
        folder: Where parts are written; None where results travel.
        token: What lies in that folder.
    """

    inputs: tuple[Input, ...]
    folder: str | None = None
    token: str | None = None


def agreement_of(config: OrderFlowConfig) -> Agreement:
    """Return what workers must agree to, as this process has it."""
    return Agreement(CODE, source_hash(), plain_settings(config), config.config_hash)


def sight_of(files: Sequence[Path], folder: Path | None = None) -> Sight:
    """Return what every worker must see.

    Args:
        files: To read.
        folder: Where parts are written; None where results travel.

    Raises:
        OSError: A file is not there.
    """
    return Sight(tuple(map(input_of, files)), None if folder is None else str(folder))


@cache
def source_hash() -> str:
    """Return 16 hex digits that change with any module of the package."""
    root = Path(trading_bot.__file__).parent
    found = hashlib.sha256()
    for path in sorted(root.rglob("*.py"), key=lambda each: each.relative_to(root).as_posix()):
        found.update(f"{path.relative_to(root).as_posix()}\n".encode())
        found.update(path.read_bytes())
    return found.hexdigest()[:16]


def disagreement(wanted: Agreement) -> str | None:
    """Return in words what this process has otherwise; None where it agrees."""
    if wanted.code != CODE:
        return f"runs trading-bot {CODE}, not {wanted.code}"
    if wanted.source != source_hash():
        return f"runs another trading-bot {CODE}: source {source_hash()}, not {wanted.source}"
    found = OrderFlowConfig(**wanted.settings).config_hash
    if found != wanted.config_hash:
        return f"makes of the same settings {found}, not {wanted.config_hash}"
    return None


def unseen(sight: Sight) -> str | None:
    """Return in words what this process cannot see; None where it sees all."""
    for each in sight.inputs:
        path = Path(each.path)
        try:
            size = path.stat().st_size
        except OSError as error:
            return f"cannot see {path}: {error.strerror}"
        if size != each.size:
            return f"sees another {path}: {size:,} bytes, not {each.size:,}"
    if sight.folder is None or sight.token is None:
        return None
    folder = Path(sight.folder)
    if not (folder / sight.token).is_file():
        return f"cannot see the folder {folder}"
    return None if os.access(folder, os.W_OK) else f"cannot write in {folder}"


def objection(wanted: Agreement, sight: Sight) -> str | None:
    """Return why this process cannot work for another; None where it can."""
    return disagreement(wanted) or unseen(sight)


def agreed(wanted: Agreement, run: Callable[..., ResultT], *args: Any, **kwargs: Any) -> ResultT:
    """Do what is asked, where this process agrees.

    Raises:
        DisagreementError: It does not, or a file that it is to read is not there.
    """
    other = disagreement(wanted)
    if other is not None:
        raise DisagreementError(f"on {platform.node()} {other}")
    try:
        return run(*args, **kwargs)
    except FileNotFoundError as error:
        seen = error.filename or error
        raise DisagreementError(f"on {platform.node()} cannot see {seen}") from error

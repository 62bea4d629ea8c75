"""Writes what the golden tests expect anew; see README.md for when that is right.

In the folder `tests`: python -m golden.refresh [CASE...]
"""

from __future__ import annotations

import sys
import tempfile
from hashlib import sha256
from pathlib import Path

from .cases import CASES, EXPECTED, SUMS


def refresh(*names: str) -> None:
    """Run these cases, or all, and write their lines and the digests of every case."""
    for name in names or CASES:
        with tempfile.TemporaryDirectory() as folder:
            lines = CASES[name](Path(folder))
        path = EXPECTED / f"{name}.jsonl"
        before = path.read_bytes().splitlines() if path.exists() else []
        path.write_bytes(lines)
        after = lines.splitlines()
        gone, new = len(set(before) - set(after)), len(set(after) - set(before))
        sys.stdout.write(f"{name}: {len(after)} lines, {new} new or changed, {gone} gone\n")
    digests = {name: sha256((EXPECTED / f"{name}.jsonl").read_bytes()) for name in CASES}
    SUMS.write_text(
        "".join(f"{each.hexdigest()}  {name}.jsonl\n" for name, each in digests.items())
    )


if __name__ == "__main__":
    refresh(*sys.argv[1:])

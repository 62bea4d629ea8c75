"""The text of one table: in blocks, and in samples from all over the file."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from trading_bot.recorded import table_text
from trading_bot.recorded.table_text import TableText

LINES = [f"{number:03d},{'x' * (number % 7)}" for number in range(400)]


@pytest.fixture(autouse=True)
def _small_samples(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table_text, "SAMPLE_BYTES", 60)


def written(path: Path, *, end: str = "\n") -> Path:
    data = ("number,text\n" + "\n".join(LINES) + end).encode()
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    return path


@pytest.mark.parametrize("end", ["\n", ""])
def test_samples_are_whole_lines_from_the_first_to_the_last(tmp_path: Path, end: str) -> None:
    # Given a file of more than all samples together
    text = TableText(written(tmp_path / "t.csv", end=end), None, 1_000)
    # When samples are taken
    samples = list(text.samples())
    # Then each is whole lines of the file, in its order, from its first line to its last
    lines = [line for sample in samples for line in sample.splitlines()]
    assert len(samples) == table_text.SAMPLES
    assert lines == [line for line in LINES if line in set(lines)]
    assert (lines[0], lines[-1]) == (LINES[0], LINES[-1])
    assert all(sample.endswith("\n") for sample in samples)
    assert not text.is_whole


def test_what_is_packed_is_sampled_from_its_first_line_on(tmp_path: Path) -> None:
    # Given a packed file
    text = TableText(written(tmp_path / "t.csv.gz"), None, 50)
    # When a few samples are taken, and then all
    samples = text.samples()
    first = next(samples)
    begun = text.is_whole
    rest = "".join(samples)
    # Then they follow one another, and the end is known when it is reached
    assert (first + rest).splitlines() == LINES
    assert (begun, text.is_whole) == (False, True)


def test_a_file_of_few_bytes_is_its_own_sample(tmp_path: Path) -> None:
    # Given a file of fewer bytes than all samples together
    path = tmp_path / "t.csv"
    path.write_text("number\n1\n2\n")
    text = TableText(path, None, 1_000)
    # When samples are taken
    # Then it is all there
    assert list(text.samples()) == ["1\n2\n"]
    assert text.is_whole

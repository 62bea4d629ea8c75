"""The container file: how it is read, and what it promises; `.ci/run` performs its steps."""

from __future__ import annotations

import re
import sys

import pytest

from .container_file import (
    CONTAINER_FILE,
    FOR_THE_ENGINE,
    Step,
    command_of,
    in_context,
    main,
    places_of,
    steps_of,
)

STEPS = steps_of(CONTAINER_FILE.read_text(encoding="utf-8"))


def texts(name: str) -> list[str]:
    return [step.text for step in STEPS if step.name == name]


def test_steps_are_read_over_continued_lines_and_without_comments() -> None:
    # Given a file with a comment and a step of two lines
    text = 'FROM a:1\n\n# why\nRUN b \\\n    && c\nWORKDIR /d\nCMD ["e", "f"]\n'
    # When it is read
    steps = steps_of(text)
    # Then each step is one
    assert steps == [
        Step("FROM", "a:1"),
        Step("RUN", "b && c"),
        Step("WORKDIR", "/d"),
        Step("CMD", '["e", "f"]'),
    ]
    assert (command_of(steps, "CMD"), places_of(steps)) == (["e", "f"], ["/d"])


def test_the_image_is_pinned_and_installs_hashed_files_only() -> None:
    # Given the container file
    # When what it takes from elsewhere is read
    (base,) = texts("FROM")
    installs = [text for text in texts("RUN") if "pip install" in text]
    # Then the base has a whole version, and whatever is fetched has a hash
    assert re.fullmatch(r"docker\.io/library/python:\d+\.\d+\.\d+-slim-\w+", base)
    assert len(installs) == 2
    assert all("--require-hashes" in text or "--no-deps" in text for text in installs)


def test_the_guard_is_no_administrator_and_ends_cleanly() -> None:
    # Given the container file
    # When it is read who runs the guard, and how it is ended and looked at
    # Then it is no administrator, is asked to end, and the check is that of a running guard
    assert texts("ARG") == ["UID=10001"]
    assert texts("USER") == ["${UID}:${UID}"]
    assert texts("STOPSIGNAL") == ["SIGTERM"]
    assert command_of(STEPS, "HEALTHCHECK") == ["trading-bot", "health", "--running"]


def test_only_what_is_copied_goes_to_the_engine() -> None:
    # Given what the container file copies
    copied = {word for text in texts("COPY") for word in text.split()[:-1]}
    # When it is compared with what an engine may see of the checkout
    # Then it is all of that, and no key, position or record is
    assert in_context() == copied


def test_every_step_is_one_that_is_performed_or_the_engines() -> None:
    # Given the container file
    # When its steps are read
    names = {step.name for step in STEPS}
    # Then none is unknown
    assert names - set(FOR_THE_ENGINE) == {"ARG", "ENV", "WORKDIR", "COPY", "RUN"}


@pytest.mark.packaging
@pytest.mark.skipif(sys.platform == "win32", reason="the image is one of Linux")
def test_its_steps_lead_to_a_guard_that_is_well() -> None:
    # Given a bare environment
    # When every step is performed in it, and the guard runs there
    # Then the health check passes
    assert main() == 0

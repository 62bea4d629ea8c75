"""One writer a folder: who is refused, and whom nothing that is over keeps out."""

from __future__ import annotations

import errno
import json
import logging
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from pytest_mock import MockerFixture

from trading_bot.order_flow.errors import OrderFlowError, RecordInUseError
from trading_bot.order_flow.journal import lock as lock_module
from trading_bot.order_flow.journal.lock import LOCK_FILE, FolderLock, holder_of

posix_only = pytest.mark.skipif(sys.platform == "win32", reason="forks, kills, or moves open files")
HOLDER = (
    "import sys, threading; from pathlib import Path\n"
    "from trading_bot.order_flow.journal.lock import FolderLock\n"
    "lock = FolderLock(Path(sys.argv[1])); lock.take(); print('on', flush=True)\n"
    "threading.Event().wait()"
)


def refused(folder: Path) -> RecordInUseError:
    """Return how somebody else is refused the lock of a folder."""
    with pytest.raises(RecordInUseError) as caught:
        FolderLock(folder).take()
    return caught.value


def test_a_second_lock_on_a_folder_is_refused_and_names_the_first(tmp_path: Path) -> None:
    # Given a folder that is locked
    lock = FolderLock(tmp_path / "deep" / "record")
    lock.take()
    # When another asks for it in the same process
    error = refused(tmp_path / "deep" / "record")
    lock.release()
    # Then the error says which folder, who has it, and since when
    assert isinstance(error, OrderFlowError | ValueError)
    assert (error.code, error.folder) == ("record_in_use", tmp_path / "deep" / "record")
    assert error.pid == os.getpid()
    assert error.since is not None
    assert f"process {os.getpid()}, since 20" in str(error)


def test_a_lock_that_is_released_can_be_taken_by_another_and_leaves_nothing(
    tmp_path: Path,
) -> None:
    # Given a lock that was taken twice by the same, and released twice
    lock = FolderLock(tmp_path)
    lock.take()
    lock.take()
    lock.release()
    lock.release()
    left = list(tmp_path.iterdir())
    # When another asks for it
    with FolderLock(tmp_path).taken():
        # Then it has it, and nothing had been left behind
        assert (tmp_path / LOCK_FILE).exists()
    assert left == list(tmp_path.iterdir()) == []


def test_a_link_to_the_folder_is_the_same_folder(tmp_path: Path) -> None:
    # Given a locked folder, and a link to it
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    with FolderLock(tmp_path / "real").taken():
        # When it is asked for by the link
        # Then it is refused
        assert refused(tmp_path / "link").pid == os.getpid()


def test_another_thread_is_refused(tmp_path: Path) -> None:
    # Given a folder that is locked
    found = []
    with FolderLock(tmp_path).taken():
        # When another thread asks for it
        thread = threading.Thread(target=lambda: found.append(refused(tmp_path)))
        thread.start()
        thread.join()
    # Then it is refused
    assert [each.code for each in found] == ["record_in_use"]


@posix_only
@pytest.mark.slow
def test_another_process_keeps_it_until_it_is_killed(tmp_path: Path) -> None:
    # Given another process that has the folder
    with subprocess.Popen(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", HOLDER, str(tmp_path)], stdout=subprocess.PIPE
    ) as child:
        assert child.stdout is not None
        child.stdout.readline()
        error = refused(tmp_path)
        # When it is killed
        child.send_signal(signal.SIGKILL)
    # Then its lock is nobody's, though the file is there
    assert error.pid == child.pid
    assert (tmp_path / LOCK_FILE).exists()
    with FolderLock(tmp_path).taken():
        assert json.loads((tmp_path / LOCK_FILE).read_bytes())["pid"] == os.getpid()


FORK = (
    "import os, sys; from pathlib import Path\n"
    "from trading_bot.order_flow.errors import RecordInUseError\n"
    "from trading_bot.order_flow.journal.lock import FolderLock\n"
    "folder = Path(sys.argv[1]); lock = FolderLock(folder); lock.take()\n"
    "ready, go = os.pipe(), os.pipe()\n"
    "if os.fork():\n"
    "    print(os.read(ready[0], 9).decode()); lock.release()\n"
    "    FolderLock(folder).take(); print('free')\n"
    "    os.write(go[1], b'x'); os.wait()\n"
    "else:\n"
    "    try: FolderLock(folder).take()\n"
    "    except RecordInUseError: os.write(ready[1], b'refused')\n"
    "    os.read(go[0], 1)\n"
)


@posix_only
@pytest.mark.slow
def test_a_forked_process_is_refused_and_keeps_nothing_of_its_parent(tmp_path: Path) -> None:
    # Given a process that has the lock, and forks
    # When the child asks for it, and then the parent lets go of it while the child lives
    run = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", FORK, str(tmp_path)], capture_output=True, text=True, check=True
    )
    # Then the child was refused, and its copy keeps nobody out
    assert run.stdout.split() == ["refused", "free"]


@posix_only
def test_the_copies_of_a_forked_process_are_closed(tmp_path: Path) -> None:
    # Given a lock that is held, and one that is not
    lock, idle = FolderLock(tmp_path / "a"), FolderLock(tmp_path / "b")
    lock.take()
    # When what a child does first is done
    lock_module._close_copies()
    # Then both are nobody's here
    assert (lock.is_held, idle.is_held) == (False, False)
    with FolderLock(tmp_path / "a").taken():
        pass


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[1]", b"\xff", b'{"pid":"x","since":5}', b"[" * 999]
)
def test_a_holder_that_does_not_say_who_it_is_is_another_guard(
    tmp_path: Path, content: bytes
) -> None:
    # Given a lock whose file says nothing that can be read
    with FolderLock(tmp_path).taken():
        (tmp_path / LOCK_FILE).write_bytes(content)
        # When another asks for it
        error = refused(tmp_path)
    # Then it is refused all the same
    assert (error.pid, error.since) == (None, None)
    assert "the record of another guard" in str(error)


@pytest.mark.parametrize("number", [errno.ENOLCK, errno.EOPNOTSUPP])
def test_a_file_system_without_locks_keeps_a_record_without_one(
    tmp_path: Path, mocker: MockerFixture, caplog: pytest.LogCaptureFixture, number: int
) -> None:
    # Given a file system that knows no locks
    mocker.patch.object(lock_module, "_try_lock", side_effect=OSError(number, os.strerror(number)))
    lock = FolderLock(tmp_path)
    # When the lock is asked for, again and again
    with caplog.at_level(logging.WARNING):
        lock.take()
        lock.take()
    # Then it goes without, and says so once
    assert not lock.is_held
    assert not lock.is_in_place()
    assert [each.getMessage() for each in caplog.records] == ["order_flow.record_not_locked"]


def test_a_folder_that_cannot_be_made_keeps_nobody_from_judging(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    # Given a file where the folder should be
    (tmp_path / "record").write_bytes(b"")
    lock = FolderLock(tmp_path / "record")
    # When the lock is asked for
    with caplog.at_level(logging.WARNING):
        lock.take()
    # Then it goes without
    assert not lock.is_held
    assert len(caplog.records) == 1


@posix_only
def test_a_lock_whose_folder_was_replaced_is_not_in_its_place(tmp_path: Path) -> None:
    # Given a locked folder
    folder = tmp_path / "record"
    lock = FolderLock(folder)
    lock.take()
    was_in_place = lock.is_in_place()
    # When it is moved away, and another stands there, which another guard has
    folder.rename(tmp_path / "old")
    other = FolderLock(folder)
    other.take()
    # Then the first sees that it has lost its place, and lets go of what is its own alone
    assert (was_in_place, lock.is_in_place()) == (True, False)
    lock.release()
    assert other.is_in_place()
    other.release()


@posix_only
def test_a_folder_that_is_replaced_while_it_is_being_locked_is_tried_again(
    tmp_path: Path, mocker: MockerFixture
) -> None:
    # Given a folder whose lock file is removed just as it is locked
    really, times = lock_module._try_lock, []

    def lock_and_lose(descriptor: int) -> bool:
        times.append(descriptor)
        if len(times) == 1:
            (tmp_path / LOCK_FILE).unlink()
        return really(descriptor)

    mocker.patch.object(lock_module, "_try_lock", side_effect=lock_and_lose)
    # When the lock is asked for
    with FolderLock(tmp_path).taken():
        # Then what it has is the folder's own
        assert refused(tmp_path).pid == os.getpid()


def test_a_disk_that_takes_no_more_locks_all_the_same(
    tmp_path: Path, mocker: MockerFixture
) -> None:
    # Given a full disk
    mocker.patch.object(os, "write", side_effect=OSError(errno.ENOSPC, "full"))
    # When the lock is asked for
    with FolderLock(tmp_path).taken():
        mocker.stopall()
        # Then others are refused, and not told by whom
        assert refused(tmp_path).pid is None


@posix_only
def test_a_file_that_cannot_be_removed_is_let_go_of(tmp_path: Path, mocker: MockerFixture) -> None:
    # Given a lock whose file cannot be removed, as on Windows while it is open
    lock = FolderLock(tmp_path)
    lock.take()
    mocker.patch.object(Path, "unlink", side_effect=PermissionError())
    # When it is released
    lock.release()
    mocker.stopall()
    # Then another can have it
    with FolderLock(tmp_path).taken():
        pass


def test_who_holds_a_folder_can_be_asked_without_touching_it(tmp_path: Path) -> None:
    # Given a folder without a lock, then locked, then not any more
    before = holder_of(tmp_path)
    with FolderLock(tmp_path).taken():
        # When it is asked who holds it
        during = holder_of(tmp_path)
        still = refused(tmp_path)
    after = holder_of(tmp_path)
    # Then the holder is named while there is one, and asking takes nothing from it
    assert (before, after) == (None, None)
    assert during is not None
    assert (during.pid, during.since) == (still.pid, still.since) == (os.getpid(), still.since)
    assert list(tmp_path.iterdir()) == []


def test_asking_who_holds_a_folder_holds_nobody_off(tmp_path: Path) -> None:
    # Given what a killed process has left
    (tmp_path / LOCK_FILE).write_bytes(b"{}")
    # When it is asked who holds it, and it is taken
    asked = holder_of(tmp_path)
    # Then nobody did, and it can be
    assert asked is None
    with FolderLock(tmp_path).taken():
        assert holder_of(tmp_path) is not None


def test_a_file_system_without_locks_names_no_holder(tmp_path: Path, mocker: MockerFixture) -> None:
    # Given a file system that knows none
    (tmp_path / LOCK_FILE).write_bytes(b"{}")
    mocker.patch.object(lock_module, "_try_lock", side_effect=OSError(errno.ENOLCK, "no locks"))
    # When it is asked who holds it, then it is nobody
    assert holder_of(tmp_path) is None

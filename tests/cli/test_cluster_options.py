"""The options that say in which cluster a command's work is done."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result

from trading_bot.cli import options
from trading_bot.cli.app import app
from trading_bot.cli.cluster import cluster
from trading_bot.research import extras
from trading_bot.scale.address import ClusterAddress

_TLS = ("--cluster-tls-ca", "CA", "--cluster-tls-cert", "CA", "--cluster-tls-key", "CA")


def asked(*arguments: str) -> tuple[Result, list[Any]]:
    """Return how a command ends, and what it was given."""
    given: list[Any] = []

    @click.command("toil")
    @options.jobs
    @cluster
    def toil(jobs: int | None, cluster: ClusterAddress | None) -> None:
        given.append((jobs, cluster))

    return CliRunner().invoke(toil, arguments), given


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    paths = [tmp_path / name for name in ("ca.pem", "cert.pem", "key.pem")]
    for path in paths:
        path.touch()
    return paths


def test_without_a_cluster_there_is_none() -> None:
    # Given a command line without one
    # When it is read
    # Then the command is given none
    assert asked("--jobs", "3")[1] == [(3, None)]


def test_a_cluster_is_handed_on() -> None:
    # Given the address of one
    # When it is read
    # Then the command is given it
    assert asked("--cluster", "tcp://host:8786")[1] == [(None, ClusterAddress("tcp://host:8786"))]


def test_certificates_are_handed_on(files: list[Path]) -> None:
    # Given an address with certificates
    ca, cert, key = files
    tls = ["--cluster-tls-ca", str(ca), "--cluster-tls-cert", str(cert)]
    # When they are read
    _, given = asked("--cluster", "tls://host:8786", *tls, "--cluster-tls-key", str(key))
    # Then the command is given them
    assert given == [(None, ClusterAddress("tls://host:8786", ca, cert, key))]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--cluster", "host:8786"], "--cluster host:8786: must be such as tcp://host:8786"),
        (["--cluster", "tcp://host"], "--cluster tcp://host: must be such as tcp://host:8786"),
        (
            ["--cluster", "tcp://host:8786", "--jobs", "2"],
            "--cluster and --jobs: either one; the cluster counts its workers",
        ),
        (["--cluster-tls-ca", "CA"], "--cluster-tls-ca, -cert and -key go with --cluster"),
        (
            ["--cluster", "tls://host:8786", "--cluster-tls-ca", "CA"],
            "--cluster-tls-ca, -cert and -key go together, with --cluster tls://host:8786",
        ),
        (
            ["--cluster", "tcp://host:8786", *_TLS],
            "--cluster-tls-ca, -cert and -key go together, with --cluster tls://host:8786",
        ),
    ],
)
def test_what_does_not_go_together_is_said(
    arguments: list[str], said: str, files: list[Path]
) -> None:
    # Given options that do not go together
    # When they are read
    result, given = asked(*(str(files[0]) if each == "CA" else each for each in arguments))
    # Then it is said, and nothing is begun
    assert (result.exit_code, given) == (2, [])
    assert said in " ".join(result.output.split())


def test_the_extra_names_itself_where_it_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    # Given that Dask is not installed
    monkeypatch.setitem(extras._PACKAGES, "cluster", ("not_installed_here",))
    # When a cluster is asked for
    result, _ = asked("--cluster", "tcp://host:8786")
    # Then the error says what to install
    assert "toil --cluster needs not_installed_here, of the extra 'cluster'" in str(
        result.exception
    )


@pytest.mark.parametrize("command", ["replay", "score", "calibrate", "sides"])
def test_what_has_jobs_has_a_cluster(command: str) -> None:
    # Given a command that shares its work
    # When its help is read
    said = CliRunner().invoke(app, [command, "--help"]).output
    # Then both are offered
    assert "--jobs" in said
    assert "--cluster-tls-key" in said

"""The log-in to Robinhood, a step at each question: nobody is asked to type, and nothing waits.

robin_stocks' own log-in asks at the terminal, sleeps for minutes while a phone is looked at, and
keeps its tokens in a file of the home folder. Here each step ends at once, by a token or by a
sentence that says what a person has to do. Name and password that were refused are not tried again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID, uuid5

from robin_stocks.robinhood import urls

from trading_bot.brokers.exchange import Answer
from trading_bot.brokers.robinhood import errors
from trading_bot.brokers.robinhood.one_time_code import one_time_code
from trading_bot.brokers.robinhood.session import BASE_URL, RobinhoodSession
from trading_bot.brokers.robinhood.wire import (
    CodeWanted,
    LetIn,
    WorkflowBegun,
    challenge_in,
    id_in,
    is_approved,
    login_in,
    status_in,
)
from trading_bot.order_flow.clock import Clock
from trading_bot.order_flow.diagnostics import hide
from trading_bot.order_flow.errors import DataSourceError
from trading_bot.order_flow.providers.secrets import Secrets

TOKEN: Final = urls.login_url().removeprefix(BASE_URL)
MACHINE: Final = "/pathfinder/user_machine/"
AGAIN_AFTER: Final = timedelta(seconds=60)
"""How long after a log-in the next one may be: a token that is refused at once stays refused."""
APPROVED_WITHIN: Final = timedelta(minutes=5)
"""How long an approval is waited for before a new one is asked for."""
# Of robin_stocks, which logs in as Robinhood's own web page does.
_CLIENT: Final = "c82SH0WZOsabOXGP2sxqcj34FxkvfnWRZBKlBjFS"
_DAY_SECONDS: Final = 86_400
_DEVICES: Final = UUID("0f6d3a5e-2b7c-4f0e-9a1d-6c8e4b7a9d21")


@dataclass(frozen=True, slots=True)
class _Approval:
    """A device that is to be approved.

    Attributes:
        machine_id: Of the workflow.
        asked_at: Since when.
        challenge_id: What the phone shows; empty where that is not known yet.
    """

    machine_id: str
    asked_at: datetime
    challenge_id: str = ""


class Login:
    """What lets questions in.

    Args:
        session: By which it is asked.
        secrets: Where name, password and the authenticator's secret are.
        clock: The machine's present.
    """

    def __init__(self, session: RobinhoodSession, secrets: Secrets, clock: Clock) -> None:
        self._session = session
        self._secrets = secrets
        self._clock = clock
        self._authorization = ""
        self._logged_in_at: datetime | None = None
        self._refused: DataSourceError | None = None
        self._approval: _Approval | None = None

    def authorization(self) -> str:
        """Return the header that lets a question in; never to be shown.

        Raises:
            DataSourceError: There is none yet, and what has to be done.
        """
        if self._authorization:
            return self._authorization
        username, password = map(self._secrets.get, errors.LOGIN_VARIABLES)
        if not username or not password:
            return self._of_the_process()
        if self._refused is not None:
            raise self._refused
        if self._approval is not None:
            self._look(self._approval)
        now = self._clock()
        if self._logged_in_at is not None and now - self._logged_in_at < AGAIN_AFTER:
            raise errors.logged_out(is_own=True)
        self._log_in(username, password, now)
        return self._authorization

    def forget(self) -> DataSourceError:
        """Give up a log-in that is no longer let in; return what that is called."""
        is_own = bool(self._authorization)
        self._authorization = ""
        return errors.logged_out(is_own=is_own)

    def _of_the_process(self) -> str:
        found = self._session.found_authorization
        if not found:
            raise errors.missing_login()
        hide(found.rpartition(" ")[2])
        return found

    def _log_in(self, username: str, password: str, now: datetime) -> None:
        answer = self._session.post(TOKEN, self._fields(username, password))
        # What is refused has its words in a body of its own.
        if answer.status not in (200, 400, 401, 403):
            raise _failed(answer, TOKEN, now)
        match login_in(answer.body, TOKEN):
            case LetIn(authorization):
                hide(authorization.rpartition(" ")[2])
                self._authorization, self._logged_in_at = authorization, now
            case WorkflowBegun(workflow_id):
                self._begin(workflow_id, username, password, now)
            case CodeWanted(way):
                self._refused = errors.mfa_needed() if way == "app" else errors.code_needed(way)
                raise self._refused
            case _:
                self._refused = errors.wrong_login(answer.status, answer.body)
                raise self._refused

    def _begin(self, workflow_id: str, username: str, password: str, now: datetime) -> None:
        fields = {
            "device_id": _device(username, password),
            "flow": "suv",
            "input": {"workflow_id": workflow_id},
        }
        answer = self._session.post(MACHINE, fields, as_json=True)
        if answer.status != 200:
            raise _failed(answer, MACHINE, now)
        self._approval = _Approval(id_in(answer.body, MACHINE), now)
        self._look(self._approval)
        # Approved at the first look: the next question logs in.
        raise errors.approval_awaited()

    def _look(self, approval: _Approval) -> None:
        """Return once a device is approved.

        Raises:
            DataSourceError: It is not, or not yet.
        """
        now = self._clock()
        if now - approval.asked_at > APPROVED_WITHIN:
            self._approval = None
            raise errors.approval_refused()
        path = f"/pathfinder/inquiries/{approval.machine_id}/user_view/"
        if not approval.challenge_id:
            challenge = challenge_in(self._said(path), path)
            if challenge is None:
                raise errors.unknown_workflow(path.partition("/inquiries")[0])
            if challenge.way != "prompt":
                self._refused = errors.code_needed(challenge.way)
                raise self._refused
            approval = _Approval(approval.machine_id, approval.asked_at, challenge.challenge_id)
            self._approval = approval
        asked = f"/push/{approval.challenge_id}/get_prompts_status/"
        status = status_in(self._said(asked), asked)
        if status in ("failed", "denied", "expired"):
            self._approval = None
            raise errors.approval_refused()
        if status != "validated":
            raise errors.approval_awaited()
        going_on = {"sequence": 0, "user_input": {"status": "continue"}}
        answer = self._session.post(path, going_on, as_json=True)
        if answer.status != 200:
            raise _failed(answer, path, now)
        if not is_approved(answer.body, path):
            raise errors.approval_awaited()
        self._approval = None

    def _said(self, path: str) -> bytes:
        answer = self._session.get(path)
        if answer.status != 200:
            raise _failed(answer, path, self._clock())
        return answer.body

    def _fields(self, username: str, password: str) -> dict[str, Any]:
        fields = {
            "client_id": _CLIENT,
            "expires_in": _DAY_SECONDS,
            "grant_type": "password",
            "password": password,
            "scope": "internal",
            "username": username,
            "device_token": _device(username, password),
            "try_passkeys": False,
            "token_request_path": "/login",
            "create_read_only_secondary_token": True,
        }
        if secret := self._secrets.get(errors.MFA_VARIABLE):
            fields["mfa_code"] = self._code(secret)
        return fields

    def _code(self, secret: str) -> str:
        try:
            return one_time_code(secret, self._clock())
        except ValueError as error:
            raise errors.bad_mfa_secret() from error


def _device(username: str, password: str) -> str:
    """Return the name of this device: the same at each start, so that it is approved once."""
    return str(uuid5(_DEVICES, f"{username}\0{password}"))


def _failed(answer: Answer, path: str, now: datetime) -> DataSourceError:
    return errors.error_from_answer(answer.status, answer.headers, answer.body, path, now)

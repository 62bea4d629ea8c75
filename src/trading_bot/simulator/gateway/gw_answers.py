"""Errors in the historical API's shape, and what faults answer in it."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

from aiohttp import web

from trading_bot.simulator.faults.faults import Fault
from trading_bot.simulator.gateway.gw_terms import AUTHENTICATION_FAILED
from trading_bot.simulator.rest import bodies

_WITHOUT_SHAPE = frozenset({"bad_gateway_html", "empty_body"})
"""Faults whose answer is none of the API."""


class RefusedError(Exception):
    """A request that is answered with an error.

    Args:
        status: Of HTTP.
        case: What is wrong, as one word.
        message: The same for a person.
    """

    def __init__(self, status: HTTPStatus, case: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.case = case


UNKNOWN_KEY: Final = RefusedError(
    HTTPStatus.UNAUTHORIZED, "auth_authentication_failed", AUTHENTICATION_FAILED
)
_SERVER_ERROR = RefusedError(
    HTTPStatus.INTERNAL_SERVER_ERROR, "server_error", "Internal server error."
)
_OF_FAULTS: Mapping[str, RefusedError] = {
    "rate_limited": RefusedError(
        HTTPStatus.TOO_MANY_REQUESTS, "rate_limited", "Too many requests."
    ),
    "unavailable": RefusedError(
        HTTPStatus.SERVICE_UNAVAILABLE, "unavailable", "Service unavailable."
    ),
    "unknown_key": UNKNOWN_KEY,
    "not_authorized": RefusedError(
        HTTPStatus.FORBIDDEN, "license_not_found_forbidden", "Not authorized."
    ),
    "not_found": RefusedError(HTTPStatus.NOT_FOUND, "not_found", "Not found."),
}


def error_answer(error: RefusedError) -> web.Response:
    """Return an error in the API's shape."""
    detail = {
        "case": error.case,
        "message": str(error),
        "status_code": int(error.status),
        "payload": None,
    }
    return bodies.encode(error.status, {"detail": detail})


def answer_of(fault: Fault) -> web.Response:
    """Return what a fault answers in the place of data."""
    if fault.kind in _WITHOUT_SHAPE:
        return bodies.faulty(fault, "")
    answer = error_answer(_OF_FAULTS.get(fault.kind, _SERVER_ERROR))
    if fault.retry_after is not None:
        answer.headers["Retry-After"] = f"{fault.retry_after:g}"
    return answer

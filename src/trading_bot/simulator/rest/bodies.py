"""The provider's error bodies, and answers that go wrong on their way."""

from __future__ import annotations

import gzip
from http import HTTPStatus

import msgspec
from aiohttp import web

from trading_bot.simulator.faults.faults import Fault
from trading_bot.simulator.rest.wire import Row

_GZIP_FROM_BYTES = 2_000
_NOT_ENTITLED = (
    "You are not entitled to this data. Please upgrade your plan at https://polygon.io/pricing"
)
_TOO_MANY = (
    "You've exceeded the maximum requests per minute, please wait or upgrade your subscription "
    "to continue. https://polygon.io/pricing"
)
_BAD_GATEWAY = (
    "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n"
    "<center><h1>502 Bad Gateway</h1></center>\r\n</body>\r\n</html>\r\n"
)


def encode(status: int, body: object, *, zipped: bool = False) -> web.Response:
    """Return a JSON answer, compressed when it is long and the client takes that."""
    data = msgspec.json.encode(body)
    headers = {}
    if zipped and len(data) >= _GZIP_FROM_BYTES:
        data = gzip.compress(data, compresslevel=1, mtime=0)
        headers["Content-Encoding"] = "gzip"
    return web.Response(status=status, body=data, headers=headers, content_type="application/json")


def error(status: HTTPStatus, request_id: str, message: str) -> web.Response:
    """Return an error in the provider's usual shape."""
    return encode(status, {"status": "ERROR", "request_id": request_id, "error": message})


def unknown_key(request_id: str) -> web.Response:
    """Return the answer to a key that no account has."""
    return error(HTTPStatus.UNAUTHORIZED, request_id, "Unknown API Key")


def missing_key(request_id: str) -> web.Response:
    """Return the answer to a request without a key."""
    return error(HTTPStatus.UNAUTHORIZED, request_id, "API Key was not provided")


def not_entitled(request_id: str) -> web.Response:
    """Return the answer to a plan that does not include the data."""
    body = {"status": "NOT_AUTHORIZED", "request_id": request_id, "message": _NOT_ENTITLED}
    return encode(HTTPStatus.FORBIDDEN, body)


def not_found(request_id: str) -> web.Response:
    """Return the answer to a symbol or path that is not known."""
    return encode(HTTPStatus.NOT_FOUND, {"status": "NotFound", "request_id": request_id})


def good(request_id: str, fields: Row, *, status: str = "OK", zipped: bool = False) -> web.Response:
    """Return an answer with data."""
    body = {"status": status, "request_id": request_id, **fields}
    return encode(HTTPStatus.OK, body, zipped=zipped)


def faulty(fault: Fault, request_id: str) -> web.Response:
    """Return the answer that a fault gives in place of data; `hang` and the like have none."""
    match fault.kind:
        case "rate_limited":
            answer = error(HTTPStatus.TOO_MANY_REQUESTS, request_id, _TOO_MANY)
        case "unavailable":
            answer = error(HTTPStatus.SERVICE_UNAVAILABLE, request_id, "Service Unavailable")
        case "bad_gateway_html":
            return web.Response(status=502, text=_BAD_GATEWAY, content_type="text/html")
        case "empty_body":
            return web.Response(status=200, body=b"", content_type="application/json")
        case "unknown_key":
            return unknown_key(request_id)
        case "not_authorized":
            return not_entitled(request_id)
        case "not_found":
            return not_found(request_id)
        case "status_error":
            return error(HTTPStatus.OK, request_id, "An error occurred")
        case _:
            answer = error(HTTPStatus.INTERNAL_SERVER_ERROR, request_id, "Internal Server Error")
    if fault.retry_after is not None:
        answer.headers["Retry-After"] = f"{fault.retry_after:g}"
    return answer


def truncated(answer: web.Response) -> web.Response:
    """Return an answer with half of its bytes, as if they were all: valid HTTP, broken JSON."""
    data = answer.body
    half = bytes(data[: len(data) // 2]) if isinstance(data, bytes) else b""
    headers = {
        name: answer.headers[name] for name in ("Content-Encoding",) if name in answer.headers
    }
    return web.Response(
        status=answer.status, body=half, headers=headers, content_type="application/json"
    )


async def cut_short(request: web.Request, answer: web.Response) -> web.StreamResponse:
    """Promise an answer's length, send half of it and hang up."""
    data = answer.body if isinstance(answer.body, bytes) else b""
    cut = web.StreamResponse(status=answer.status, headers={"Content-Length": str(len(data))})
    cut.content_type = "application/json"
    await cut.prepare(request)
    await cut.write(data[: len(data) // 2])
    hang_up(request)
    return cut


def hang_up(request: web.Request) -> None:
    """Close the request's connection without another byte."""
    if request.transport is not None:
        request.transport.close()

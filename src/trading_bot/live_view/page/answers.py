"""What every answer carries: nothing is kept, framed, guessed or told to anybody else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from aiohttp import web

from trading_bot.live_view.page.gate import Refused

TEXT: Final = "text/plain; charset=utf-8"
JSON: Final = "application/json"
EVENTS: Final = "text/event-stream"

_POLICY: Final = (
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
)
HEADERS: Final[Mapping[str, str]] = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "; ".join(_POLICY),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    # The token stands in the address.
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    # Else the library names itself and its version, which is of use to nobody who means well.
    "Server": "page",
}


def answer(
    body: bytes, kind: str, *, status: int = 200, headers: Mapping[str, str] | None = None
) -> web.Response:
    """Return a whole answer, after which the connection ends."""
    given = {**HEADERS, "Content-Type": kind, **(headers or {})}
    response = web.Response(status=status, body=body, headers=given)
    response.force_close()
    return response


def refusal(refused: Refused) -> web.Response:
    """Return an answer that says why."""
    return answer(
        f"{refused.words}\n".encode(), TEXT, status=refused.status, headers=refused.headers
    )


def event_stream() -> web.StreamResponse:
    """Return an answer that goes on."""
    response = web.StreamResponse(headers={**HEADERS, "Content-Type": EVENTS})
    response.force_close()
    return response

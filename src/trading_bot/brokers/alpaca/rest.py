"""One question to Alpaca by HTTP: a GET, whose refusal is named."""

from __future__ import annotations

from trading_bot.brokers.alpaca.errors import error_from_answer
from trading_bot.brokers.exchange import Exchange
from trading_bot.order_flow.clock import Clock


class AlpacaRest:
    """The connections to one host with one key; nothing but GET is ever sent.

    Args:
        base_url: The host.
        key: Its key.
        secret: The key's secret.
        clock: The machine's present.
        seconds: How long one question may take.
        is_paper: Whether the paper account is asked for.
        allow_insecure: Send the key without TLS, also to another machine.
    """

    def __init__(
        self,
        base_url: str,
        key: str,
        secret: str,
        *,
        clock: Clock,
        seconds: float,
        is_paper: bool,
        allow_insecure: bool,
    ) -> None:
        self._exchange = Exchange(base_url, allow_insecure=allow_insecure)
        self._headers = {
            "APCA-API-KEY-ID": key,
            "APCA-API-SECRET-KEY": secret,
            "Accept-Encoding": "identity",
        }
        self._clock = clock
        self._seconds = seconds
        self._is_paper = is_paper

    def get(self, path: str) -> bytes:
        """Return the body of an answer with status 200.

        Raises:
            DataSourceError: There is none; `code` says why.
        """
        answer = self._exchange.ask("GET", path, self._headers, self._seconds)
        if answer.status != 200:
            raise error_from_answer(
                answer.status,
                answer.headers,
                answer.body,
                path,
                self._clock(),
                is_paper=self._is_paper,
            )
        return answer.body

    def close(self) -> None:
        """Close the connections; a later question opens new ones."""
        self._exchange.close()

"""Shared by WeChat and WeCom: requests that carry a token, which we fetch, cache and renew.

The cache holds the token under a name that only somebody who knows the secret can compute; losing it costs
one request. One process at a time asks for a new token while the others wait. Nobody else may fetch tokens
with the same secret.
"""

import hashlib
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.core.cache import cache

from delivery.channels.base import Failure, LostReply, TemporaryFailure
from delivery.channels.http import FILE_BYTES, REPLY_BYTES, REST_SECONDS, Reply, parsed, request

TOO_OLD_SECONDS = 300  # seconds; we do not use a token in its last five minutes
TURN_AGAIN = 0.1  # seconds until a process that waits for another's token looks again


@dataclass(frozen=True)
class Api:
    """An interface with tokens.

    `fetch(is_forced)` asks for a token and returns the provider's answer. `stale`: codes that mean that the
    token is no longer good. `refusal` makes a failure from a code, without the words beside it.
    """

    name: str
    base: str
    seconds: float
    stale: frozenset[int]
    fetch: Callable[[bool], dict[str, Any]]
    refusal: Callable[[int], Failure]

    @property
    def kept_as(self) -> str:
        return f"messaging:token:{hashlib.sha256(self.name.encode()).hexdigest()}"

    def call(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """Return the provider's answer, whose `errcode` is 0. Raises a Failure."""
        token = self._token()
        answer = self._ask(path, token, body)
        if code_of(answer) in self.stale:
            answer = self._ask(path, self._renewed(token), body)
        if code_of(answer):
            raise self.refusal(code_of(answer))
        return answer

    def ask(self, path: str, **params: str) -> dict[str, Any]:
        """Do the same for a request that only reads."""
        token = self._token()
        answer = parsed(self._get(path, token, params))
        if code_of(answer) in self.stale:
            answer = parsed(self._get(path, self._renewed(token), params))
        if code_of(answer):
            raise self.refusal(code_of(answer))
        return answer

    def download(self, path: str, **params: str) -> Reply:
        """Return a file. If the provider answers in JSON instead, raise its code as a Failure."""
        token = self._token()
        reply = self._get(path, token, params, FILE_BYTES)
        if _is_json(reply) and code_of(parsed(reply)) in self.stale:
            reply = self._get(path, self._renewed(token), params, FILE_BYTES)
        if _is_json(reply):
            raise self.refusal(code_of(parsed(reply)))
        return reply

    def _get(
        self, path: str, token: str, params: dict[str, str], most_bytes: int = REPLY_BYTES
    ) -> Reply:
        return request(
            "GET",
            self.base + path,
            self.seconds,
            params={"access_token": token} | params,
            most_bytes=most_bytes,
        )

    def _ask(self, path: str, token: str, body: dict[str, Any]) -> dict[str, Any]:
        reply = request(
            "POST", self.base + path, self.seconds, params={"access_token": token}, json=body
        )
        return parsed(reply)

    def _token(self) -> str:
        if kept := cache.get(self.kept_as):
            return kept
        with self._one_at_a_time():
            return cache.get(self.kept_as) or self._fetched(is_forced=False)

    def _renewed(self, refused: str) -> str:
        """Return a new token. Another worker may have renewed it in the meantime.

        We force a new one only if the provider itself still returns the refused one.
        """
        with self._one_at_a_time():
            kept = cache.get(self.kept_as)
            if kept and kept != refused:
                return kept
            token = self._fetched(is_forced=False)
            return token if token != refused else self._fetched(is_forced=True)

    @contextmanager
    def _one_at_a_time(self) -> Iterator[None]:
        """Let one process at a time in.

        A process that has waited as long as a request may take goes ahead: the other process is dead, and
        asking twice for the same token does no harm.
        """
        turn, until = f"{self.kept_as}:turn", time.monotonic() + self.seconds
        while not (is_mine := cache.add(turn, "taken", self.seconds)):
            if time.monotonic() > until:
                break
            time.sleep(TURN_AGAIN)
        try:
            yield
        finally:
            if is_mine:
                cache.delete(turn)

    def _fetched(self, *, is_forced: bool) -> str:
        try:
            answer = self.fetch(is_forced)
        except LostReply as lost:
            # No message was sent: a token that we never received does no harm.
            raise TemporaryFailure("no_connection", f"token: {lost.detail}") from lost
        if code_of(answer):
            # Any code here is about the account: the provider never saw the message.
            failure = self.refusal(code_of(answer))
            if isinstance(failure, TemporaryFailure):
                failure.is_sure = True
                raise failure
            detail = f"token: {failure.detail}"
            raise TemporaryFailure(failure.cause, detail, closes=REST_SECONDS)
        token = str(answer.get("access_token") or "")
        if not token:
            raise TemporaryFailure("unexpected_answer", "no token")
        seconds = int(answer.get("expires_in") or 0) - TOO_OLD_SECONDS
        if seconds > 0:
            cache.set(self.kept_as, token, seconds)
        return token


def code_of(answer: dict[str, Any]) -> int:
    """Return `errcode`: 0 if all is well, -1 also if it is not a number."""
    try:
        return int(answer.get("errcode") or 0)
    except (TypeError, ValueError):
        return -1


def _is_json(reply: Reply) -> bool:
    kind = reply.headers.get("Content-Type", "")
    return "json" in kind or ("text" in kind and reply.text.lstrip().startswith("{"))

"""How one gets into the sandbox's Haut.AI: by a login, whose token is refreshed, or by a private token."""

from __future__ import annotations

import hmac
import secrets
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import attrs

from safelight.sandbox.clock import SandboxClock
from safelight.sandbox.front import Refused
from safelight.sandbox.oauth import Tokens

# How long the service's refresh tokens live is not known.
_REFRESH_SECONDS = 24 * 3600


@attrs.frozen
class PrivateToken:
    """A token for servers.

    Attributes:
        id: Its id.
        name: What its owner calls it.
        expiration_time: When it ends, as its owner said it.
        token: What is sent.
    """

    id: str
    name: str
    expiration_time: str
    token: str = attrs.field(repr=False)

    def as_json(self) -> dict[str, Any]:
        """What is told of it again: not the token itself."""
        return {"id": self.id, "name": self.name, "expiration_time": self.expiration_time}


class Logins:
    """One user, and all tokens that this user has.

    Args:
        clock: Decides when tokens expire.
        lifetime: How long a login's token is good for, in seconds.

    Attributes:
        username: Whom a login must name.
        password: What it must know.
        company_id: What it tells.
        mfa: Whether a login needs a second factor, which this interface cannot give. May be set.
        tokens: The tokens of logins, and the private ones.
        private: The private ones by their ids.
    """

    def __init__(self, clock: SandboxClock, lifetime: float) -> None:
        self.username = f"sandbox-{secrets.token_hex(4)}@example.com"
        self.password = secrets.token_urlsafe(24)
        self.company_id = str(uuid.uuid4())
        self.mfa = False
        self.tokens = Tokens(clock, lifetime)
        self.private: dict[str, PrivateToken] = {}
        self._refreshing = Tokens(clock, _REFRESH_SECONDS)
        self._clock = clock

    def log_in(self, username: str, password: str) -> Mapping[str, Any]:
        """The tokens for a name and a password.

        Raises:
            Refused: 401 for wrong ones, 400 where a second factor is asked for.
        """
        right = hmac.compare_digest(username.encode(), self.username.encode())
        right &= hmac.compare_digest(password.encode(), self.password.encode())
        if not right:
            raise Refused(401, "Unable to log in with provided credentials.")
        if self.mfa:
            raise Refused(400, "Multi-factor authentication is enabled: a code is required.")
        return self._told(self._refreshing.issue())

    def refresh(self, token: str) -> Mapping[str, Any]:
        """A new token, and a new refresh token, for a refresh token, which is good once.

        Raises:
            Refused: 401.
        """
        if problem := self._refreshing.problem_of(token):
            raise Refused(401, problem)
        self._refreshing.revoke(token)
        return self._told(self._refreshing.issue())

    def revoke_all(self) -> None:
        """Let nothing that was given so far be valid any longer."""
        self.tokens.revoke_all()
        self._refreshing.revoke_all()

    def create(self, name: str, expiration_time: str) -> Mapping[str, Any]:
        """A new private token; told in whole only here.

        Raises:
            Refused: 400; the time is none, or over.
        """
        seconds = _moment(expiration_time) - self._clock.now()
        if seconds <= 0:
            raise Refused(400, "expiration_time: it is over.")
        made = PrivateToken(str(uuid.uuid4()), name, expiration_time, self.tokens.issue(seconds))
        self.private[made.id] = made
        return {**made.as_json(), "data": made.token}

    def delete(self, token_id: str) -> None:
        """Let a private token be valid no longer.

        Raises:
            Refused: 404.
        """
        gone = self.private.pop(token_id, None)
        if gone is None:
            raise Refused(404, "Not found.")
        self.tokens.revoke(gone.token)

    def _told(self, refresh_token: str) -> Mapping[str, Any]:
        token = self.tokens.issue()
        names = ("access_token", "token_access")  # which of both is read differs from client to client
        return {**dict.fromkeys(names, token), "refresh_token": refresh_token, "company_id": self.company_id}


def _moment(text: str) -> float:
    try:
        time = datetime.fromisoformat(text)
        return (time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError, OSError):
        raise Refused(400, "expiration_time: this is no time.") from None

"""The services' credentials, which come from the environment."""

from __future__ import annotations

import os

import attrs

from safelight.cli.output import CredentialsMissing


@attrs.frozen
class Account:
    """What a service knows its user by.

    Attributes:
        service: The service's name.
        what: What its credentials are called.
        variables: The environment variables that hold them.
        instead: The variable that does as well as all of them, where there is one.
    """

    service: str
    what: str
    variables: tuple[str, ...]
    instead: str | None = None

    @property
    def given(self) -> list[str]:
        """The variables that are set, and count."""
        if self.instead and _is_set(self.instead):
            return [self.instead]
        return [name for name in self.variables if _is_set(name)]

    @property
    def missing(self) -> list[str]:
        """The variables that are not set, and have to be."""
        given = self.given
        return [] if self.instead in given else [name for name in self.variables if name not in given]

    def demand(self, advice: str = "") -> None:
        """Make sure that all are set.

        Args:
            advice: What else there is to say if they are not.

        Raises:
            CredentialsMissing: One is not.
        """
        if missing := self.missing:
            verb = "is" if len(missing) == 1 else "are"
            or_else = f" (or {self.instead})" if self.instead else ""
            raise CredentialsMissing(
                f"{' and '.join(missing)} {verb} not set: get {self.what} from your {self.service} account, and set "
                f"{'it' if len(self.variables) == 1 else 'them'}{or_else} in the environment. {advice}"
                "To try without an account: safelight sandbox."
            )


def _is_set(name: str) -> bool:
    return bool(os.environ.get(name, "").strip())


TELEPORT = Account("Teleport", "API credentials", ("TELEPORT_CLIENT_ID", "TELEPORT_CLIENT_SECRET"))
IMMERSITY = Account("Immersity", "API credentials", ("IMMERSITY_CLIENT_ID", "IMMERSITY_CLIENT_SECRET"))
LEIAPIX = Account("LeiaPix", "API credentials", ("LEIAPIX_CLIENT_ID", "LEIAPIX_CLIENT_SECRET"))
LETSENHANCE = Account("Let's Enhance", "an API key", ("LETSENHANCE_API_KEY",))
HAUTAI = Account("Haut.AI", "a login", ("HAUTAI_USERNAME", "HAUTAI_PASSWORD"), instead="HAUTAI_TOKEN")

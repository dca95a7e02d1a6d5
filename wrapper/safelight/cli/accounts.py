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
    """

    service: str
    what: str
    variables: tuple[str, ...]

    @property
    def missing(self) -> list[str]:
        """The variables that are not set."""
        return [name for name in self.variables if not os.environ.get(name, "").strip()]

    def demand(self, advice: str = "") -> None:
        """Make sure that all are set.

        Args:
            advice: What else there is to say if they are not.

        Raises:
            CredentialsMissing: One is not.
        """
        if missing := self.missing:
            verb = "is" if len(missing) == 1 else "are"
            raise CredentialsMissing(
                f"{' and '.join(missing)} {verb} not set: get {self.what} from your {self.service} account, and set "
                f"{'it' if len(self.variables) == 1 else 'them'} in the environment. {advice}"
                "To try without an account: safelight sandbox."
            )


TELEPORT = Account("Teleport", "API credentials", ("TELEPORT_CLIENT_ID", "TELEPORT_CLIENT_SECRET"))
IMMERSITY = Account("Immersity", "API credentials", ("IMMERSITY_CLIENT_ID", "IMMERSITY_CLIENT_SECRET"))
LEIAPIX = Account("LeiaPix", "API credentials", ("LEIAPIX_CLIENT_ID", "LEIAPIX_CLIENT_SECRET"))
LETSENHANCE = Account("Let's Enhance", "an API key", ("LETSENHANCE_API_KEY",))

"""The one kind of error that is meant for the person in front of the page or the command."""

from __future__ import annotations


class UserError(ValueError):
    """Input that cannot be used: says what, what was got, what is allowed, what to do next.

    It is raised where the input is first understood and caught in one place, the edge of the page
    or of the command line. Anything else that is raised is a bug and keeps its traceback.
    """

    def __init__(self, what: str, got: object, allowed: str, next_step: str) -> None:
        """Compose the message from its four parts.

        Args:
            what: the input that was wrong, in the user's words ("rho").
            got: the value as received; long values are shortened.
            allowed: what would have been accepted.
            next_step: one thing to do now.
        """
        shown = repr(got)
        if len(shown) > 80:
            shown = shown[:60] + "… (" + str(len(shown)) + " characters)"
        super().__init__(f"{what}: got {shown}; allowed: {allowed}. {next_step}")
        self.what, self._rest = what, (got, allowed, next_step)

    def named(self, what: str) -> UserError:
        """The same error under another name of the input: the one that the user knows it by."""
        return UserError(what, *self._rest)

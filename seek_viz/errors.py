"""The one kind of error that is meant for the person in front of the page or the command."""

from __future__ import annotations

from typing import Any


def _rebuilt(kind: type[UserError], message: str, what: str) -> UserError:
    """A pickled error as it was; its four parts are one text by then."""
    error = kind.__new__(kind, message)
    error.what = what
    return error


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
        self.what = what

    def __reduce__(self) -> tuple[Any, ...]:
        """Errors cross processes; `args` is the message, not the four parts that the class is called with."""
        return _rebuilt, (type(self), str(self), self.what)

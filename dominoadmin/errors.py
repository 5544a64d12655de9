"""The errors that users can act on.

An `Error` carries one sentence for the user and often a hint that says what to do next. Both keep their
template and values: `str(error)` and `error.hint` are English, for logs and the command line; `error.text()` and
`error.advice()` are in the reader's language.
Any other exception is a bug and shows a traceback. `Cancelled` is silent.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from dominoadmin.i18n import Text, joined, translated
from dominoadmin.i18n import marked as _


class Error(Exception):
    """An operation failed for a reason outside the program; the text is one sentence for the user.

    `field`: the name of the value that it is about, as the request calls it; a form shows the error below that field.
    """

    hint: str = ""
    field: str = ""

    def __init__(self, text: str, hint: str = "") -> None:
        super().__init__(text)
        self.hint = hint or self.hint

    def text(self) -> str:
        """Return the sentence in the reader's language."""
        return translated(str(self))

    def advice(self) -> str:
        """Return the hint in the reader's language."""
        return translated(self.hint)

    def whole(self) -> Text:
        """Return the sentence and its hint as one text."""
        return joined(str(self), self.hint)


@contextmanager
def about(field: str) -> Iterator[None]:
    """Say of errors which value they are about, unless they say it themselves."""
    try:
        yield
    except Error as error:
        error.field = error.field or field
        raise


class NotFound(Error):
    """The named object does not exist."""


class Refused(Error):
    """A rule, a profile or a lint forbids the request."""


class NotAllowed(Refused):
    """The person does not have the role that this action needs."""


class Tampered(Refused):
    """A signed document does not match its signature, or the signer was not allowed to sign it.

    `which`: the kind and the key of the stored object that it is about, if it is about one.
    """

    which: tuple[str, str] | None = None

    hint = _(
        "The store was changed outside this program: compare it with a backup, and run 'dominoadmin audit verify'."
    )


class Locked(Error):
    """The private key cannot be used until its password or its locking ID is given."""


class WrongPassword(Error):
    """The password does not open the file or the key."""


class Damaged(Error):
    """A file is truncated, altered, or of another kind than its name says."""


class KeychainUnavailable(Error):
    """There is no usable keychain, or it is locked or refuses."""


class Cancelled(Exception):
    """The user stopped the operation. Never shown as an error."""

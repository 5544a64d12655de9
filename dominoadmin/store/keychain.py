"""The keychain of the operating system, which stores the passwords that the user asked to remember.

Secret Service or KWallet on Linux, Keychain on macOS, Credential Manager on Windows: whatever `keyring`
finds, except backends that forget or that write readable text.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future, wait
from typing import Any, Final, Generic, TypeVar

from dominoadmin.errors import Error, KeychainUnavailable, Refused
from dominoadmin.i18n import marked as _

ENVIRONMENT_VARIABLE: Final = "DOMINOADMIN_KEYCHAIN"
SERVICE: Final = "dominoadmin"
MAXIMUM_CHARACTERS: Final = 1280
"""Windows keeps 2 560 bytes of UTF-16 per secret."""

_USER: Final = "password"
_HINT: Final = _(
    "Unlock or install a keychain (on Debian: the package gnome-keyring, in a desktop session), or keep the password "
    "yourself and supply it in a password file."
)
_Result = TypeVar("_Result")


class Keychain:
    """The secrets of one data directory in the user's keychain, each under a service name of its own.

    An unlock prompt blocks the caller without limit, so every call runs in a thread that is left behind
    after `limit` seconds.
    """

    def __init__(self, domain_id: str, limit: float = 30.0) -> None:
        self._domain_id = domain_id
        self._limit = limit

    def get(self, purpose: str) -> str | None:
        """Return the secret, or None if there is none.

        Raises:
            KeychainUnavailable: there is no keychain to use, or it is locked, or it does not answer.

        """
        service = self._service(purpose)
        return self._run(lambda _: _text(_backend().get_password(service, _USER)))

    def set(self, purpose: str, secret: str) -> None:
        """Store `secret`, and read it back: some backends accept a secret and forget it.

        Raises:
            Refused: the secret is too long for some systems.
            KeychainUnavailable: the secret cannot be stored; nothing is left behind.

        """
        _check_secret(secret)
        service = self._service(purpose)
        self._run(lambda abandoned: _keep(service, secret, abandoned))

    def forget(self, purpose: str) -> None:
        """Remove the secret, if there is one.

        Raises:
            KeychainUnavailable: the keychain is locked or refuses.

        """
        service = self._service(purpose)
        self._run(lambda _: _remove(_backend(), service))

    def problem(self) -> str:
        """Return why the keychain cannot be used, as one sentence, or an empty string.

        Writes, reads back and removes an entry of its own.
        """
        probe = f"probe-{secrets.token_hex(8)}"
        try:
            self.set(probe, secrets.token_urlsafe(16))
            self.forget(probe)
        except KeychainUnavailable as refusal:
            return str(refusal)
        return ""

    def name(self) -> str:
        """Return the backend's name, `SecretService Keyring`, or an empty string if there is none to use."""
        try:
            return self._run(lambda _: _label(_backend()))
        except KeychainUnavailable:
            return ""

    def _service(self, purpose: str) -> str:
        return f"{SERVICE}/{self._domain_id}/{purpose}"

    def _run(self, work: Callable[[threading.Event], _Result]) -> _Result:
        return _Errand(work).result(self._limit)


class NoKeychain:
    """The replacement for the keychain if the user wants none."""

    def get(self, purpose: str) -> str | None:  # noqa: ARG002 - the interface of Keychain
        """Return None: nothing is stored."""
        return None

    def set(self, purpose: str, secret: str) -> None:  # noqa: ARG002 - the interface of Keychain
        """Refuse to store a secret.

        Raises:
            KeychainUnavailable: always.

        """
        raise KeychainUnavailable(self.problem(), _HINT)

    def forget(self, purpose: str) -> None:
        """Do nothing: nothing was stored."""

    def problem(self) -> str:
        """Return the reason why nothing is stored."""
        return _("The keychain is turned off ({variable}=none).", variable=ENVIRONMENT_VARIABLE)

    def name(self) -> str:
        """Return an empty string."""
        return ""


def open_keychain(domain_id: str, environ: Mapping[str, str]) -> Keychain | NoKeychain:
    """Return the keychain of one data directory, or none if $DOMINOADMIN_KEYCHAIN is `none`.

    Raises:
        Refused: the variable is neither `none` nor `system`.

    """
    match environ.get(ENVIRONMENT_VARIABLE, "").strip().lower():
        case "" | "system":
            return Keychain(domain_id)
        case "none":
            return NoKeychain()
        case other:
            raise Refused(
                _("{variable} is {other}.", variable=ENVIRONMENT_VARIABLE, other=repr(other)),
                _("Set it to none or to system, or leave it unset."),
            )


class _Errand(Generic[_Result]):
    """One call of the keychain in a thread of its own.

    A daemon thread, unlike those of concurrent.futures: the interpreter must not wait on exit for a prompt
    that nobody answers.
    """

    def __init__(self, work: Callable[[threading.Event], _Result]) -> None:
        self._work = work
        self._abandoned = threading.Event()
        self._future: Future[_Result] = Future()
        threading.Thread(target=self._go, name="keychain", daemon=True).start()

    def result(self, limit: float) -> _Result:
        """Return the result of the work; any exception of it becomes `KeychainUnavailable`."""
        done, _rest = wait([self._future], limit)
        if not done:
            self._abandoned.set()
            raise KeychainUnavailable(
                _(
                    "The keychain did not answer within {limit} seconds; it may be waiting for its password.",
                    limit=f"{limit:g}",
                ),
                _HINT,
            )
        failure = self._future.exception()
        if failure is None or isinstance(failure, Error):
            return self._future.result()
        raise KeychainUnavailable(_sentence(failure), _HINT) from failure

    def _go(self) -> None:
        try:
            result = self._work(self._abandoned)
        # A backend raises whatever its system does (D-Bus, pywin32, …); not all of it can be imported here.
        except Exception as failure:  # noqa: BLE001
            self._future.set_exception(failure)
        else:
            self._future.set_result(result)


def _backend() -> Any:  # noqa: ANN401 - keyring is imported late, 130 ms
    """Return the backend to use; of a chain the first good one, so that each secret has one place."""
    import keyring
    from keyring.backends.chainer import ChainerBackend

    chosen: Any = keyring.get_keyring()
    candidates = list(chosen.backends) if isinstance(chosen, ChainerBackend) else [chosen]
    objections = [_objection(candidate) for candidate in candidates]
    for candidate, objection in zip(candidates, objections, strict=True):
        if not objection:
            return _for_this_machine(candidate)
    raise KeychainUnavailable(next(iter(objections), _NONE_FOUND), _HINT)


_NONE_FOUND: Final = _("No keychain is available on this system.")


def _objection(backend: Any) -> str:  # noqa: ANN401 - any backend of keyring
    """Return why a secret must not be given to `backend`, or an empty string."""
    module, kind = type(backend).__module__, type(backend).__name__.lower()
    if module.startswith("keyring.backends.fail"):
        return _NONE_FOUND
    if module.startswith("keyring.backends.null"):
        return _("The keychain is turned off: keyring is set to its null backend, which forgets every secret.")
    if "plaintext" in kind or (module.startswith("keyrings.alt") and "encrypted" not in kind):
        return _("The keychain {backend} stores secrets as plain text, so it is not used.", backend=_label(backend))
    return ""


def _for_this_machine(backend: Any) -> Any:  # noqa: ANN401 - any backend of keyring
    """Keep Windows from roaming the secrets to other machines with the user's profile."""
    if hasattr(backend, "persist"):
        backend.persist = "local machine"
    return backend


def _label(backend: Any) -> str:  # noqa: ANN401 - any backend of keyring
    return str(getattr(backend, "name", type(backend).__name__))


def _text(secret: object) -> str | None:
    return None if secret is None else str(secret)


def _check_secret(secret: str) -> None:
    try:
        units = len(secret.encode("utf-16-le")) // 2
    except UnicodeEncodeError:
        raise Refused(_("The secret contains characters that cannot be stored.")) from None
    if units > MAXIMUM_CHARACTERS:
        raise Refused(
            _(
                "The keychain accepts at most {limit} characters; this secret has {length}.",
                limit=MAXIMUM_CHARACTERS,
                length=units,
            )
        )


def _keep(service: str, secret: str, abandoned: threading.Event) -> None:
    backend = _backend()
    backend.set_password(service, _USER, secret)
    kept = backend.get_password(service, _USER) == secret
    # The prompt was answered too late: the caller was told that nothing is stored, so nothing may be.
    if kept and not abandoned.is_set():
        return
    _remove(backend, service)
    raise KeychainUnavailable(
        _("The keychain {backend} accepted a secret but did not store it.", backend=_label(backend)), _HINT
    )


def _remove(backend: Any, service: str) -> None:  # noqa: ANN401 - any backend of keyring
    from keyring.errors import PasswordDeleteError

    try:
        backend.delete_password(service, _USER)
    except PasswordDeleteError:
        # Raised for a missing entry, and on macOS for every other failure too.
        if backend.get_password(service, _USER) is not None:
            raise


_MEANINGS: Final = {
    "KeyringLocked": _("The keychain is locked."),
    "InitError": _("The keychain could not be opened: it is locked, or the user has none yet."),
    "NoKeyringError": _NONE_FOUND,
    "PasswordSetError": _("The keychain refused to store an entry."),
    "PasswordDeleteError": _("The keychain refused to remove an entry."),
    # secretstorage's names, where keyring lets them through.
    "LockedException": _("The keychain is locked."),
    "PromptDismissedException": _("The keychain is locked; its prompt was dismissed."),
    "SecretServiceNotAvailableException": _NONE_FOUND,
}


def _sentence(failure: BaseException) -> str:
    """Return the meaning of a backend's exception, by its class's name, as the class may not be importable here.

    The text of the exception is left out: it could contain anything.
    """
    for kind in type(failure).__mro__:
        if meaning := _MEANINGS.get(kind.__name__):
            return meaning
    return _("The keychain reported an error ({problem}).", problem=type(failure).__name__)

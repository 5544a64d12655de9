"""The issuance cycle, written once: reserve, build, lint, record the intent, sign, check, keep (docs/issuance.md).

Everything durable is done for all certificates of one run per transaction. What fails for one certificate concerns that
one only: its serial number is void, and the others go on.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Iterable, Iterator, Sequence, Sized
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Generic, Protocol, TypeVar

from cryptography import x509

from dominoadmin.errors import Cancelled, Error, Refused, Tampered
from dominoadmin.i18n import listed
from dominoadmin.i18n import marked as _
from dominoadmin.pki import issuance, lint, serial_numbers
from dominoadmin.pki.issuance import Draft
from dominoadmin.services.domain import Domain
from dominoadmin.services.states import SerialState
from dominoadmin.store import issued
from dominoadmin.store.database import Connection
from dominoadmin.store.records import SerialRecord

log = logging.getLogger(__name__)
_JOURNAL: Final = _("The issuance journal was changed while certificates were being issued; nothing was issued.")
StillOurs = Callable[[Connection], None]
Lint = Callable[[x509.Certificate, x509.Certificate | None], Sequence[str]]


def unleased(_db: Connection) -> None:
    """Check no lease: used on a store that no server serves."""


class Order(Protocol):
    """One certificate to be issued."""

    @property
    def request_id(self) -> int | None:
        """The request that it answers, if there is one."""

    @property
    def issuer(self) -> x509.Certificate | None:
        """The certificate of the issuer that the lint compares with; None for a self-signed one."""

    def build(self, serial_number: int) -> Draft:
        """Return the certificate without its signature."""


T = TypeVar("T", bound=Order)


@dataclass(frozen=True)
class Single:
    """An order that answers no request."""

    issuer: x509.Certificate | None
    build: Callable[[int], Draft]
    request_id: None = None


@dataclass(frozen=True, kw_only=True)
class Signed(Generic[T]):
    """An order on its way through the cycle; signed when `der` is not empty."""

    order: T
    serial_hex: str
    draft: Draft
    der: bytes = b""


@dataclass(frozen=True)
class Failure(Generic[T]):
    """An order for which there is no certificate, and why: `problem` is the sentence about `error`."""

    order: T
    problem: str
    error: Exception


@dataclass(frozen=True)
class Run(Generic[T]):
    """The certificates of one run, and the orders that failed."""

    kept: Sequence[Signed[T]]
    failures: Sequence[Failure[T]]


Keep = Callable[[Connection, Sequence[Signed[T]], Sequence[Failure[T]]], None]
"""Enters all that belongs to the certificates, in the transaction that closes their serial numbers.

An Error that it raises means that nothing of the run may be kept.
"""
Recheck = Callable[[Connection, Sequence[T]], Sequence[Error | None]]
"""Looks again at what may have changed while certificates were signed: for each order, why it must not be kept."""


def _nothing_changes(_db: Connection, orders: Sequence[Order]) -> Sequence[None]:
    """Check nothing: for what depends on its key only."""
    return [None] * len(orders)


@dataclass(frozen=True)
class IssuingKey:
    """A key that issues. `fingerprint`: the SHA-256 of its SubjectPublicKeyInfo, in hexadecimal.

    `sign` signs bytes and returns a signature that has been verified.
    """

    fingerprint: str
    sign: Callable[[bytes], bytes]


class JournalChangedError(Tampered):
    """A serial number of this run is not as it was left: the CA process has voided it at its start, or somebody has."""


class Cycle(Generic[T]):
    """Issues certificates by one key.

    `still_ours` raises an Error inside a transaction if another process has taken the server over.
    """

    def __init__(
        self,
        domain: Domain,
        key: IssuingKey,
        keep: Keep[T],
        recheck: Recheck[T] = _nothing_changes,
        still_ours: StillOurs = unleased,
    ) -> None:
        self._domain, self._issuer, self._sign = domain, key.fingerprint, key.sign
        self._keep, self._recheck, self._still_ours = keep, recheck, still_ours

    def run(self, orders: Iterable[T]) -> Run[T]:
        """Issue all orders and keep the certificates.

        Raises:
            Error: nothing was issued, for a reason that is not one order's: a closed key, a full disk, another process.
                The serial numbers are void.

        """
        reserved = [(serial_numbers.new(), order) for order in orders]
        if not reserved:
            return Run([], [])
        serials = [serial_numbers.text(number) for number, _order in reserved]
        failures: list[Failure[T]] = []
        self._reserve(reserved)
        try:
            drafted = self._drafted(reserved, failures)
            self._intend(drafted)
            return self._kept(self._signed(drafted, failures), failures, serials)
        except BaseException:
            with contextlib.suppress(Error):  # a store that fails now keeps them as taken until the next start: no harm
                self._void(serials)
            raise

    def run_one(self, order: T, *, attempts: int = 1) -> Signed[T]:
        """Issue one certificate for somebody who waits for it.

        `attempts`: more than one for a key whose journal the CA process voids when it starts.

        Raises:
            Error: it was not issued; its serial number is void.

        """
        for _again in range(attempts - 1):
            with contextlib.suppress(JournalChangedError):
                return self.run_one(order)
        outcome = self.run([order])
        for failure in outcome.failures:
            raise failure.error
        return outcome.kept[0]

    @contextmanager
    def _transaction(self) -> Iterator[Connection]:
        """Write only as long as the server is ours: another process that takes it over voids what is in flight."""
        with self._domain.store.transaction() as db:
            self._still_ours(db)
            yield db

    def _reserve(self, orders: Iterable[tuple[int, T]]) -> None:
        """Take the serial numbers, whatever happens next."""
        now = self._domain.now()
        lines = [
            SerialRecord(
                issuer=self._issuer,
                serial_hex=serial_numbers.text(number),
                request_id=order.request_id,
                state=SerialState.RESERVED,
                tbs=None,
                reserved_at=now,
            )
            for number, order in orders
        ]
        with self._transaction() as db:
            issued.reserve(db, lines)

    @staticmethod
    def _drafted(orders: Iterable[tuple[int, T]], failures: list[Failure[T]]) -> list[Signed[T]]:
        """Build and lint. The issuer's key is not involved yet."""
        drafted = []
        for number, order in orders:
            outcome = attempt(order, number)
            if isinstance(outcome, Failure):
                failures.append(outcome)
            else:
                drafted.append(Signed(order=order, serial_hex=serial_numbers.text(number), draft=outcome))
        return drafted

    def _intend(self, works: Sequence[Signed[T]]) -> None:
        """Record what will be signed: it is on the disk before it is signed."""
        intents = [(work.serial_hex, work.draft.tbs) for work in works]
        with self._transaction() as db:
            _check_count(issued.intend(db, self._issuer, intents), intents)

    def _signed(self, works: Sequence[Signed[T]], failures: list[Failure[T]]) -> list[Signed[T]]:
        """Sign the bytes that the journal holds; the result is the linted certificate but for the signature."""
        signed = []
        with self._domain.store.snapshot() as db:
            intents = issued.intents(db, self._issuer)
        for work in works:
            tbs = intents.get(work.serial_hex, b"")
            if tbs != work.draft.tbs:
                raise JournalChangedError(_JOURNAL)
            try:
                der = issuance.certificate_from(tbs, self._sign(tbs))
                if x509.load_der_x509_certificate(der).tbs_certificate_bytes != tbs:
                    raise RuntimeError("The signed certificate is not the linted one.")  # noqa: TRY301 - told as any bug is
            except (Error, Cancelled):
                raise
            except Exception as bug:  # noqa: BLE001 - logged; it is the fault of one certificate
                failures.append(Failure(work.order, fault(bug), bug))
            else:
                signed.append(replace(work, der=der))
        return signed

    def _kept(self, signed: Sequence[Signed[T]], failures: Sequence[Failure[T]], serials: Iterable[str]) -> Run[T]:
        """Keep all in one transaction; if that meets a bug, each in its own, so that only the culprit fails."""
        try:
            return self._keep_all(signed, failures, serials)
        except (Error, Cancelled):
            raise
        except Exception as bug:
            match signed:
                case []:
                    raise
                case [work]:
                    return self._keep_all([], [*failures, Failure(work.order, fault(bug), bug)], serials)
        kept = [self._kept([work], [], [work.serial_hex]) for work in signed]
        rest = set(serials) - {work.serial_hex for work in signed}
        return _joined([*kept, self._keep_all([], failures, rest)])

    def _keep_all(self, signed: Sequence[Signed[T]], failures: Sequence[Failure[T]], serials: Iterable[str]) -> Run[T]:
        """Enter everything in one transaction. Only now can anyone see the certificates."""
        with self._transaction() as db:
            errors = self._recheck(db, [work.order for work in signed])
            kept = [work for work, error in zip(signed, errors, strict=True) if error is None]
            pairs = zip(signed, errors, strict=True)
            failed = [*failures, *(Failure(work.order, str(error), error) for work, error in pairs if error)]
            self._keep(db, kept, failed)
            done = {work.serial_hex for work in kept}
            void = set(serials) - done
            _check_count(issued.close(db, self._issuer, done, SerialState.ISSUED), done)
            _check_count(issued.close(db, self._issuer, void, SerialState.VOID), void)
        return Run(kept, failed)

    def _void(self, serials: Iterable[str]) -> None:
        with self._transaction() as db:
            issued.close(db, self._issuer, serials, SerialState.VOID)


def attempt(order: T, serial_number: int, judge: Lint | None = None) -> Draft | Failure[T]:
    """Build and lint a certificate, in the cycle and before it: nobody should approve what will be refused."""
    try:
        return linted(order, serial_number, judge)
    except (Error, ValueError) as error:  # ValueError: a value that the X.509 library cannot write
        return Failure(order, str(error), error)
    except Exception as bug:  # noqa: BLE001 - logged; it is the fault of one certificate
        return Failure(order, fault(bug), bug)


def linted(order: Order, serial_number: int, judge: Lint | None = None) -> Draft:
    """Build and lint a certificate.

    Raises:
        Refused: the certificate breaks a rule of its issuer, or it would be malformed.

    """
    draft = order.build(serial_number)
    if problems := (judge or lint.problems)(draft.linted, order.issuer):
        raise Refused(_("The certificate would be malformed: {problems}", problems=listed(problems, "; ")))
    return draft


def fault(bug: Exception) -> str:
    """Log an error of this program that concerns one certificate only, and return the sentence about it."""
    log.error("A certificate could not be issued", exc_info=bug)
    return _("The program made an error ({kind}); see the log for details.", kind=type(bug).__name__)


def void_unfinished(db: Connection, issuer: str, before: datetime | None = None) -> list[str]:
    """Void what a crash has left reserved or intended; return the serial numbers.

    Nobody has seen anything of them: a certificate leaves this process only after it was kept.

    `before`: only those that were reserved earlier, as another process may be about to keep the later ones.
    """
    kept = ((each.serial_hex, before and each.reserved_at) for each in issued.unfinished(db, issuer))
    left = [serial_hex for serial_hex, at in kept if not (before and at and at >= before)]
    _check_count(issued.close(db, issuer, left, SerialState.VOID), left)
    return left


def _joined(outcomes: Iterable[Run[T]]) -> Run[T]:
    both = list(outcomes)
    return Run([work for each in both for work in each.kept], [work for each in both for work in each.failures])


def _check_count(count: int, expected: Sized) -> None:
    """Check that every line of the journal was in the state before: what is void never becomes issued."""
    if count != len(expected):
        raise JournalChangedError(_JOURNAL)

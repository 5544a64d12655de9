"""OCSP answers signed in advance and written as files, for another server to return or staple.

One file for each valid certificate, named by its serial number: `<folder>/<certifier>-ocsp/<serial>.ors`.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from dominoadmin.errors import Error, Refused
from dominoadmin.i18n import marked as _
from dominoadmin.pki.documents import Verifier
from dominoadmin.pki.publication import slug
from dominoadmin.services.audit import committed
from dominoadmin.services.certifiers.configuring import Certifier
from dominoadmin.services.domain import Domain, is_over
from dominoadmin.services.revocation import answer_folders
from dominoadmin.services.revocation.answer_folders import HALF, AnswerFolder
from dominoadmin.services.revocation.ocsp_responder import Responder
from dominoadmin.store import issued, responders
from dominoadmin.store.ledger import Object
from dominoadmin.store.records import CertifierRecord

LIMIT: Final = 10_000
"""The most certificates; for more, use a server that answers itself."""
_REWRITTEN: Final = timedelta(hours=12)
_COUNTED_AGAIN: Final = timedelta(minutes=1)
_ENDING: Final = ".ors"  # the file extension that Microsoft and others use


@dataclass(kw_only=True)
class AnswerFiles:
    """The files of one certifier, with the content and time of each."""

    domain: Domain
    verifier: Verifier
    responder: Responder
    limit: int = LIMIT
    _written: dict[str, tuple[str, datetime]] = field(default_factory=dict)
    _seen: tuple[object, ...] = ()
    _times: tuple[datetime, ...] = ()
    """When the oldest and the newest of the files were written."""
    _too_many: tuple[tuple[int, bytes], datetime] | None = None
    """The marks with which there were too many certificates, and when."""

    def write_due(self, certifier: Certifier, folder: Path, at_most: int = LIMIT) -> int:
        """Write missing, changed and old answers, up to a number of files; return the number of files written.

        Raises:
            Error: the folder is not writable, or the responder has no valid certificate.
            Refused: there are too many certificates.

        """
        now, record = self.domain.now(), certifier.record
        place = folder / f"{slug(certifier.key_fingerprint)}-ocsp"
        with self.domain.store.snapshot() as db:
            marks = responders.change_marks(db, record.id)
            if (place, _stamp(place), marks) == self._seen and not self._any_is_over(now):
                return 0
            # What fails is tried again at every turn: first what costs least.
            if self._too_many and self._too_many[0] == marks and not is_over(self._too_many[1], _COUNTED_AGAIN, now):
                raise self._refusal(record.name)
            self.responder.check(db, record.id, certifier.generation.number)
            _check_folder(folder)
            known = responders.answerable(db, record.id, certifier.generation.number, now, self.limit + 1)
        if len(known) > self.limit:
            self._too_many = marks, now
            raise self._refusal(record.name)
        with answer_folders.opened(place) as answers:
            there = {Path(name).stem for name in answers.names() if name.endswith(_ENDING)}
            known |= dict.fromkeys(self._hidden(record, there - known.keys(), now), "")
            due = [serial for serial, mark in known.items() if serial not in there or self._is_due(serial, mark, now)]
            for serial in due[:at_most]:
                answer = self.responder.beforehand(record.id, certifier.generation.number, serial)
                answers.write(f"{serial}{_ENDING}", answer)
                self._written[serial] = known[serial], now
            if len(due) <= at_most:
                self._remove_others(answers, known)
                self._seen = place, answers.stamp(), marks
                times = [at for _mark, at in self._written.values()] or [now]
                self._times = min(times), max(times)
        return len(due[:at_most])

    def _hidden(self, record: CertifierRecord, serials: Iterable[str], now: datetime) -> list[str]:
        """Return which certificates only seem to have ended, or to be of another key, by rows that nobody signed."""
        objects = {Object("issued", f"{record.id} {serial}"): serial for serial in serials}
        with self.domain.store.snapshot() as db:
            known = committed.digests(db, self.verifier, objects) or {}
            there = [each for each, digest in known.items() if digest]
            altered = committed.find_differing(db, self.verifier, there)
            return [
                objects[each]
                for each in there
                if each in altered or any(one.not_after >= now for one in issued.find(db, objects[each], record.id))
            ]

    def _refusal(self, name: str) -> Refused:
        return Refused(
            _(
                "{name} has more than {limit} valid certificates: no OCSP responses are written as files.",
                name=name,
                limit=self.limit,
            ),
            _("Let the HTTP task answer OCSP requests."),
        )

    def _any_is_over(self, now: datetime) -> bool:
        return any(is_over(at, _REWRITTEN, now) for at in self._times)

    def _is_due(self, serial: str, mark: str, now: datetime) -> bool:
        if serial not in self._written:
            return True
        old, at = self._written[serial]
        return old != mark or is_over(at, _REWRITTEN, now)

    def _remove_others(self, answers: AnswerFolder, known: dict[str, str]) -> None:
        """Remove answers for expired certificates, and incomplete files that a crash has left."""
        for name in answers.names():
            path = Path(name)
            if path.suffix == HALF or (path.suffix == _ENDING and path.stem not in known):
                answers.remove(name)
        self._written = {serial: said for serial, said in self._written.items() if serial in known}


def _check_folder(folder: Path) -> None:
    if not os.path.isdir(folder):  # noqa: PTH112 - never raises
        raise Error(
            _("The folder {folder} does not exist.", folder=folder),
            _("Create it, or change the certifier's CRL settings."),
        )


def _stamp(place: Path) -> int:
    """Return a number that changes when a file is removed from the folder."""
    try:
        return place.lstat().st_mtime_ns
    except OSError:
        return 0

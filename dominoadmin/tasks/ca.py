"""The CA process: serves all certifiers of its server, one at a time, in the order of their registration."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Iterator
from typing import Final

from dominoadmin.errors import Damaged, Error, Locked, NotFound, Refused, Tampered, WrongPassword
from dominoadmin.i18n import counted
from dominoadmin.i18n import marked as _
from dominoadmin.pki.identities import Identity
from dominoadmin.services.audit import log as audit_log
from dominoadmin.services.audit.actions import AuditAction
from dominoadmin.services.audit.log import Event
from dominoadmin.services.certifiers import protecting
from dominoadmin.services.certifiers.configuring import Certifier
from dominoadmin.services.certifiers.confirming import confirm_founder
from dominoadmin.services.certifiers.key_vault import KeyVault
from dominoadmin.services.domain import Actor, Domain
from dominoadmin.services.doubts import EVERYTHING
from dominoadmin.services.identities import identifying, remembered_passwords
from dominoadmin.services.issuance.cycle import StillOurs, unleased
from dominoadmin.services.requests.issuing import IssuingAuthority
from dominoadmin.services.requests.queue import queue
from dominoadmin.services.revocation.requesting import OpenRequests
from dominoadmin.services.states import Protection
from dominoadmin.store import certifiers, id_files, reading
from dominoadmin.tasks import ca_entries
from dominoadmin.tasks.ca_commands import HELP, file_and_rest
from dominoadmin.tasks.ca_entries import CaEntry
from dominoadmin.tasks.checkpoints import Checkpoints
from dominoadmin.tasks.revocation import RevocationLists
from dominoadmin.tasks.said_once import Told
from dominoadmin.tasks.turns import Turns

log = logging.getLogger(__name__)
AskPassword = Callable[[str], str]
_ACTIVE: Final = "active"
_DISABLED: Final = "disabled: issues no certificates, but continues to issue CRLs"


class CaTask:
    """`load ca`."""

    title = "Certificate Authority process"
    prefix = "CA Process"
    again = "tell ca refresh"

    def __init__(self, domain: Domain, server: Identity, ask: AskPassword, still_ours: StillOurs = unleased) -> None:
        self._domain, self._server, self._ask, self._still_ours = domain, server, ask, still_ours
        self._actor = Actor.of(server)
        self._vault = KeyVault()
        self._told = Told()
        self._lists = RevocationLists(domain, server, self._vault, still_ours, self._told)
        self._log = Checkpoints(domain, server, still_ours)
        self._turns = Turns(domain)
        self._asked = OpenRequests()
        self._entries: list[CaEntry] = []

    def start(self) -> Iterator[str]:
        """Read the certifiers and activate those that need no password or ID."""
        yield from self.run_due()

    def stop(self) -> None:
        """Forget the keys."""
        self._vault.close_all()
        self._entries = []
        self._log.stop()
        self._turns.close()

    def status(self) -> list[str]:
        """Return the number of active certifiers, and problems with issuing or with CRLs."""
        active = sum(not ca_entries.why_not(entry, self._vault, self._domain.now()) for entry in self._entries)
        return [f"Idle, {active} of {counted(len(self._entries), 'certifier')} active", *self._told.current()]

    def states(self) -> list[tuple[int, str, str]]:
        """Return number, name and state of every certifier."""
        return [(number, entry.record.name, self._state(entry)) for number, entry in enumerate(self._entries, start=1)]

    def run_due(self) -> Iterator[str]:
        """Add new certifiers and issue approved requests, if there may be any."""
        if self._turns.is_due():
            yield from self._turn()

    def _turn(self) -> Iterator[str]:
        self._turns.begin()
        self._lists.has_more = False
        is_verified = self._log.turn()
        for each in self._log.refused:
            yield f"Entry {each.number} of the audit log was refused. {each.problem}"
        yield from self._told.once(EVERYTHING, "log", self.title, self._log.problem)
        if not is_verified:  # nobody can say what of it is true
            self._vault.close_all()
            for entry in self._entries:
                entry.waits = not entry.deactivated
            self._turns.end(is_finished=bool(self._domain.doubts.about(EVERYTHING)))
            return
        yield from self._read_new()
        is_wiped = protecting.wipe(self._domain)
        for entry in self._entries:
            yield from self._turn_of(entry)
        self._turns.end(is_finished=is_wiped and not self._lists.has_more and not self._told.has_failed())

    def _turn_of(self, entry: CaEntry) -> Iterator[str]:
        """Give one certifier its turn; an error or a bug at one does not stop the others."""
        problem, bug = "", None
        try:
            yield from self._serve(entry)
        except Error as error:
            problem = str(error)
        except Exception as error:  # noqa: BLE001 - of ours: it may come again at every turn, and is logged once
            bug = error
            problem = _("An unexpected error occurred ({kind}); see the log for details.", kind=type(error).__name__)
            entry.recovered = False  # it may have left reserved serials behind, if the store failed as well
        lines = list(self._told.once(entry.record.id, "turn", entry.record.name, problem))
        if lines and bug:
            log.error("The turn of a certifier failed", exc_info=bug)
        yield from lines

    def _serve(self, entry: CaEntry) -> Iterator[str]:
        yield from self._read_changed(entry)
        if entry.certifier:
            yield from self._lists.compare(entry.certifier)
        if self._domain.doubts.about(entry.record.id):
            self._vault.close(entry.record.id)
            entry.waits = not entry.deactivated
            return
        if entry.waits and entry.certifier:
            entry.waits = False
            self._vault.open_earlier(entry.certifier, self._server)
            yield from self._open_by_server_id(entry)
        if entry.certifier and self._vault.has_open(entry.record.id):
            yield from self._issue(entry)
            return
        if entry.certifier:
            yield from self._lists.carry_out([entry.certifier])
        yield from self._lists.wait(entry.record, entry.certifier)

    def tell(self, command: str) -> Iterator[str]:
        """Carry out a `tell ca` command (fact sheet 3.2)."""
        verb, _rest, rest = command.strip().partition(" ")
        match verb.lower():
            case "stat" | "status":
                yield from self._stat()
            case "show":
                yield from self._show(rest)
            case "activate":
                yield from self._activate(rest)
            case "deactivate":
                yield from self._deactivate(rest)
            case "lock":
                yield from self._lock(rest)
            case "unlock":
                yield from self._unlock(rest)
            case "refresh":
                yield from self._refresh()
            case "help" | "":
                yield from HELP.splitlines()
            case "crl":
                yield from self._crl(rest)
            case _:
                raise Refused(
                    _("The CA process does not know the command {command}.", command=verb), _("Enter: tell ca help")
                )

    def _read_new(self) -> Iterator[str]:
        known = {entry.record.id for entry in self._entries}
        with self._domain.store.snapshot() as db, reading.leaving_out() as damaged:
            ours = certifiers.all_of(db, self._server.name)
            asked = self._asked.problems(db, self._actor.verifier())
            problems = [*ca_entries.altered_others(db, self._actor, ours), *asked]
        yield from self._told.once(0, "reading", self.title, "; ".join(map(str, [*damaged, *problems])))
        for record in (each for each in ours if each.id not in known):
            entry = ca_entries.verified(self._domain, self._actor, record)
            self._entries.append(entry)
            if entry.certifier is None:
                yield from self._refused(entry)

    def _read_changed(self, entry: CaEntry) -> Iterator[str]:
        """Apply changes by a CAA, and stop a certifier at once if somebody else has changed it."""
        new = ca_entries.read_again(self._domain, self._actor, entry)
        if new.seen == entry.seen:
            return
        is_sealed_anew = new.seen[:3] != entry.seen[:3]
        entry.record, entry.certifier, entry.seen = new.record, new.certifier, new.seen
        if entry.certifier is None:
            entry.problem = new.problem
            self._vault.close(new.record.id)
            yield from self._refused(entry)
            return
        yield f"{new.record.name} has a new configuration"
        if is_sealed_anew or entry.problem:
            self._vault.close(new.record.id)
            entry.problem = ""
            entry.waits = not entry.deactivated

    def _open_by_server_id(self, entry: CaEntry) -> Iterator[str]:
        number = self._entries.index(entry) + 1
        if entry.record.active.protection == Protection.PASSWORD:
            yield f"{entry.record.name} requires its password. Enter: tell ca activate {number} <password>"
            return
        if entry.record.active.protection == Protection.LOCKING_ID:
            yield f"{entry.record.name} is locked. Enter: tell ca unlock <idfile> <password>"
            return
        yield from self._open(entry, self._server)

    def _open(self, entry: CaEntry, holder: Identity, password: str = "") -> Iterator[str]:
        assert entry.certifier is not None
        try:
            self._vault.open(entry.certifier, holder, password)
            if not entry.certifier.is_founded:
                own = self._domain, self._actor, self._vault
                entry.certifier = confirm_founder(*own, entry.certifier, self._still_ours)
        except (Locked, Tampered, Damaged) as error:  # the other certifiers continue
            self._vault.close(entry.record.id)
            entry.problem = str(error)
            yield from self._refused(entry)
            return
        self._vault.open_earlier(entry.certifier, holder, password)
        self._lists.check_again(entry.record.id)
        entry.problem, entry.deactivated = "", False
        self._audit(AuditAction.CERTIFIER_ACTIVATED, entry.record.name, {})
        yield f"{entry.record.name} is {_ACTIVE if entry.certifier.configuration.enabled else _DISABLED}"
        yield from self._issue(entry)

    def _opened_earlier(self, entry: CaEntry) -> Iterator[str]:
        self._lists.check_again(entry.record.id)
        yield f"An earlier key of {entry.record.name} is open: it signs CRLs only"
        yield from self._issue(entry)

    def _issue(self, entry: CaEntry) -> Iterator[str]:
        """Issue for one certifier, and update its lists; failures must not stop the other certifiers or the lists."""
        assert entry.certifier is not None
        problem = ""
        yield from self._lists.carry_out([each.certifier for each in self._entries if each.certifier])
        try:
            is_active = entry.certifier.configuration.enabled and self._vault.is_open(entry.record.active)
            if is_active and self._lists.holds(entry.certifier):
                yield from self._issue_by(entry, entry.certifier)
        except Error as error:
            entry.recovered = False  # a full disk may have left reserved serials
            problem = str(error)
        yield from self._told.once(entry.record.id, "issuing", entry.record.name, problem)
        yield from self._lists.keep_up(entry.certifier)

    def _issue_by(self, entry: CaEntry, certifier: Certifier) -> Iterator[str]:
        authority = IssuingAuthority(self._domain, self._actor, self._vault, certifier, self._still_ours)
        if not entry.recovered:
            entry.recovered = True
            if voided := authority.recover():
                numbers = counted(voided, "serial number")
                yield f"{entry.record.name}: {numbers} of an interrupted run {'was' if voided == 1 else 'were'} voided"
        yield from ca_entries.outcome(authority.issue_approved(), entry, self._told)

    def _crl(self, rest: str) -> Iterator[str]:
        match rest.lower().split():
            case ["issue", number]:
                for entry in self._chosen(number):
                    self._domain.doubts.check(entry.record.id)
                    if entry.certifier is None:
                        raise Refused(
                            _("{name} issues no CRL: {problem}", name=entry.record.name, problem=entry.problem)
                        )
                    yield from self._lists.issue(entry.certifier)
            case ["push", number]:
                for entry in self._chosen(number):
                    self._domain.doubts.check(entry.record.id)
                    yield from self._lists.push(entry.record)
            case ["info", number, *letter] if len(letter) <= 1:
                for entry in self._chosen(number):
                    yield from self._lists.info(entry.record, "".join(letter))
            case _:
                raise Refused(
                    _("Enter: tell ca CRL issue|push <certifier number>, or tell ca CRL info <number> [s|n].")
                )

    def _stat(self) -> Iterator[str]:
        yield f"{len(self._entries)} certifier(s) configured"  # Domino's words (fact sheet 3.2)
        for number, entry in enumerate(self._entries, start=1):
            yield f"  {number}. {entry.record.name}"
            yield "       Certifier type: Internet"
            yield f"       Active: {self._state(entry)}"
            yield f"       ICL DB Name: {entry.record.icl_file}"

    def _state(self, entry: CaEntry) -> str:
        doubt = self._domain.doubts.about(entry.record.id)
        problem = str(doubt) if doubt else ca_entries.why_not(entry, self._vault, self._domain.now())
        return f"No ({problem})" if problem else "Yes"

    def _show(self, rest: str) -> Iterator[str]:
        words = rest.split()
        if len(words) != 2 or words[0].lower() != "queue":  # noqa: PLR2004
            raise Refused(_("Enter: tell ca show queue <certifier number>, or * for all."))
        for entry in self._chosen(words[1]):
            lines = [*queue(self._domain, entry.record.id), *self._lists.queue(entry.record)]
            yield f"{entry.record.name}: {counted(len(lines), 'pending request')}"
            yield from (f"       {line}" for line in lines)

    def _activate(self, rest: str) -> Iterator[str]:
        number, _, password = rest.strip().partition(" ")
        if number != "*":
            (entry,) = self._chosen(number)
            yield from self._activate_one(entry, password.strip())
            return
        for entry in self._chosen(number):
            if entry.record.active.protection == Protection.LOCKING_ID or self._vault.is_open(entry.record.active):
                continue
            try:
                yield from self._activate_one(entry, password.strip())
            except (Refused, WrongPassword) as error:
                yield f"{entry.record.name}: {error}"

    def _activate_one(self, entry: CaEntry, password: str) -> Iterator[str]:
        self._domain.doubts.check(entry.record.id)
        if entry.record.active.protection == Protection.LOCKING_ID:
            raise Refused(
                _("{name} is locked by an ID.", name=entry.record.name), _("Enter: tell ca unlock <idfile> <password>")
            )
        if entry.certifier is None:
            raise Refused(_("{name} cannot be activated: {problem}", name=entry.record.name, problem=entry.problem))
        if self._vault.is_open(entry.record.active):
            if not self._vault.open_earlier(entry.certifier, self._server, password):
                raise Refused(_("{name} is already active.", name=entry.record.name))
            yield from self._opened_earlier(entry)
            return
        if entry.record.active.protection != Protection.PASSWORD:
            yield from self._open(entry, self._server, "")
            return
        if not password and (kept := remembered_passwords.activation_password(self._domain, entry.record.id)):
            with contextlib.suppress(WrongPassword):  # it has changed since: ask
                yield from self._open(entry, self._server, kept)
                return
        yield from self._open(
            entry, self._server, password or self._ask(f"Activation password for {entry.record.name}: ")
        )

    def _deactivate(self, rest: str) -> Iterator[str]:
        for entry in self._chosen(rest.strip()):
            self._vault.close(entry.record.id)
            entry.deactivated = True
            self._audit(AuditAction.CERTIFIER_DEACTIVATED, entry.record.name, {})
            yield f"{entry.record.name} has been deactivated"

    def _lock(self, rest: str) -> Iterator[str]:
        for entry in self._locked_by(rest.strip().strip('"')):
            self._vault.close(entry.record.id)
            self._audit(AuditAction.CERTIFIER_LOCKED, entry.record.name, {})
            yield f"{entry.record.name} is locked"

    def _unlock(self, rest: str) -> Iterator[str]:
        file, password = file_and_rest(rest)
        entries = self._locked_by(file)
        password = password or self._ask(f"Password for the ID file {file}: ")
        holder = identifying.open_id(self._domain, self._domain.directory.file(file), password)
        for entry in entries:
            self._domain.doubts.check(entry.record.id)
            if entry.certifier and entry.record.active.locking_id == holder.name:
                yield from self._open(entry, holder)
            elif entry.certifier and self._vault.open_earlier(entry.certifier, holder):
                yield from self._opened_earlier(entry)

    def _locked_by(self, file: str) -> list[CaEntry]:
        if not file:
            raise Refused(_("Specify the ID file: tell ca lock <idfile>, tell ca unlock <idfile> <password>."))
        self._domain.doubts.check(EVERYTHING)
        name = id_files.describe(self._domain.directory.file(file)).name
        entries = [entry for entry in self._entries if name in {each.locking_id for each in entry.record.generations}]
        if not entries:
            raise NotFound(_("No certifier is locked by the ID of {name}.", name=name), _("Enter: tell ca stat"))
        return entries

    def _refresh(self) -> Iterator[str]:
        self._vault.close_all()
        self._lists.forget()
        self._entries = []
        yield from self._turn()
        yield f"Refreshed: {counted(len(self._entries), 'certifier')}"

    def _chosen(self, number: str) -> list[CaEntry]:
        self._domain.doubts.check(EVERYTHING)
        if number == "*":
            return list(self._entries)
        if number.isdecimal() and 1 <= int(number) <= len(self._entries):
            return [self._entries[int(number) - 1]]
        hint = _("To see the numbers, enter: tell ca stat")
        if not number.isdecimal():  # it may be a password without the number: do not repeat it
            raise NotFound(_("Enter the certifier number."), hint)
        raise NotFound(_("Certifier number {number} was not found.", number=number), hint)

    def _refused(self, entry: CaEntry) -> Iterator[str]:
        self._audit(AuditAction.CERTIFIER_REFUSED, entry.record.name, {"problem": entry.problem})
        yield f"{entry.record.name}: {entry.problem}"

    def _audit(self, action: AuditAction, name: str, detail: dict[str, str]) -> None:
        with self._domain.store.transaction() as db:
            audit_log.enter(db, self._domain.now(), self._actor, [Event(action, name, detail)])

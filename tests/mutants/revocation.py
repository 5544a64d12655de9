"""Revocations, their signed state, lists and the OCSP responder."""

from __future__ import annotations

from tests.mutants.change import mutant

REVOKING = "dominoadmin/services/revocation/revoking.py"
STATE = "dominoadmin/services/revocation/state.py"
LISTS = "dominoadmin/services/revocation/crl_issuing.py"
OCSP = "dominoadmin/services/revocation/ocsp_responder.py"
AUTHORITY = "dominoadmin/services/revocation/responder_authority.py"
RECORDS = "dominoadmin/services/revocation/responder_records.py"
COMPROMISED = "dominoadmin/services/records/compromised_keys.py"
STATES = "tests/services/revocation/test_state.py"
ALONE = "tests/services/revocation/test_authorities.py"
RESPONDERS = "tests/services/revocation/test_responders.py"
INVENTED = "tests/services/requests/test_invented_rows.py"
COMPROMISES = "tests/services/records/test_compromised_keys.py"
COMMANDS = "tests/tasks/test_ca_lists.py"
ACCEPTING = "dominoadmin/services/restoring/accepting.py"
LEGIBLE = "dominoadmin/services/restoring/legible_certifiers.py"
OWN = "tests/services/restoring/test_own_certifiers_accepted.py"
ACCEPTED = "tests/services/restoring/test_accepting.py"

PUT_BACK = "tests/tasks/test_put_back.py"

MUTANTS = (
    mutant(
        "a certificate names a partition after one that nobody signed", "dominoadmin/services/records/crl_parts.py",
        '        committed.check_same(db, verifier, [Object("issued", f"{certifier.record.id} {one}")] if one else [])\n', "", "tests/tasks/test_altered_lists.py",
    ),
    mutant("an older checkpoint is published over a newer one", "dominoadmin/services/revocation/published_checkpoints.py", "        if published and published[1].place > seen.place:", "        if False:", PUT_BACK),
    mutant("a partition ends with its certificates' rows", LISTS, "        used = {*issued.living_parts(db, self._id, cutoff), *listed}", "        used = {*issued.living_parts(db, self._id, cutoff)}", "tests/tasks/test_altered_lists.py"),
    mutant("a delta says what nobody has signed", "dominoadmin/services/revocation/crl_issuing.py", "                    self._check_changes(db, base, {*serials})\n", "", STATES),
    mutant("a delta leaves out what is gone", "dominoadmin/services/revocation/crl_issuing.py", "for each in chain(told, entered) if", "for each in told if", STATES),
    mutant("a signed revocation is refused because of a row that nobody signed", REVOKING, "                    check_rows(db, self._verifier, rows_of(certifier.record.id, [serial], order.given))\n", "", "tests/tasks/test_suppressed.py"),
    mutant("a list that was added behind the last one stays", LISTS, "        crls.remove(db, lists.added(db, self._server.verifier()))\n", "", "tests/tasks/test_added_lists.py"),
    mutant("a list is known by a row that nobody signed", "dominoadmin/services/revocation/lists.py", "    return objects != committed.find_differing(db, verifier, objects)", "    return bool(objects)", ACCEPTED),
    mutant("a list that nobody accepted counts as accepted", "dominoadmin/services/revocation/lists.py", '    committed.check_same(db, verifier, [Object("crl_floors", str(certifier_id))])\n', "", PUT_BACK),
    mutant("a row that nobody signed says what is revoked already", "dominoadmin/services/restoring/revoking_again.py", "        committed.check_same(db, verifier, objects)\n", "", ACCEPTED),
    mutant("the numbers of a removed certifier do not jump", LEGIBLE, '        raise committed.altered(Object("certifiers", str(number)))  # its numbers would not jump', "        pass", ACCEPTED),
    mutant("a version that nobody signed is passed over", LEGIBLE, "            _check_rows(db, verifier, record)\n", "", OWN),
    mutant("one certifier that nobody can read keeps the store stopped", LEGIBLE, "        except Tampered:\n            _check_rows", "        except KeyError:\n            _check_rows", OWN),
    mutant("what is in the place of a published list stays", "dominoadmin/tasks/revocation.py", "if self._released.get(record.id) != (state, stamps):", "if self._released.get(record.id, [None])[0] != state:", "tests/tasks/test_put_back.py"),
    mutant("a number that nobody has given keeps the others from jumping", ACCEPTING, "for one in each.lists if one.number <= _BELIEVED)", "for one in each.lists)", OWN),
    mutant("a row that nobody signed says which number was the last", ACCEPTING, "        last = state.made(db, record, verifier).number ", "        last = crls.last_number(db, record.id) ", ACCEPTED),
    mutant("of a file that is handed in only the first list counts", ACCEPTING, "        parts = crl_reading.parts(data)", "        parts = [data]", ACCEPTED),
    mutant("a list that is handed in and is nobody's is left out", ACCEPTING, " or not all(map(_certificates, left)):", ":", ACCEPTED),
    mutant("what is revoked again may take a removed row's number", "dominoadmin/services/restoring/revoking_again.py", "            id=number, certifier_id", "            id=0, certifier_id", ACCEPTED),
    mutant("only the first of several certificates is revoked", "dominoadmin/pki/describe.py", "    if any(each.issuer == first.issuer != each.subject and each != first for each in others):", "    if False:", "tests/cli/test_revoking.py"),
    mutant(
        "the entry about a revocation is made in a second transaction", REVOKING,
        "            audit_log.enter(db, now, self._server, [*self._events(wanted, changed, text)])\n",
        "            from dominoadmin.store import ledger\n"
        "            ledger.take(db)\n"
        "        with self._domain.store.transaction() as db:\n"
        "            audit_log.enter(db, now, self._server, [*self._events(wanted, changed, text)])\n",
        ALONE, STATES,
    ),
    mutant("a revocation's signature may be for something else", REVOKING, "    if not isinstance(before, dict) or said != content(certifier, order, before, wanted.created_at):", "    if not isinstance(before, dict):", ALONE),
    mutant("anybody may revoke", REVOKING, "        check_role(self._certifier, signer)\n", "        pass\n", ALONE),
    mutant("a revocation is carried out in another state than it was signed in", REVOKING, "        if mark(known) != before:", "        if False:", ALONE),
    mutant("a change rests on an altered state", REVOKING, "                revocation_state.check(db, certifier.record, self._verifier, own=self._sealed)\n", "", ALONE, STATES),
    mutant("a change rests on altered rows", REVOKING, "                revocation_state.check_rows(db, certifier.record, touched)\n", "", ALONE, STATES),
    mutant("a change is not sealed", REVOKING, "                self._sealed = revocation_state.seal(db, certifier.record, self._server, touched, now, lists=lists)\n", "                pass\n", ALONE, STATES),
    mutant("a list is made of an altered state", LISTS, "        revocation_state.check(db, self._certifier.record, self._server.verifier())\n", "", ALONE, STATES),
    mutant("a list is made of altered rows", LISTS, "        revocation_state.check_rows(db, self._certifier.record, moving)\n", "", ALONE, STATES),
    mutant("a list's state is not sealed", LISTS, "            revocation_state.seal(db, record, self._server, serials, now, lists=newest)\n", "", ALONE, STATES),
    mutant("another server may have sealed the state", STATE, "    if signer != record.server:", "    if False:", ALONE, STATES),
    mutant("the digests of the pages do not matter", STATE, '            ("pages", _("The revocations")),\n', "", ALONE, STATES),
    mutant("the digests of the entries do not matter", STATE, '            ("chunks", _("The CRL entries")),\n', "", ALONE, STATES),
    mutant("the log is not asked about the state", STATE, "    if not own or revocation_seals.state(db, record.id) != own:", "    if False:", ALONE, STATES),
    mutant("OCSP answers from altered rows", OCSP, "responder), revocation]", "responder)]", RESPONDERS),
    mutant("OCSP answers while the revocations are in doubt", OCSP, "        self._domain.doubts.check(compared.which.record.id)  # what was revoked since must not be good again\n", "", RESPONDERS),
    mutant("a compromised key is certified again", COMPROMISED, "    return found\n", "    return {}\n", COMPROMISES),
    mutant("a key is barred only as long as the rows say so", COMPROMISED, "= {each: refusal() for each, which in barred.items() if claimed[which]}", "= {}", COMPROMISES),
    mutant("a row that nobody has signed calls a key compromised", COMPROMISED, "            found.setdefault(key, doubts.altered(added))", "            found.setdefault(key, refusal())", INVENTED),
    mutant("an added row keeps the state from knowing a barred key", COMPROMISED, "    stored.bar(db, [each for each, which in found.items() if not claimed[which]])", "    stored.bar(db, [each for each, which in found.items() if not ledger.find(db, which).digest])", COMPROMISES),
    mutant("the responder's key is sealed for any purpose", AUTHORITY, '    return documents.canonical({"purpose": _PURPOSE, "certifier": record.name})', '    return documents.canonical({"certifier": record.name})', RESPONDERS),
    mutant("the responder's key is sealed for any certifier", AUTHORITY, '    return documents.canonical({"purpose": _PURPOSE, "certifier": record.name})', '    return documents.canonical({"purpose": _PURPOSE})', RESPONDERS),
    mutant("another certifier's responder answers", OCSP, "            if not (certification_paths.is_issued_by(certificate, issuer) and", "            if not (", RESPONDERS),
    mutant("anybody's certificate answers", OCSP, " and ocsp.is_responder(certificate)):", "):", RESPONDERS),
    mutant("a responder's row is not compared", OCSP, "        rows = [*which.objects(), *responder_records.objects(certifier_id, which.generation, responder), revocation]", "        rows = [*which.objects(), revocation]", RESPONDERS),
    mutant("a revocation of a responder is not compared", RECORDS, " if known else [which]", " if False else [which]", RESPONDERS),
    mutant("OCSP answers for a certifier that nobody signed", OCSP, "        rows = [*which.objects(), *", "        rows = [*", RESPONDERS),
    mutant("an altered responder is not replaced", AUTHORITY, "        with contextlib.suppress(Tampered, Damaged), self._domain.store.snapshot() as db:  # an altered one is replaced\n            known = self._known(db)", "        with self._domain.store.snapshot() as db:\n            known = responders.find(db, self._certifier.record.id, self._certifier.generation.number)", RESPONDERS),
    mutant("the rows are not compared when a key is opened", "dominoadmin/tasks/ca.py", "        self._lists.check_again(entry.record.id)\n        entry.problem", "        entry.problem", COMMANDS),
    mutant("the rows are not compared every hour", "dominoadmin/tasks/revocation.py", "        return at is not None and not is_over(at, lists.AGAIN, self._domain.now())", "        return at is not None", COMMANDS),
    mutant("a revoked responder answers", RECORDS, "    return None if revoked and revoked.released_at is None else known", "    return known", RESPONDERS),
    mutant("the state is not asked before an answer", OCSP, 'known.get(entry, ""))', "ledger.find(db, entry).digest)", RESPONDERS),
    mutant("a responder is kept whose row nobody compared", RECORDS, "    committed.check_same(db, verifier, objects(certifier_id, generation, known))\n", "", RESPONDERS),
    mutant("an answer is given again whatever was committed since", "dominoadmin/store/sqlite/unchanged.py", "if key in values and version == _version(db) else None", "if key in values else None", RESPONDERS),
    mutant("an answer is given again for ever", OCSP, " or not given.at <= now < min(given.at + _FRESH, given.until):", ":", RESPONDERS),
    mutant("an answer is given again while the revocations are in doubt", OCSP, "        self._domain.doubts.check(given.certifier_id)\n", "", RESPONDERS),
    mutant("what anybody says of a list counts", "dominoadmin/services/audit/committed.py", "    return record is not None and _verified(record, verifier.anchor)[0] == name", "    return True", COMMANDS),
    mutant("what nobody has signed counts", "dominoadmin/services/audit/committed.py", "not (entry.signed_in and entry.actor == name):  # an", "not entry.actor == name:  # an", COMMANDS),
    mutant("a certifier's command needs nobody who may run programs", "dominoadmin/services/revocation/publishing.py", "    if not commands.will_run(allowed, certifier.signers_of_command):", "    if False:", COMMANDS),
    mutant("who has signed another command counts", "dominoadmin/services/certifiers/configuring.py", "                break\n            found.append(each.signer)", "                pass\n            found.append(each.signer)", COMMANDS),
)  # fmt: skip

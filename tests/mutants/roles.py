"""Who may do what: signed documents, configurations, decisions, name limits, leases."""

from __future__ import annotations

from tests.mutants.change import mutant

DOCUMENTS = "dominoadmin/pki/documents.py"
IDENTITIES = "dominoadmin/pki/identities.py"
CONFIGURING = "dominoadmin/services/certifiers/configuring.py"
DECISIONS = "dominoadmin/services/requests/decisions.py"
APPROVING = "dominoadmin/services/requests/approving.py"
PROFILES = "dominoadmin/pki/profiles.py"
LIMITS = "dominoadmin/pki/name_limits.py"
CERTIFIABLE = "dominoadmin/pki/certifiable.py"
LEASING = "dominoadmin/services/directory/leasing.py"
SIGNED = "tests/pki/test_documents.py"
VERSIONS = ("tests/services/certifiers/test_forged_versions.py",)
ISSUING = "dominoadmin/services/requests/issuing.py"
OPENING = "dominoadmin/services/identities/opening_to_repair.py"
REMEMBERED = "dominoadmin/services/identities/remembered_passwords.py"
OVERTAKEN = "tests/services/requests/test_overtaken.py"
BY_MEMBERS = "tests/services/audit/test_signatures.py"
APPROVED = "tests/services/requests/test_approving.py"
ISSUED = "tests/services/requests/test_issuing.py"
NAMES = "tests/pki/test_name_limits.py"
PARTICULARS = "tests/pki/test_profiles.py"
FORMER = "tests/services/audit/test_former_ids.py"
RENEWED = "tests/services/identities/test_renewing.py"
JUDGING = "dominoadmin/services/audit/judging.py"
IDENTIFYING = "dominoadmin/services/identities/identifying.py"
ISSUING_NOW = "dominoadmin/services/processes/issuing_now.py"
AT_ONCE = "tests/services/processes/test_issuing_now.py"
LEASES = "tests/services/directory/test_leasing.py"
GENERATED = "dominoadmin/services/key_rings/generated.py"
SEALED_FOR = "tests/services/key_rings/test_generated.py"
AFTERWARDS = "tests/services/audit/test_judging.py"

MUTANTS = (
    mutant("a signature is not verified", DOCUMENTS, "        if not keys.verifies(key, document.signature, _signed_bytes(kind, document.content)):", "        if False:", SIGNED),
    mutant("a document of one kind is taken for another", DOCUMENTS, "        if document.kind != kind:", "        if False:", SIGNED),
    mutant("a signature is valid for every kind of document", DOCUMENTS, '    return _CONTEXT + kind.encode() + b"\\x00" + content', "    return _CONTEXT + content", SIGNED, "tests/services/requests/test_proving.py"),
    mutant("an expired ID signs", DOCUMENTS, "        signer.check_time(now)\n", "", SIGNED),
    mutant("a cross-certificate is taken for an ID", IDENTITIES, "or (rest == [anchor] and _is_id(leaf))", "or (rest == [anchor])", SIGNED, "tests/pki/test_id_files.py"),
    mutant("an ID need not be issued by the organization", IDENTITIES, "        leaf.verify_directly_issued_by(anchor)\n", "", SIGNED, "tests/pki/test_id_files.py"),
    mutant("anybody may sign a configuration", CONFIGURING, "    if signer not in caas or configuration.version != number:", "    if configuration.version != number:", *VERSIONS),
    mutant("a version may have any number", CONFIGURING, "    if signer not in caas or configuration.version != number:", "    if signer not in caas:", *VERSIONS),
    mutant("a version may follow any other", CONFIGURING, "    if last and configuration.signed_at and configuration.previous != documents.digest(last.document):", "    if False:", *VERSIONS),
    mutant("a version may be signed before the last one", CONFIGURING, "    if text and not in_order:", "    if False:", *VERSIONS),
    mutant("a certifier may have another name than its certificate", "dominoadmin/services/certifiers/own_certificates.py", '        return record.name if {str(names.from_x509(each)) for each in subjects} == {record.name} else ""', "        return record.name", "tests/services/certifiers/test_founding.py"),
    mutant("the log is not asked about configurations", CONFIGURING, '    absent = [Object("configurations", f"{record.id} {len(versions) + 1}"), *own_certificates.absent(record)]\n', "    absent: list[Object] = []\n", "tests/services/audit/test_committed.py"),
    mutant("the sealed key may be another one", CONFIGURING, '        and configuration.seal in ("", documents.digest(active.sealed_key))\n', "", *VERSIONS),
    mutant("the protection may be another one", CONFIGURING, "        and (configuration.protection, configuration.locking_id) == (active.protection, active.locking_id)\n", "", *VERSIONS),
    mutant("the certificate may be another one", CONFIGURING, "        configuration.certificate_sha256 == documents.digest(active.certificate)  # so that it can be read\n        and ", "        ", *VERSIONS),
    mutant("a decision may be about something else", DECISIONS, "        if content != self._expected(content, signed[:-1], decision):", "        if False:", BY_MEMBERS),
    mutant("anybody may decide", DECISIONS, "        if not all(signer in each.ras for each in self._deciding(content)):", "        if False:", OVERTAKEN),
    mutant("an RA who was removed decides", DECISIONS, "        return newest, *found", "        return found", OVERTAKEN),
    mutant("the rows of a request are not compared before its decision is followed", DECISIONS, "        self.history.check()\n        signed = self.signed\n", "        signed = self.signed\n", OVERTAKEN),
    mutant("a removed configuration is not missed between two batches", ISSUING, "            self._check_newest(db)\n            return", "            return", OVERTAKEN),
    mutant("a removed configuration is not missed after the signing", ISSUING, "        self._check_newest(db)\n        if revoked_ids", "        if revoked_ids", OVERTAKEN),
    mutant("the certificate of another request is handed out", "dominoadmin/services/records/issued_certificates.py", '    committed.check(db, verifier, [*rows, Object("issued", f"{request.certifier_id} {document.serial_hex}")])\n', "", "tests/services/requests/test_pullable.py"),
    mutant("an ID that has ended repairs", OPENING, "            if known.get(end):", "            if False:", "tests/cli/test_store.py"),
    mutant("an ID that nobody has recorded repairs", OPENING, "        if not known.get(document):", "        if False:", "tests/cli/test_store.py"),
    mutant("a kept password goes while a certifier is altered", REMEMBERED, "            committed.check_certifiers(db, verifier)\n", "            pass\n", "tests/services/identities/test_remembered_passwords.py"),
    mutant("the password of an ID in use goes", REMEMBERED, " if _has_ended(db, verifier, domain.directory.file(text))]", "]", "tests/services/identities/test_remembered_passwords.py"),
    mutant("what changed since it was shown is approved", APPROVING, "    if case.digest != digest:", "    if False:", OVERTAKEN),
    mutant("a decision needs no signature", APPROVING, "        stored_decisions.add(db, signed)\n", "", APPROVED, ISSUED),
    mutant("the fields are not signed", DECISIONS, '            "fields": fields,\n', "", OVERTAKEN, BY_MEMBERS),
    mutant("the request's bytes are not signed", DECISIONS, '        "request_sha256": documents.digest(request.csr),\n', "", OVERTAKEN, BY_MEMBERS),
    mutant("the number of the request is not signed", DECISIONS, '        "request": request.id,\n', "", OVERTAKEN, BY_MEMBERS, "tests/services/requests/test_proving.py"),
    mutant("the certifier's key is not signed", DECISIONS, '        "certifier_key": certifier.identifier,\n', "", OVERTAKEN, BY_MEMBERS, "tests/services/requests/test_proving.py"),
    mutant("anybody approves in the program", APPROVING, "    known.certifiers[certifier_id].configuration.check_ra(ra.name)\n", "", APPROVED),
    mutant("what is decided is decided again", APPROVING, "    if state in states:", "    if True:", APPROVED),
    mutant("domains do not limit names", PROFILES, "        if self.dns_suffixes and not name_limits.permit(self.dns_suffixes, name):", "        if False:", PARTICULARS, NAMES),
    mutant("domains limit host names only", PROFILES, "        if self.dns_suffixes and not name_limits.permit(", '        if name.kind == "dns" and self.dns_suffixes and not name_limits.permit(', PARTICULARS, NAMES),
    mutant("domains do not limit the common name", PROFILES, "        if not self.dns_suffixes or name_limits.permit_common_name(self.dns_suffixes, common_name):", "        if True:", PARTICULARS, NAMES),
    mutant("every end of a name is a domain", LIMITS, 'host == limit or host.endswith(f".{limit}")', "host.endswith(limit)", NAMES),
    mutant("an address passes as a name", LIMITS, "            inside = address is None and (", "            inside = (", NAMES),
    mutant("the address of a URI does not count", LIMITS, '            return urlsplit(name.value).hostname or ""', '            return name.value.rpartition("/")[2]', NAMES),
    mutant("a common name with a scheme passes", LIMITS, '    text = text.partition("://")[2].partition("/")[0] or text\n', "", NAMES),
    mutant("a certificate for the certifier's own key", CERTIFIABLE, "        if keys.spki(self.public_key) == issuer.key_info:", "        if False:", "tests/services/requests/test_rules.py", APPROVED, ISSUED),
    mutant("a certificate with the certifier's own name", CERTIFIABLE, "        if names.same(self.particulars.subject.x509(), issuer.certificate.subject):", "        if False:", "tests/services/requests/test_rules.py", APPROVED, ISSUED),
    mutant("a revoked ID makes entries", JUDGING, "        if problem := self._former_problem(db, entry, fingerprint):", '        if problem := "":', FORMER),
    mutant("a document of a revoked ID in another one's entry", JUDGING, "        used = (fingerprint, *(former_ids.signer_of(db, each) for each in entry.commits))", "        used = (fingerprint,)", FORMER),
    mutant("the next start has forgotten who was revoked", JUDGING, 'set(content.get("former_ids", ()))', "set()", FORMER),
    mutant("the program enters what a revoked ID signs", "dominoadmin/services/audit/log.py", "        self.check_current(db, entries, signer)\n", "", FORMER),
    mutant("the program enters a document of a revoked ID", "dominoadmin/services/audit/log.py", "        if stored_former_ids.is_there(db):", "        if False:", FORMER),
    mutant("a revoked ID is opened", IDENTIFYING, "        committed.check_current(db, Actor.of(identity).verifier(), identity.chain_der[0])\n", "        pass\n", FORMER, RENEWED),
    mutant("a revocation whose row was removed is none", "dominoadmin/services/audit/committed.py", "    check_same(db, verifier, [former_ids.object_with(fingerprint)])\n", "", FORMER),
    mutant("an approval of a revoked ID is issued", "dominoadmin/services/requests/issuing.py", "            if ended := revoked.get(work.signed_with):", "            if ended := None:", FORMER),
    mutant("an ID that is revoked while certificates are signed", "dominoadmin/services/requests/issuing.py", "        if revoked_ids.problems(db, self._verifier, {each.order.signed_with for each in signed}):", "        if False:", FORMER),
    mutant("a revoked ID takes a hold back", "dominoadmin/services/revocation/revoking.py", "            revoked_ids.check_signer(self._domain, self._verifier, wanted.document)\n", "            pass\n", FORMER),
    mutant("anybody revokes IDs", "dominoadmin/services/identities/renewing.py", "    if identity.kind != CERTIFIER:", "    if False:", RENEWED),
    mutant("no epoch begins after a leak of the server's ID", "dominoadmin/services/identities/renewing.py", "                audit_log.enter(db, now, Actor.of(certifier), [event], begins_epoch=is_leaked)", "                audit_log.enter(db, now, Actor.of(certifier), [event])", RENEWED),
    mutant("a leaked sealing key stays", "dominoadmin/services/identities/renewing.py", "        id_keys=new if is_leaked else replace(new, sealing=server.sealing_key),", "        id_keys=replace(new, sealing=server.sealing_key),", RENEWED),
    mutant("a responder that is sealed to a leaked key stays", "dominoadmin/services/revocation/responder_authority.py", " and is_strong and is_ours)", " and is_strong)", RENEWED),
    mutant("a forged document becomes genuine by a renewal", "dominoadmin/services/identities/renewing.py", "    committed.check_domain(db, verifier, entry.name)\n", "", RENEWED),
    mutant("an ID has ended by a row that nobody has signed", "dominoadmin/services/identities/renewing.py", "    committed.check_same(db, verifier, [former_ids.object_with(_fingerprint(entry))])\n", "", FORMER),
    mutant("rows that nobody can read are entered", "dominoadmin/services/audit/checkpoints.py", ", reads_rows=True)", ")", "tests/services/records/test_illegible_rows.py"),
    mutant("two processes hold a lease", LEASING, "            if found is None or not _is_held(domain, found):", "            if True:", LEASES),
    mutant("a process that lost its lease goes on", LEASING, "        if found is None or found.holder != self.record.holder:", "        if found is None:", LEASES),
    mutant("a lease of the future is believed for ever", LEASING, "    return timedelta(seconds=time.monotonic() - seen.since)", "    return timedelta()", LEASES),
    mutant("a lease never ends", LEASING, "    return _silence(domain, found) < _ENDS_AFTER and (", "    return (", LEASES),
    mutant("an object that was removed without a role is a new one afterwards", JUDGING, "        elif problem := self._problem(db, self._lawful(entry), signer):", "        elif problem := self._problem(db, entry, signer):", AFTERWARDS),
    mutant("a refusal sets back only the first of two changes", "dominoadmin/services/audit/roles.py", "in reversed(self.commits):  # it may", "in self.commits:  # it may", AFTERWARDS),
    mutant("a request about which an entry was refused is in doubt for ever", JUDGING, "                self._roles.lawful.pop(each, None)\n", "                pass\n", AFTERWARDS),
    mutant("an approval of a revoked ID in the form of an earlier version", "dominoadmin/services/audit/former_ids.py", '    "admin_requests": "decision",\n', "", FORMER),
    mutant("anybody's edit of a request counts", DECISIONS, "    return tuple(filter(is_signed, history.edits))", "    return history.edits", OVERTAKEN),
    mutant("a certifier need not be founded", "dominoadmin/services/audit/roles.py", 'if kind == "certifiers" and Object("founding_statements", key) in new', 'if kind == "certifiers"', "tests/services/audit/test_roles.py"),
    mutant("an approval of an earlier version by a former ID is carried out", "dominoadmin/services/records/revoked_ids.py", "(each in current or not former.is_superseded)", "not former.is_superseded", FORMER),
    mutant("Issue Now begins for who is no RA", ISSUING_NOW, "    shown.certifier.configuration.check_ra(ra.name)\n", "", f"{AT_ONCE}::test_who_is_no_ra_can_neither_look_nor_issue"),
    mutant("Issue Now signs what the store has, not what was shown", ISSUING_NOW, "    digest = decisions.digest(pending.request, shown.fields, shown.certifier)", "    digest = inspecting.inspect(domain, Actor.of(ra), pending.request.id).digest", f"{AT_ONCE}::test_a_certifier_that_is_configured_in_between_changes_nothing_unseen"),
    mutant("Issue Now does not look at the rules that were shown", ISSUING_NOW, "    if shown.problem:\n", "    if False:\n", f"{AT_ONCE}::test_a_broken_rule_is_shown_and_nothing_is_begun"),
    mutant("the server's ID opens generated key rings for everybody", GENERATED, "signer == actor.name and content ==", "content ==", SEALED_FOR),
    mutant("the server's ID opens key rings that the person has not signed", GENERATED, "        if stash.person != actor.name or not _is_signed(domain, actor, stash):", "        if stash.person != actor.name:", SEALED_FOR),
    mutant("the signature of a generated password fits any seal", GENERATED, "signer == actor.name and content == {**stash.content(), _AT: instant(at)}", "signer == actor.name and bool(content)", SEALED_FOR),
    mutant("a revoked ID signs generated passwords", GENERATED, "    revoked_ids.check_signer(domain, verifier, stash.signed)\n", "", SEALED_FOR),
    mutant("whatever a configuration names is a person", "dominoadmin/store/role_facts.py", "return found if all(isinstance(each, str) for each in found.caas | found.ras) else None", "return found", AFTERWARDS),
    mutant("an entry about a list has any number", "dominoadmin/store/revocation_seals.py", "    return number if type(number) is int else None", "    return number  # type: ignore[no-any-return]", "tests/services/revocation/test_state.py"),
    mutant("a decision that nobody can read is the newest one", "dominoadmin/store/decisions.py", '" AND number BETWEEN 0 AND :last GROUP BY request_id"', '" GROUP BY request_id"', AFTERWARDS),
    mutant("a key ring trusts the certifier of any database", "dominoadmin/services/key_rings/certifying.py", "    databases.check(db, actor.verifier(), record)\n", "", "tests/services/key_rings/test_certifying.py"),
    mutant("a locked window opens generated key rings", GENERATED, "    if server is None or actor.identity is None:", "    if server is None:", SEALED_FOR),
    mutant("the seal of a generated password is not bound to the person", "dominoadmin/pki/stashes.py", '    named = {"person": person} if person else {}\n', "    named: dict[str, str] = {}\n", "tests/pki/test_stashes.py"),
    mutant("a changed password stays sealed for the person", "dominoadmin/services/key_rings/editing.py", "    stash = stashes.seal(new_password, name, holder, opened.key_fingerprint)\n", "    stash = stashes.seal(new_password, name, holder, opened.key_fingerprint, before.person if before else '')\n", SEALED_FOR),
)  # fmt: skip

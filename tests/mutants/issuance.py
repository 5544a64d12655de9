"""The issuance cycle, its journal, and the key that signs."""

from __future__ import annotations

from tests.mutants.change import Edit, Mutant, mutant

CYCLE = "dominoadmin/services/issuance/cycle.py"
ISSUING = "dominoadmin/services/requests/issuing.py"
VAULT = "dominoadmin/services/certifiers/key_vault.py"
ALONE = "tests/services/issuance/test_cycle.py"
TESTS = "tests/services/requests/test_authority.py"
CUSTODY = "tests/services/certifiers/test_key_custody.py"

MUTANTS = (
    Mutant(
        "the entry about issued certificates is made in a second transaction",
        (
            Edit(
                ISSUING,
                "        audit_log.enter(db, now, self._server, [*refused, *(self._issued_event(each) for each in signed)])\n",
                "        from dominoadmin.store import ledger\n"
                "        ledger.take(db)\n"
                "        self._late = [*refused, *(self._issued_event(each) for each in signed)]\n",
            ),
            Edit(
                ISSUING,
                "        return cycle.run(RequestOrder(each, parts, now) for each in verified)\n",
                "        ran = cycle.run(RequestOrder(each, parts, now) for each in verified)\n"
                "        with self._transaction() as db:\n"
                "            audit_log.enter(db, now, self._server, getattr(self, '_late', []))\n"
                "        return ran\n",
            ),
        ),
        (TESTS,),
    ),
    mutant("the count of the journal does not matter", CYCLE, "    if count != len(expected):", "    if False:", ALONE),
    mutant(
        "issued serial numbers are not counted", CYCLE,
        "            _check_count(issued.close(db, self._issuer, done, SerialState.ISSUED), done)",
        "            issued.close(db, self._issuer, done, SerialState.ISSUED)", ALONE,
    ),
    mutant(
        "void serial numbers are not counted", CYCLE,
        "            _check_count(issued.close(db, self._issuer, void, SerialState.VOID), void)",
        "            issued.close(db, self._issuer, void, SerialState.VOID)", ALONE,
    ),
    mutant(
        "what a crash has left is not counted", CYCLE,
        "    _check_count(issued.close(db, issuer, left, SerialState.VOID), left)",
        "    issued.close(db, issuer, left, SerialState.VOID)", ALONE,
    ),
    mutant("a failed run leaves its serial numbers reserved", CYCLE, "                self._void(serials)\n", "                pass\n", ALONE),
    mutant("the bytes in the journal are not compared", CYCLE, "            if tbs != work.draft.tbs:", "            if False:", ALONE),
    mutant(
        "the bytes of the draft are signed, not those in the journal", CYCLE,
        "der = issuance.certificate_from(tbs, self._sign(tbs))",
        "der = issuance.certificate_from(tbs, self._sign(tbs[:-1] + bytes([tbs[-1] ^ 1])))", ALONE,
    ),
    mutant(
        "what was signed is not compared with what was linted", CYCLE,
        "                if x509.load_der_x509_certificate(der).tbs_certificate_bytes != tbs:", "                if False:", ALONE,
    ),
    mutant("the lint is not asked", CYCLE, "    if problems := (judge or lint.problems)(draft.linted, order.issuer):", "    if problems := []:", ALONE),
    mutant("nothing is looked at again after signing", CYCLE, "            errors = self._recheck(db, [work.order for work in signed])", "            errors: list[Error | None] = [None] * len(signed)", ALONE),
    mutant("another process may have taken over", CYCLE, "            self._still_ours(db)\n", "            pass\n", ALONE),
    mutant("a signature is not verified before its release", VAULT, '    if not verified:\n        raise RuntimeError(f"A signature', '    if False:\n        raise RuntimeError(f"A signature', CUSTODY),
    mutant(
        "a list's signature is not verified before its release", VAULT,
        "digests.verifies(public, signature, digest, hash_name))", "True)", CUSTODY,
    ),
    mutant(
        "a certificate's signature is not verified before its release", VAULT,
        "keys.verifies(certifier.issuer.public_key, signature, tbs, hash_name))", "True)", CUSTODY,
    ),
    mutant("anybody may have founded the certifier", VAULT, "key is None or founder != certifier.registered_by or", "key is None or", CUSTODY),
    mutant("the key may be another one", VAULT, " or not _belongs(key, public):", ":", CUSTODY),
    mutant(
        "the configuration may have changed while signing", ISSUING,
        "        if certifiers.newest_version(db, self._certifier.record.id) != self._certifier.configuration.version:\n            raise _Over",
        "        if False:\n            raise _Over", TESTS,
    ),
    mutant("a request is issued twice", ISSUING, "    if record.id in done:", "    if False:", TESTS),
    mutant("a compromised key is issued for", ISSUING, "            elif refused := compromised.get(work.key):", "            elif refused := None:", "tests/services/requests/test_issuing.py"),
    mutant("a compromise during signing is not seen", ISSUING, "    return compromised\n", "    return None\n", TESTS),
    mutant("an approval is not verified", ISSUING, "        approver = case.signer(Decision.APPROVE, self._verifier, now)\n", '        approver = ""\n', TESTS),
)  # fmt: skip

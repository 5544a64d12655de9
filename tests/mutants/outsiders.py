"""What an outsider's script must refuse (resources/verify_proof.py), and what `store check --deep` must tell."""

from __future__ import annotations

from tests.mutants.change import mutant

SCRIPT = "resources/verify_proof.py"
DEEP = "dominoadmin/services/processes/deep_checks.py"
PROOFS = "tests/services/requests/test_proving.py"
DEEPLY = "tests/services/processes/test_deep_checks.py"

MUTANTS = (
    mutant("anybody may have approved", SCRIPT, '    need(0 < number <= len(versions) and approver in configuration["ras"] and approver in versions[number - 1]["ras"],', "    need(True,", PROOFS),
    mutant("a version of the configuration may be left out", SCRIPT, '    need(not log.held("configurations", f"{certifier} {len(versions) + 1}"), ', "    need(True, ", PROOFS),
    mutant("the log may be another one", SCRIPT, "        need(old > 0 and grown(old, new, path, old_root) == (old_root, new_root) and not path, OTHER_LOG)", "        grown(old, new, path, old_root)", PROOFS),
    mutant("entries need not be in the log", SCRIPT, "included(leaf, number - 1, size, path) == root\n                 and not path,", "included(leaf, number - 1, size, path),", PROOFS),
    mutant("the approval may be for another key", SCRIPT, "    need(asked.public_key() == certificate.public_key(), ", "    need(True, ", PROOFS),
    mutant("the names may be others", SCRIPT, '    need(names == sorted(fields["names"]), ', "    need(True, ", PROOFS),
    mutant("the subject may be another", SCRIPT, '    need(sorted(subject) == sorted(fields["subject"].items()), ', "    need(True, ", PROOFS),
    mutant("the duration may be another", SCRIPT, "timedelta(0) <= days - lasts <= BACKDATED", "True", PROOFS),
    mutant("a detail may be another", SCRIPT, '                need(entry["detail"] == digest.hex(), ', "                need(True, ", PROOFS),
    mutant("a file moves the cursor", SCRIPT, '"".join(each if each.isprintable() else "?" for each in said)', "said", PROOFS),
    mutant("a CRL's signature is not verified", DEEP, "    if not any(verifies(Issuer(certificate, each), crls.pieces(db, crl.id)) for each in hashes):", "    if False:", DEEPLY),
    mutant("a certificate's signature is not verified", DEEP, "    if not any(certification_paths.is_issued_by(certificate, each) for each in issuers):", "    if False:", DEEPLY),
    mutant("a decision's signer may be anybody", DEEP, "    if not any(signer in version.configuration.ras for version in versions):", "    if False:", DEEPLY),
    mutant("a decision may be about anything", DEEP, "    if about != (request.id, documents.digest(request.csr), certifier.record.name):", "    if False:", DEEPLY),
    mutant("a newer decision may be about anything", DEEP, '    if (content.get("request"), content.get("number")) != (decision.request_id, decision.number):', "    if False:", DEEPLY),
    mutant("a CRL ends anywhere", "dominoadmin/pki/crls.py", "    if total != size or left or not held.startswith(algorithm):", "    if left or not held.startswith(algorithm):", DEEPLY),
    mutant("a version that was refused counts", SCRIPT, "        need(found and self.held(kind, key) == digest,", "        need(found,", PROOFS),
    mutant("nobody need have founded the certifier", SCRIPT, '        need(entry["action"] == TAKEN_OVER, ', "        need(True, ", PROOFS),
    mutant("anybody says what was issued or approved", "dominoadmin/services/requests/proving.py", '    return "previous" in content or [*which, "", digest] in content["commits"]', "    return True", PROOFS),
)  # fmt: skip

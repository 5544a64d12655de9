"""Certifiers with several keys: who issues, who signs lists, and the paths that are handed out."""

from __future__ import annotations

from tests.mutants.change import mutant

ISSUING = "dominoadmin/services/requests/issuing.py"
CONFIGURING = "dominoadmin/services/certifiers/configuring.py"
CERTIFICATES = "dominoadmin/services/certifiers/own_certificates.py"
BEGINNING = "dominoadmin/services/certifiers/generations.py"
LISTS = "dominoadmin/services/revocation/crl_issuing.py"
ROLES = "dominoadmin/services/audit/roles.py"
TASK = "dominoadmin/tasks/revocation.py"
TESTS = "tests/services/certifiers/test_generations.py"

MUTANTS = (
    mutant("a retired key issues", ISSUING, "        if certifier.is_retired:", "        if False:", TESTS),
    mutant("the journal is that of the newest key", CONFIGURING, "fingerprint(self.record.generations[0].certificate)", "fingerprint(self.record.active.certificate)", TESTS),
    mutant("the newest key is that of every certificate", CONFIGURING, "        found = (each for each in self.generations if is_issued_by(certificate, each.issuer.certificate))\n", "        found = iter(self.generations)\n", TESTS),
    mutant("a key may be removed", CERTIFICATES, '    yield Object("generations", f"{record.id} {len(record.generations) + 1}")\n', "", TESTS),
    mutant("a key may be altered", CERTIFICATES, '            yield Object("generations", f"{record.id} {generation.number}")\n', "            pass\n", TESTS),
    mutant("a certificate of a key may be altered", CERTIFICATES, '            yield Object(ROWS, f"{record.id} {generation.number} {other.number}")\n', "            pass\n", TESTS),
    mutant("a path that has expired is handed out", CERTIFICATES, "            if each.role == role and all(_is_valid(der, now) for der in found):", "            if each.role == role:", TESTS),
    mutant("a link comes before a parent's certificate", CERTIFICATES, "(CertificateRole.PARENT, CertificateRole.OUTSIDE, CertificateRole.LINK)", "(CertificateRole.LINK, CertificateRole.OUTSIDE, CertificateRole.PARENT)", TESTS),
    mutant("anybody begins a key", BEGINNING, "    modifying.check_caa(actor, certifier.record.name, certifier.configuration.caas)\n    modifying.check_version", "    modifying.check_version", TESTS),
    mutant("a key begins on an overtaken configuration", BEGINNING, "    modifying.check_version(certifier, order.protection.version)\n", "", TESTS),
    mutant("a certificate of another key is one of this", BEGINNING, "    if not same_key or own.subject", "    if own.subject", TESTS),
    mutant("certificates need not form a path", BEGINNING, "    if not above or not all(", "    if False and not all(", TESTS),
    mutant("a retired key signs no lists", LISTS, "    return now <= until or (regular is not None and regular.this_update <= until)", "    return False", TESTS),
    mutant("a retired key signs lists for ever", LISTS, "    return now <= until or (regular is not None and regular.this_update <= until)", "    return True", TESTS),
    mutant("a retired key signs no list after the last certificate", LISTS, "    return now <= until or (regular is not None and regular.this_update <= until)", "    return now <= until", TESTS),
    mutant("an entry leaves before each key has told of it", LISTS, "        return min([now, *(regular.this_update for regular in found if regular)])", "        return now", TESTS),
    mutant("partitions are those of all keys", LISTS, " if self._certifier.has_part(part)]", "]", TESTS),
    mutant("octets of the other key's lists are forgotten", LISTS, "        for each in self._certifier.record.generations:\n", "        for each in [self._certifier.generation]:\n", TESTS),
)

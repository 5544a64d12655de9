"""What the preflight accepts is issued as it was requested; what the issuance cycle would refuse is never approved."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID

from dominoadmin.errors import Refused
from dominoadmin.pki import lint
from dominoadmin.pki.profiles import CertificateSettings, NamePolicy
from dominoadmin.services.certifiers import modifying
from dominoadmin.services.requests import inspecting
from tests import builders, specimens
from tests.builders import CA_NAME, HOST, sql
from tests.pki import hostile_requests

USAGES = "The request asks for usages that the certificate would not have ({}): grant or decline them."
OWN_NAME = "The certificate would have the certifier's own name."
NOT_LISTED = "is not among the subjectAltNames"
ISSUED = ""
SERVER, CLIENT = ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH
MAIL, CODE = ExtendedKeyUsageOID.EMAIL_PROTECTION, ExtendedKeyUsageOID.CODE_SIGNING
IPSEC = x509.ObjectIdentifier("1.3.6.1.5.5.7.3.17")


@dataclass(frozen=True)
class Asked:
    """A request: its subject, its names, its usages; and the rule that it breaks, or `ISSUED`."""

    expected: str
    common_name: str = HOST
    names: tuple[str, ...] = (HOST,)
    purposes: tuple[x509.ObjectIdentifier, ...] = ()
    bits: tuple[str, ...] = ()
    kind: str = "server"
    algorithm: str = "ec-p256"
    organization: str = "MyCompany"

    def csr(self) -> bytes:
        subject = specimens.name(self.common_name, organization_name=self.organization)
        builder = x509.CertificateSigningRequestBuilder().subject_name(subject)
        if self.names:
            names = [builders._general_name(name) for name in self.names]
            builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
        if self.purposes:
            builder = builder.add_extension(x509.ExtendedKeyUsage(self.purposes), critical=False)
        if self.bits:
            builder = builder.add_extension(specimens.usage(*self.bits), critical=True)
        return builder.sign(specimens.key(self.algorithm, "applicant"), hashes.SHA256()).public_bytes(Encoding.PEM)


SIGNING = "digital_signature"
ASKED = {
    "plain": Asked(ISSUED),
    "common name of another host": Asked(NOT_LISTED, "www.other.example"),
    "common name in capitals": Asked(ISSUED, "WWW.Example.com"),
    "common name of a parent": Asked(NOT_LISTED, "example.com"),
    "wildcard, listed": Asked(ISSUED, "*.example.com", ("*.example.com",)),
    "wildcard, not listed": Asked(NOT_LISTED, "*.example.com"),
    "address as common name, listed": Asked(ISSUED, "10.0.0.1", ("10.0.0.1",)),
    "address as common name, not listed": Asked(NOT_LISTED, "10.0.0.1"),
    "common name in U-labels": Asked(NOT_LISTED, "bücher.example", ("xn--bcher-kva.example",)),
    "common name with a port": Asked(NOT_LISTED, "www.example.com:443"),
    "TLS server": Asked(ISSUED, purposes=(SERVER,)),
    "TLS server and client": Asked(USAGES.format("clientAuth"), purposes=(SERVER, CLIENT)),
    "code signing for a server": Asked(USAGES.format("codeSigning"), purposes=(CODE,)),
    "any purpose": Asked(USAGES.format("2.5.29.37.0"), purposes=(ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE,)),
    "IPsec": Asked(USAGES.format("1.3.6.1.5.5.7.3.17"), purposes=(SERVER, IPSEC)),
    "OCSP signing": Asked(USAGES.format("OCSPSigning"), purposes=(ExtendedKeyUsageOID.OCSP_SIGNING,)),
    "certificate signing": Asked(USAGES.format("keyCertSign"), bits=(SIGNING, "key_cert_sign")),
    "non-repudiation": Asked(USAGES.format("nonRepudiation"), bits=(SIGNING, "content_commitment")),
    "encipherment with a key that cannot": Asked(ISSUED, bits=(SIGNING, "key_encipherment")),
    "agreement with a key that can": Asked(USAGES.format("keyAgreement"), bits=(SIGNING, "key_agreement")),
    "agreement with a key that cannot": Asked(ISSUED, bits=(SIGNING, "key_agreement"), algorithm="rsa-2048"),
    "client": Asked(ISSUED, "Bob", (), kind="client"),
    "code signing for a client": Asked(USAGES.format("codeSigning"), "Bob", (), (CODE,), kind="client"),
    "TLS client": Asked(ISSUED, "Bob", (), (CLIENT,), kind="client"),
    "e-mail": Asked(ISSUED, "Bob", ("bob@example.com",), (MAIL,), kind="client"),
    "TLS client and e-mail": Asked(ISSUED, "Bob", (), (CLIENT, MAIL), kind="client"),
    "TLS server for a client": Asked(USAGES.format("serverAuth"), "Bob", (), (SERVER,), kind="client"),
    "code signing and TLS client": Asked(USAGES.format("codeSigning"), "Bob", (), (CODE, CLIENT), kind="client"),
    "the certifier's name": Asked(OWN_NAME, "MyCompany CA", (), kind="client"),
    "the certifier's name in other letters": Asked(OWN_NAME, "mycompany  CA", (), kind="client", organization="MYCOMPANY"),
    "the certifier's name, full width": Asked(OWN_NAME, "\uff2dyCompany CA", (), kind="client"),
    "the certifier's name for a server": Asked(OWN_NAME, "MyCompany CA"),
    "nearly the certifier's name": Asked(ISSUED, "MyCompanyCA", (), kind="client"),
}


def looked(office, number: int) -> str:
    """Return the first broken rule; an approval that goes against it is a fault."""
    inspection = inspecting.inspect(office.domain, office.actor(), number)
    problems = [check.problem for check in inspection.checks if check.problem]
    (outcome,) = builders.approve(office.domain, office.ann, [number])
    assert outcome.problem == (problems or [""])[0]
    assert len(problems) <= 1
    return outcome.problem


def purposes(certificate: x509.Certificate) -> tuple[x509.ObjectIdentifier, ...]:
    return tuple(certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value)


@pytest.mark.parametrize("asked", ASKED.values(), ids=ASKED)
def test_what_all_rules_accept_is_issued_with_the_usage_that_was_requested(office, asked: Asked) -> None:
    builders.ready(office)
    number = builders.submitted(office, data=asked.csr(), kind=asked.kind)
    problem = looked(office, number)
    result = builders.authority(office).issue_approved()
    if asked.expected:
        assert asked.expected in problem
        assert (result.issued, result.refused) == ([], [])
        assert builders.state(office, number) == "Submitted to Administration Process"
        return
    assert (problem, result.issued, result.refused) == ("", [number], [])
    (certificate,) = builders.certificates(office)
    if asked.purposes:
        assert purposes(certificate) == asked.purposes
    root = x509.load_der_x509_certificate(builders.record(office).active.certificate)
    assert lint.problems(certificate, root) == []


def hostile() -> Iterator[tuple[str, bytes]]:
    for case in hostile_requests.cases():
        if case.name not in ("100 MB of zeros", "empty file"):
            yield case.name, case.build()


@pytest.mark.parametrize(("kind", "least"), [("server", 1), ("client", 10)])
def test_no_hostile_request_is_approved_and_then_refused(office, kind: str, least: int) -> None:
    builders.ready(office)
    approved = []
    for name, data in hostile():
        try:
            number = builders.submitted(office, data=data, kind=kind)
        except Refused:
            continue
        if not looked(office, number):
            approved.append(name)
    result = builders.authority(office).issue_approved()
    assert result.refused == []
    assert len(result.issued) == len(approved) >= least


LIMITED = NamePolicy(dns_suffixes=("example.com", "192.0.2.0/24"))
OUTSIDE = "is outside the domains and IP addresses that the certifier allows: example.com, 192.0.2.0/24."
BEYOND = {
    "host": Asked(OUTSIDE, "www.example.org", ("www.example.org",)),
    "a second host": Asked(OUTSIDE, names=(HOST, "www.example.org")),
    "address": Asked(OUTSIDE, names=(HOST, "203.0.113.9")),
    "listed address": Asked(ISSUED, names=(HOST, "192.0.2.9")),
    "mail": Asked(OUTSIDE, "Bob", ("bob@example.org",), kind="client"),
    "listed mail": Asked(ISSUED, "Bob", ("bob@mail.example.com",), kind="client"),
    "host as the common name of a client": Asked(OUTSIDE, "www.example.org", (), kind="client"),
    "name of a person": Asked(ISSUED, "Bob Builder", (), kind="client"),
}


@pytest.mark.parametrize("asked", BEYOND.values(), ids=BEYOND)
def test_a_certifier_keeps_to_its_domains_whoever_asks(office, asked: Asked) -> None:
    """The settings were narrowed after the request was taken in, which would not take it now."""
    builders.ready(office)
    number = builders.submitted(office, data=asked.csr(), kind=asked.kind)
    draft = modifying.begin(office.domain, office.actor(), 1)
    modifying.save(office.domain, office.ann, replace(draft, settings=CertificateSettings(names=LIMITED)))
    assert asked.expected in looked(office, number)
    assert bool(builders.authority(office).issue_approved().issued) == (asked.expected == ISSUED)


def edit(office, number: int, **changes: object):
    return builders.edit(office.domain, office.ann, number, changes)


def code_signer(office) -> int:
    builders.ready(office)
    return builders.submitted(office, data=ASKED["code signing for a client"].csr(), kind="client")


def test_the_inspection_shows_the_usages_that_were_requested_beside_those_that_will_be_issued(office) -> None:
    inspection = inspecting.inspect(office.domain, office.actor(), code_signer(office))
    assert inspection.asked["extended_key_usage"] == ["codeSigning"]
    assert inspection.fields["extended_key_usage"] == ["clientAuth", "emailProtection"]
    assert inspection.asked["key_usage"] == inspection.fields["key_usage"]  # the request names none


def test_a_usage_is_granted_by_an_edit_only_if_the_certifier_allows_it(office) -> None:
    number = code_signer(office)
    with pytest.raises(Refused, match="do not allow the usage codeSigning"):
        edit(office, number, extended_key_usage=["codeSigning"])
    draft = modifying.begin(office.domain, office.actor(), 1)
    settings = CertificateSettings(extended_key_usage=("codeSigning", "clientAuth", "emailProtection"))
    modifying.save(office.domain, office.ann, replace(draft, settings=settings))
    edit(office, number, extended_key_usage=["codeSigning"])
    assert looked(office, number) == ""
    assert builders.authority(office).issue_approved().issued == [number]
    assert purposes(builders.certificates(office)[0]) == (CODE,)


def test_an_ra_declines_a_usage_by_a_recorded_and_signed_edit(office) -> None:
    number = code_signer(office)
    with pytest.raises(Refused) as refused:
        edit(office, number, days=30)
    assert str(refused.value) == USAGES.format("codeSigning")
    edit(office, number, declined_usages=["codeSigning"])
    (recorded,) = inspecting.inspect(office.domain, office.actor(), number).edits
    assert (recorded.before.get("declined_usages"), recorded.after["declined_usages"]) == (None, ["codeSigning"])
    assert looked(office, number) == ""
    assert builders.authority(office).issue_approved().issued == [number]
    assert purposes(builders.certificates(office)[0]) == (CLIENT, MAIL)


def test_a_declined_usage_is_part_of_what_the_ra_signs(office) -> None:
    number = code_signer(office)
    edit(office, number, declined_usages=["codeSigning"])
    assert looked(office, number) == ""
    sql(office, "UPDATE admin_requests SET fields = replace(fields, 'codeSigning', 'timeStamping')")
    (refusal,) = builders.authority(office).issue_approved().refused
    assert "is not the one that was signed" in refusal.problem


def test_what_is_granted_later_is_no_longer_declined(office) -> None:
    builders.ready(office)
    number = builders.submitted(office, data=ASKED["non-repudiation"].csr())
    assert edit(office, number, declined_usages=["nonRepudiation"]).fields["declined_usages"] == ["nonRepudiation"]
    after = edit(office, number, key_usage=["digitalSignature", "nonRepudiation"]).fields
    assert "declined_usages" not in after


@pytest.mark.parametrize("declined", [["code signing"], ["1.2.x"], "codeSigning", [7], [["codeSigning"]], {"a": 1}, None], ids=str)
def test_what_is_no_usage_is_not_declined(office, declined: object) -> None:
    number = code_signer(office)
    with pytest.raises(Refused):
        edit(office, number, declined_usages=declined)
    assert builders.view(office, number).fields.get("declined_usages") is None


def test_no_request_that_has_its_certificate_is_approved_again(office) -> None:
    """Its state in the store is not signed: somebody may have set it back."""
    builders.ready(office)
    number = builders.approved(office)
    builders.authority(office).issue_approved()
    sql(office, "UPDATE admin_requests SET state = 'New'")
    sql(office, "UPDATE requests SET state = 'Submitted to Administration Process'")
    assert looked(office, number) == "A certificate has already been issued for this request."


def test_the_rule_about_the_standards_is_shown_with_the_others(office) -> None:
    builders.ready(office)
    number = builders.submitted(office)
    rules = [check.rule for check in inspecting.inspect(office.domain, office.actor(), number).checks]
    assert rules[-1] == "The certificate, built as it will be issued, is correct by the standards"
    assert CA_NAME == builders.record(office).name


def test_the_certificate_that_is_linted_before_the_approval_is_the_one_that_is_issued(office, monkeypatch) -> None:
    """All but the serial number, and what that decides, is the same octet for octet."""
    seen: list[x509.Certificate] = []
    real = lint.problems
    monkeypatch.setattr(lint, "problems", lambda own, issuer: seen.append(own) or real(own, issuer))
    builders.ready(office)
    number = builders.submitted(office)
    office.clock.now = office.clock.now.replace(minute=0, second=0) + timedelta(hours=1)  # as that is what is linted
    seen.clear()
    builders.approve(office.domain, office.ann, [number])
    assert len(seen) == 1  # a batch is linted once in an act
    builders.authority(office).issue_approved()
    assert len(seen) == 2
    serials = [f"{certificate.serial_number:040x}" for certificate in seen]
    first, second = [certificate.tbs_certificate_bytes.hex() for certificate in seen]
    assert first.replace(serials[0], "") == second.replace(serials[1], "")


def test_what_was_linted_to_be_shown_is_not_linted_again_to_be_approved(office, monkeypatch) -> None:
    seen: list[x509.Certificate] = []
    real = lint.problems
    monkeypatch.setattr(lint, "problems", lambda own, issuer: seen.append(own) or real(own, issuer))
    builders.ready(office)
    number = builders.submitted(office)
    office.clock.now = office.clock.now.replace(minute=10) + timedelta(hours=1)
    inspecting.inspect(office.domain, office.actor(), number)
    shown = len(seen)
    assert shown
    office.clock.advance(minutes=20)
    builders.approve(office.domain, office.ann, [number])
    assert len(seen) == shown
    builders.authority(office).issue_approved()
    assert len(seen) == shown + 1  # what is signed is always linted

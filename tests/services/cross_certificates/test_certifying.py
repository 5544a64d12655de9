"""Cross-certification with a certifier ID (technote, step 22): issued certificates, refusals, records."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID

from dominoadmin.errors import NotFound, Refused, Tampered
from dominoadmin.pki import keys
from dominoadmin.services.audit import verifying
from dominoadmin.services.cross_certificates import certifying as cross_certifying
from dominoadmin.services.cross_certificates.certifying import CrossRequest
from dominoadmin.services.domain import Actor
from dominoadmin.services.progress import Progress
from dominoadmin.services.records import address_books
from dominoadmin.store import audit, cross_certificates
from tests import builders, ids, specimens
from tests.outside import judges
from tests.services.cross_certificates import other_authorities
from tests.services.cross_certificates.other_authorities import SERVER, SUB_CA

TRUSTED = "The requested Cross Certificate will not be issued because the subject is already trusted."
USAGE = "A cross certificate will not be made due to key usage restrictions in the input certificate."
UNPARSED = "Unable to parse certificate"
CROSS_INPUT = (
    "The supplied certificate is a cross certificate; "
    "a certificate issued by an ancestor of the subject name is required"
)
NOT_A_CERTIFIER = "The ID file is not a Certifier ID file and cannot be used to issue certificates"


@pytest.fixture
def desk(office):
    """The office with the machine's clock, which the judges and openssl use."""
    office.clock.now = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=60)
    return office


@pytest.fixture(scope="module")
def other(tmp_path_factory) -> other_authorities.Other:
    return other_authorities.root(tmp_path_factory.mktemp("other") / "ca")


@pytest.fixture(scope="module")
def other_rsa(tmp_path_factory) -> other_authorities.Other:
    return other_authorities.root(tmp_path_factory.mktemp("rsa") / "ca", "rsa")


def issue(desk, subject: bytes, **fields) -> address_books.Entry:
    return cross_certifying.issue_with_id(desk.domain, desk.certifier, desk.actor(), CrossRequest(subject, **fields))


def refusal(desk, subject: bytes, **fields) -> Refused:
    with pytest.raises(Refused) as caught:
        issue(desk, subject, **fields)
    assert address_books.entries(desk.domain, desk.actor()) == []
    assert states(desk) in ([], ["void"])
    return caught.value


def states(desk) -> list[str]:
    return [row["state"] for row in builders.journal(desk) if row["request_id"] is None]


def root_of(desk) -> x509.Certificate:
    return desk.certifier.certificate


def everyone_refuses(leaf, root, intermediates, hostname: str) -> None:
    for judge in judges.JUDGES.values():
        with pytest.raises(AssertionError):
            judge(leaf, root, intermediates, hostname)


# Issued certificates


@pytest.mark.judge
@pytest.mark.parametrize("authority", ["other", "other_rsa"])
def test_a_cross_certificate_makes_a_path_from_our_root_to_a_server_of_the_other_authority(desk, authority, request):
    other = request.getfixturevalue(authority)
    server = other.server("DNS:www.b.example")
    with pytest.raises(AssertionError):
        judges.openssl_verifies(server, root_of(desk), (other.certificate,))
    entry = issue(desk, other.pem)
    judges.everyone_verifies(server, root_of(desk), (entry.certificate,), "www.b.example")


@pytest.mark.judge
def test_domains_bind_the_other_authority_and_it_may_name_no_address(desk, other):
    entry = issue(desk, other.pem, permitted_dns=("B.example", "b.example", "bücher.example"))
    path = (entry.certificate,)
    judges.everyone_verifies(other.server("DNS:www.b.example"), root_of(desk), path, "www.b.example")
    judges.openssl_verifies(other.server("DNS:xn--bcher-kva.example"), root_of(desk), path)
    everyone_refuses(other.server("DNS:www.c.example"), root_of(desk), path, "www.c.example")
    everyone_refuses(other.server("DNS:www.notb.example"), root_of(desk), path, "www.notb.example")
    everyone_refuses(other.server("IP:10.0.0.1"), root_of(desk), path, "10.0.0.1")
    everyone_refuses(other.server("DNS:b.example", "IP:10.0.0.1"), root_of(desk), path, "b.example")


@pytest.mark.judge
def test_the_path_length_says_how_many_authorities_may_follow(desk, other):
    below = other.issue("/C=US/O=Other/CN=Sub CA", SUB_CA)
    server = below.server("DNS:www.b.example")
    strict, wide = issue(desk, other.pem), issue(desk, other.pem, book="directory", path_length=1)
    everyone_refuses(server, root_of(desk), (below.certificate, strict.certificate), "www.b.example")
    judges.everyone_verifies(server, root_of(desk), (below.certificate, wide.certificate), "www.b.example")


@pytest.mark.judge
def test_an_authority_below_another_one_of_its_organization_can_be_trusted_alone(desk, other):
    below = other.issue("/C=US/O=Other/CN=Sub CA", SUB_CA)
    entry = issue(desk, below.pem)
    judges.everyone_verifies(below.server("DNS:b.example"), root_of(desk), (entry.certificate,), "b.example")
    everyone_refuses(other.server("DNS:b.example"), root_of(desk), (entry.certificate,), "b.example")


@pytest.mark.judge
def test_openssl_gives_up_if_the_other_root_stands_in_the_bundle_so_ours_leaves_it_out(desk, other):
    server, entry = other.server("DNS:b.example"), issue(desk, other.pem)
    bundle = address_books.bundle(desk.domain, desk.actor(), entry.record.id)
    assert bundle.anchor == root_of(desk)
    assert bundle.chain == (entry.certificate,)
    judges.openssl_verifies(server, root_of(desk), [bundle.pem])
    with pytest.raises(AssertionError):
        judges.openssl_verifies(server, root_of(desk), [other.pem, bundle.pem])


@pytest.mark.judge
def test_an_authority_made_with_gnutls_names_its_key_in_another_way_and_is_trusted_all_the_same(desk, tmp_path):
    template, key, made = (tmp_path / name for name in ("ca.cfg", "ca.key", "ca.pem"))
    template.write_text('cn = "GnuTLS CA"\norganization = "Other"\nca\ncert_signing_key\nexpiration_days = 100\n')
    run = ["certtool", "--generate-privkey", "--key-type", "ecdsa", "--outfile", str(key)]
    judges._ask(run)
    judges._ask(
        [
            "certtool",
            "--generate-self-signed",
            "--load-privkey",
            str(key),
            "--template",
            str(template),
            "--outfile",
            str(made),
        ]
    )
    other = other_authorities.Other(made, key)
    entry = issue(desk, other.pem)
    judges.everyone_verifies(other.server("DNS:b.example"), root_of(desk), (entry.certificate,), "b.example")


def test_it_says_what_the_dialog_says_and_nothing_more(desk, other):
    entry = issue(desk, other.pem, days=30, path_length=2)
    made = entry.certificate
    assert made.subject == other.certificate.subject
    assert made.issuer == root_of(desk).subject
    assert made.not_valid_before_utc == desk.clock.now - timedelta(minutes=5)
    assert made.not_valid_after_utc == desk.clock.now + timedelta(days=30) - timedelta(minutes=5, seconds=1)
    found = {extension.oid._name: (extension.critical, extension.value) for extension in made.extensions}
    assert set(found) == {"subjectKeyIdentifier", "authorityKeyIdentifier", "basicConstraints", "keyUsage"}
    assert found["basicConstraints"] == (True, x509.BasicConstraints(ca=True, path_length=2))
    assert found["keyUsage"] == (True, specimens.usage("key_cert_sign", "crl_sign"))


def test_der_is_as_good_as_pem(desk, other):
    assert issue(desk, specimens.der(other.certificate)).problem == ""


def test_it_does_not_outlive_the_other_authoritys_own_certificate(desk, other):
    assert issue(desk, other.pem).certificate.not_valid_after_utc == other.certificate.not_valid_after_utc


def test_an_authority_without_key_usage_is_not_restricted_and_the_encoding_of_its_name_is_kept(desk, tmp_path):
    old_style = "basicConstraints=critical,CA:TRUE\nsubjectKeyIdentifier=hash\n"
    subject = "/DC=example/DC=b/OU=CAs/CN=Prüfstelle/emailAddress=ca@b.example"
    other = other_authorities.root(tmp_path / "ca", subject=subject, extensions=old_style)
    made = issue(desk, other.pem).certificate
    assert made.subject.public_bytes() == other.certificate.subject.public_bytes()
    assert other.certificate.subject.public_bytes() in made.tbs_certificate_bytes


def test_what_the_other_authority_is_restricted_to_stays_so(desk):
    constraints = x509.NameConstraints([x509.DNSName("b.example")], [x509.DNSName("secret.b.example")])
    purposes = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
    other = ca().having(constraints, critical=True).having(purposes)
    open_, narrow = (issue(desk, pem(other), book=b, permitted_dns=d) for b, d in BOTH)
    assert open_.certificate.extensions.get_extension_for_class(x509.NameConstraints).value == constraints
    assert open_.certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value == purposes
    narrowed = narrow.certificate.extensions.get_extension_for_class(x509.NameConstraints).value
    assert narrowed.permitted_subtrees == [x509.DNSName("www.b.example")]
    assert x509.DNSName("secret.b.example") in narrowed.excluded_subtrees
    assert len(narrowed.excluded_subtrees) == 3


BOTH = (("personal", ()), ("directory", ("www.b.example",)))


def test_a_purpose_of_any_kind_is_no_restriction(desk):
    other = ca().having(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE]))
    made = issue(desk, pem(other)).certificate
    assert not [extension for extension in made.extensions if isinstance(extension.value, x509.ExtendedKeyUsage)]


def test_progress_speaks_dominos_words(desk, other):
    heard = []

    class Listener(Progress):
        def step(self, text: str) -> None:
            heard.append(text)

    request = CrossRequest(other.pem)
    cross_certifying.issue_with_id(desk.domain, desk.certifier, desk.actor(), request, Listener())
    assert heard == ["Cross certifying Other CA/Other/US"]


# Records


def test_it_lies_in_the_book_of_the_person_or_in_the_directory_and_the_audit_log_says_so(desk, other):
    personal, common = issue(desk, other.pem), issue(desk, other.pem, book="directory")
    assert (personal.record.book, common.record.book) == ("CN=Ann Admin/O=MyCompany/C=US", "directory")
    assert states(desk) == ["issued", "issued"]
    assert address_books.entries(desk.domain, desk.actor()) == [personal, common]
    assert address_books.entries(desk.domain, desk.actor(), "personal") == [personal]
    assert address_books.entries(desk.domain, Actor.of(desk.rob), "personal") == []
    assert address_books.get(desk.domain, desk.actor(), 2) == common
    with desk.domain.store.snapshot() as db:
        last = list(audit.entries(db))[-1]
    assert (last.action, last.object, last.actor) == (
        "cross-certificate issued", common.record.serial_hex, "CN=Ann Admin/O=MyCompany/C=US",
    )  # fmt: skip
    assert (last.detail["book"], last.detail["certifier"]) == ("directory", "O=MyCompany/C=US")
    verifying.verify(desk.domain, desk.actor())


def test_of_two_at_once_one_is_issued_and_the_other_one_is_void(desk, other):
    outcomes: list[str] = []
    gate = threading.Barrier(2)

    def one() -> None:
        gate.wait()
        try:
            issue(desk, other.pem)
            outcomes.append("issued")
        except Refused as refused:
            outcomes.append(str(refused))

    threads = [threading.Thread(target=one) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == [TRUSTED, "issued"]
    assert len(address_books.entries(desk.domain, desk.actor())) == 1
    assert sorted(states(desk)) in (["issued"], ["issued", "void"])


def test_one_that_lost_the_race_after_signing_is_void_and_nobody_sees_it(desk, other, monkeypatch):
    request = CrossRequest(other.pem)
    slow = cross_certifying.CrossIssuance(
        desk.domain, desk.certifier, desk.actor(), cross_certifying.certification(desk.actor(), request)
    )
    sign = keys.sign_checked

    def overtaken(key, data, hash_name=""):
        monkeypatch.setattr(keys, "sign_checked", sign)
        signature = sign(key, data, hash_name)
        issue(desk, other.pem)
        return signature

    monkeypatch.setattr(keys, "sign_checked", overtaken)
    with pytest.raises(Refused, match="already trusted"):
        slow.run()
    assert len(address_books.entries(desk.domain, desk.actor())) == 1
    assert sorted(states(desk)) == ["issued", "void"]


def test_an_expired_cross_certificate_does_not_stand_in_the_way_of_a_new_one(desk, other):
    old = issue(desk, other.pem, days=30)
    desk.clock.advance(days=31)
    assert "expired on" in address_books.get(desk.domain, desk.actor(), old.record.id).problem
    with pytest.raises(Refused, match="expired on"):
        address_books.bundle(desk.domain, desk.actor(), old.record.id)
    assert issue(desk, other.pem).problem == ""


# Refusals, which leave nothing behind


def test_what_is_trusted_already_is_not_issued_again(desk, other):
    first = issue(desk, other.pem)
    with pytest.raises(Refused) as caught:
        issue(desk, other.pem, path_length=1)
    assert str(caught.value) == TRUSTED
    assert f"cross-certificate {first.record.id}" in caught.value.hint


def test_the_certifier_does_not_certify_itself(desk):
    assert str(refusal(desk, specimens.pem(root_of(desk)))) == TRUSTED


def test_what_the_certifier_has_issued_is_trusted_already(desk):
    below = ca().but(
        issuer=root_of(desk).subject, subject=x509.Name([*root_of(desk).subject, *specimens.name("Sales")])
    )
    assert str(refusal(desk, specimens.pem(below.signed(desk.certifier.signing_key)))) == TRUSTED


def test_an_impostor_with_the_certifiers_own_name_is_refused(desk):
    name = root_of(desk).subject
    refused = refusal(desk, pem(ca().but(subject=name, issuer=name)))
    assert str(refused) == "The other authority has the certifier's own name, but a different key."


def test_a_cross_certificate_is_no_subject(desk, other, tmp_path):
    foreign = other.issue("/C=DE/O=Third/CN=Third CA", SUB_CA)
    assert str(refusal(desk, foreign.pem)) == CROSS_INPUT
    crossed = issue(desk, other.pem)
    assert str(failed(desk, specimens.pem(crossed.certificate))) == CROSS_INPUT
    nameless = other_authorities.root(tmp_path / "ca", subject="/CN=Root").issue("/CN=Below", SUB_CA)
    assert str(failed(desk, nameless.pem)) == CROSS_INPUT


def failed(desk, subject: bytes, **fields) -> Refused:
    with pytest.raises(Refused) as caught:
        issue(desk, subject, **fields)
    return caught.value


@pytest.mark.parametrize(
    "extensions",
    [
        SERVER.format(names="DNS:b.example"),
        "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,cRLSign\nsubjectKeyIdentifier=hash\n",
        "subjectKeyIdentifier=hash\n",
    ],
    ids=["a server", "signs only CRLs", "no basic constraints"],
)
def test_a_certificate_that_may_not_sign_certificates_is_refused(desk, other, extensions):
    assert str(refusal(desk, other.issue("/O=Other/CN=x", extensions).pem)) == USAGE


def test_rubbish_is_refused_in_dominos_words(desk, other):
    der = specimens.der(other.certificate)
    rubbish = [
        b"",
        b"\0" * 70_000,
        b"\xff\xd8\xff\xe0 JFIF",
        other.key_file.read_bytes(),
        other.pem + other.pem,
        other.pem + other.key_file.read_bytes(),
        other.pem.replace(b"END", b"EN"),
        der[:-1],
        der + b"\0",
    ]
    for data in rubbish:
        assert str(refusal(desk, data)) == UNPARSED


def test_a_damaged_byte_is_noticed_unless_it_makes_a_name_whose_issuer_nobody_knows(desk, other):
    der = specimens.der(other.certificate)
    for position in range(0, len(der), 7):
        damaged = der[:position] + bytes([der[position] ^ 0x55]) + der[position + 1 :]
        try:
            cross_certifying.certification(desk.actor(), CrossRequest(damaged))
        except Refused:
            continue
        certificate = x509.load_der_x509_certificate(damaged)
        assert certificate.issuer != certificate.subject


def test_a_wrong_signature_of_its_own_is_seen(desk, other):
    der = bytearray(specimens.der(other.certificate))
    der[-1] ^= 1
    assert str(refusal(desk, bytes(der))) == "The signature on the certificate was found to be invalid."


@pytest.mark.parametrize(
    ("algorithm", "reason"),
    [("rsa-1024", "has 1024 bits"), ("brainpool", "brainpoolP256r1"), ("ed25519", "Ed25519")],
)
def test_a_weak_key_is_refused(desk, tmp_path, algorithm, reason):
    assert reason in str(refusal(desk, other_authorities.root(tmp_path / "ca", algorithm).pem))


def test_an_expired_authority_is_refused(desk, other):
    desk.clock.advance(days=901)
    assert "expired on" in str(refusal(desk, other.pem))


def test_an_authority_of_tomorrow_is_refused(desk):
    tomorrow = ca().but(not_before=desk.clock.now + timedelta(days=1))
    assert "is not valid before" in str(refusal(desk, pem(tomorrow)))


def test_a_critical_extension_nobody_understands_is_refused(desk):
    unknown = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\x05\x00")
    assert "1.2.3.4" in str(refusal(desk, pem(ca().having(unknown, critical=True))))


def test_a_name_that_cannot_be_repeated_is_refused_by_the_lint_and_its_serial_is_void(desk):
    draft = ca(specimens.name("Tele", organization_name="Other"))
    utf8 = b"\x0c\x04Tele"
    signed = draft.signed(specimens.key("ec-p256", "cross"))
    tbs = specimens.spliced(signed.tbs_certificate_bytes, utf8, b"\x14\x04Tele", 2)
    der = resigned(tbs, specimens.key("ec-p256", "cross"))
    assert "neither a UTF8String nor a PrintableString" in str(refusal(desk, der))
    assert states(desk) == ["void"]


def test_an_unusual_key_identifier_is_refused_by_the_lint(desk):
    draft = ca().having(x509.SubjectKeyIdentifier(b"\x01" * 20))
    assert "subjectKeyIdentifier is not the SHA-1" in str(refusal(desk, pem(draft)))


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"path_length": -1}, "The path length of a cross-certificate must be 0 to 5."),
        ({"path_length": 6}, "The path length of a cross-certificate must be 0 to 5."),
        ({"days": 0}, "A cross-certificate can be valid for 1 to 36525 days."),
        ({"days": 36526}, "A cross-certificate can be valid for 1 to 36525 days."),
        ({"permitted_dns": ("*.b.example",)}, "is a wildcard"),
        ({"permitted_dns": ("example",)}, "is not a fully qualified host name"),
        ({"permitted_dns": ("10.0.0.1",)}, "ends in a number"),
        ({"permitted_dns": tuple(f"a{n}.example" for n in range(101))}, "at most 100 permitted domains"),
        ({"book": "cookery"}, "'cookery' is not an address book"),
    ],
)
def test_a_field_that_breaks_its_rule_is_refused(desk, other, fields, reason):
    assert reason in str(refusal(desk, other.pem, **fields))


def test_more_than_its_own_certificate_allows_is_refused(desk):
    length = x509.BasicConstraints(ca=True, path_length=1)
    constraints = x509.NameConstraints([x509.DNSName("b.example")], None)
    other = pem(ca().having(length, critical=True).having(constraints, critical=True))
    assert "allows a path length of at most 1" in str(refusal(desk, other, path_length=2))
    refused = refusal(desk, other, permitted_dns=("www.b.example", "c.example"))
    assert str(refused) == "The other authority's own certificate does not permit the domain c.example."


@pytest.mark.parametrize("who", ["ann", "server"])
def test_only_a_certifier_id_issues(desk, other, who):
    with pytest.raises(Refused) as caught:
        cross_certifying.issue_with_id(desk.domain, getattr(desk, who), desk.actor(), CrossRequest(other.pem))
    assert str(caught.value) == NOT_A_CERTIFIER


def test_an_end_entity_that_calls_itself_a_certifier_does_not_issue(desk, other):
    liar = replace(desk.ann, kind="certifier")
    with pytest.raises(Refused, match="not a Certifier ID file"):
        cross_certifying.issue_with_id(desk.domain, liar, desk.actor(), CrossRequest(other.pem))


def test_the_certifier_of_another_organization_does_not_issue(desk, other):
    foreign = ids.organization("O=Elsewhere", 1 << 100 | 1, desk.clock.now)
    with pytest.raises(Refused, match="The selected certifier is not allowed to perform that action"):
        cross_certifying.issue_with_id(desk.domain, foreign, desk.actor(), CrossRequest(other.pem))


def test_an_expired_certifier_does_not_issue(desk, other):
    desk.clock.advance(days=36600)
    with pytest.raises(Refused, match="The selected certifier is not allowed to perform that action") as caught:
        issue(desk, other.pem)
    assert "expired on" in caught.value.hint


# Tampering


def change(desk, sql: str, *values: object) -> None:
    with builders.behind(desk.domain.store) as db:
        db.execute(sql, values)


def test_a_certificate_that_somebody_put_into_the_book_is_seen_and_not_exported(desk, other):
    entry = issue(desk, other.pem)
    with builders.behind(desk.domain.store) as db:
        planted = replace(
            entry.record, id=0, der=specimens.der(other.certificate), issuer=other.certificate.issuer.rfc4514_string().replace(",", "/"),
            serial_hex=f"{other.certificate.serial_number:x}", not_after=other.certificate.not_valid_after_utc,
        )  # fmt: skip
        number = cross_certificates.add(db, planted)
    found = address_books.get(desk.domain, desk.actor(), number)
    assert found.tampered
    assert found.problem == "This cross-certificate was not issued by a certifier of this domain."
    with pytest.raises(Tampered):
        address_books.bundle(desk.domain, desk.actor(), number)


@pytest.mark.parametrize(
    "change_", ["der = x'3000'", "subject = 'CN=Good CA'", "not_after = '2099-01-01T00:00:00Z'", "serial_hex = '1'"]
)
def test_a_changed_document_is_seen_and_does_not_count_as_trusted(desk, other, change_):
    entry = issue(desk, other.pem)
    change(desk, f"UPDATE cross_certificates SET {change_}")
    found = address_books.get(desk.domain, desk.actor(), entry.record.id)
    assert (found.tampered, found.problem) == (
        True,
        "The cross-certificate's document was changed after it was issued.",
    )
    assert issue(desk, other.pem).problem == ""


def test_a_number_that_is_not_there_is_not_found(desk):
    with pytest.raises(NotFound, match="Cross-certificate 9 was not found"):
        address_books.get(desk.domain, desk.actor(), 9)


# Specimens


def ca(subject: x509.Name | None = None) -> specimens.Draft:
    public_key = specimens.key("ec-p256", "cross").public_key()
    name = subject or specimens.name("Specimen CA", country_name="US", organization_name="Specimen")
    draft = specimens.root_draft().but(subject=name, issuer=name, public_key=public_key)
    return draft.having(x509.SubjectKeyIdentifier.from_public_key(public_key))


def pem(draft: specimens.Draft) -> bytes:
    return draft.signed(specimens.key("ec-p256", "cross")).public_bytes(Encoding.PEM)


def resigned(tbs: bytes, key) -> bytes:
    algorithm = bytes.fromhex("300a06082a8648ce3d040302")
    signature = key.sign(tbs, ec.ECDSA(hashes.SHA256()))
    return specimens.tlv(0x30, tbs, algorithm, specimens.tlv(0x03, b"\0", signature))

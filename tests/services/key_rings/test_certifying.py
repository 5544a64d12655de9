"""Trusted root, request and signed certificate of an existing key ring."""

from __future__ import annotations

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from dominoadmin.errors import NotFound, Refused, Tampered, WrongPassword
from dominoadmin.services.key_rings import management as key_rings
from dominoadmin.services.requests import submitting
from tests import builders
from tests.pki.authorities import issue, root
from tests.services.key_rings.conftest import DATABASE, add_certifier, add_database, pkcs12


def unchanged(stage, kind, sentence, act, *arguments):
    """Check that an act is refused and changes no file."""
    before = stage.files()
    with pytest.raises(kind, match=sentence) as caught:
        act(*arguments)
    assert stage.files() == before
    return caught.value


def test_certify_does_later_what_create_leaves_out(stage):
    number = stage.certify("new.kyr")
    shown = stage.show("new.kyr")
    assert (shown.state, [each.label for each in shown.trusted_roots]) == ("request submitted", ["MyCompany CA"])
    assert stage.view(number).state == "Pending Submission"


def test_the_request_carries_the_key_rings_key_name_and_alternative_names(stage):
    stage.create(file="names.kyr", names=("ip:10.0.0.1", "dns:*.example.com"), organizational_unit="IT")
    csr = x509.load_der_x509_csr(stage.view(stage.certify("names.kyr")).request.csr)
    assert csr.is_signature_valid
    assert csr.subject.rfc4514_string() == "CN=server1.example.com,OU=IT,O=MyCompany,ST=Massachusetts,C=US"
    names = csr.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["server1.example.com", "*.example.com"]
    assert [str(each) for each in names.get_values_for_type(x509.IPAddress)] == ["10.0.0.1"]


def test_a_key_ring_that_trusts_the_root_already_keeps_its_label(stage):
    key_rings.label_trusted_root(stage.domain, stage.actor, stage.access(), "MyCompany CA", "Ours")
    before = stage.files()
    stage.certify("keyfile.kyr")
    assert stage.files() == before
    assert [each.label for each in stage.show().trusted_roots] == ["Ours"]


def test_a_database_for_clients_only_is_refused_before_the_root_is_merged(stage):
    add_certifier(stage.domain, stage.ann, "Client CA")
    add_database(stage.domain, stage.ann, "Client CA", "clients.nsf", "client")
    confirmed = key_rings.trusted_root_of(stage.domain, stage.actor, "clients.nsf")
    arguments = stage.domain, stage.actor, stage.access("new.kyr"), "clients.nsf"
    unchanged(stage, Refused, '"Client Certificates Only" should not', key_rings.certify, *arguments, confirmed)
    unchanged(stage, Refused, '"Client Certificates Only" should not', key_rings.submit_request, *arguments)


def test_a_wrong_password_and_a_missing_file_are_told_apart(stage):
    for act in (
        lambda access: key_rings.submit_request(stage.domain, stage.actor, access, DATABASE),
        lambda access: key_rings.pickup_preview(stage.domain, stage.actor, access, stage.pickup_ids["waiting.kyr"]),
        lambda access: key_rings.show(stage.domain, access),
    ):
        unchanged(
            stage, WrongPassword, "key ring cannot be opened", act, stage.access("waiting.kyr", "wrong password")
        )
        unchanged(stage, NotFound, "The key ring .*/none.kyr does not exist", act, stage.access("none.kyr"))


@pytest.mark.parametrize(
    ("label", "sentence"), [("", "The label is required"), ("x" * 65, "The label"), ("mycompany CA", "different trusted root")]
)
def test_a_root_needs_a_label_of_its_own(stage, label, sentence):
    stranger = root("Other Root CA").certificate
    stage.clock.now = stranger.not_valid_before_utc
    arguments = stage.domain, stage.actor, stage.access(), stranger, label
    unchanged(stage, Refused, sentence, key_rings.merge_trusted_root, *arguments)


def test_a_servers_certificate_is_no_root(stage):
    certificate = stage.show().certificate
    arguments = stage.domain, stage.actor, stage.access("new.kyr"), certificate, "Root"
    unchanged(stage, Refused, "is not a CA certificate.", key_rings.merge_trusted_root, *arguments)


def test_a_root_that_is_not_valid_now_is_refused(stage):
    stranger = root("Other Root CA").certificate
    stage.clock.now = stranger.not_valid_after_utc.replace(year=stranger.not_valid_after_utc.year + 1)
    arguments = stage.domain, stage.actor, stage.access(), stranger, "Other"
    unchanged(stage, Refused, "expired on", key_rings.merge_trusted_root, *arguments)


def test_the_label_of_a_root_is_its_common_name_or_what_else_it_has():
    from dominoadmin.services.key_rings.certifying import label_for

    def named(*attributes):
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(oid, value) for oid, value in attributes])
        return issue(root(), key.public_key(), subject=name)

    oid = x509.NameOID
    assert label_for(named((oid.ORGANIZATION_NAME, "MyCompany"))) == "MyCompany"
    assert label_for(named((oid.COUNTRY_NAME, "US"))) == "Trusted root"
    assert label_for(named((oid.DN_QUALIFIER, "x"), (oid.COMMON_NAME, "CA"))) == "Trusted root"


@pytest.mark.judge
def test_a_certificate_is_merged_into_the_key_ring_that_asked_for_it(stage):
    merged = stage.pickup("waiting.kyr", stage.pickup_ids["waiting.kyr"])
    assert (merged.file, merged.certifier) == ("waiting.kyr", "CN=MyCompany CA/O=MyCompany/C=US")
    assert [each.subject.rfc4514_string() for each in merged.path] == [
        "CN=server1.example.com,O=MyCompany,ST=Massachusetts,C=US",
        "CN=MyCompany CA,O=MyCompany,C=US",
    ]
    assert "issuer=C=US, O=MyCompany, CN=MyCompany CA" in pkcs12(
        stage.root / "waiting.kyr", "-nokeys", "-clcerts"
    )


@pytest.mark.parametrize("written", ["  {}\n", "{lower}", "{together}", "{blanks}", "{en_dashes}"])
def test_a_pickup_id_is_read_however_it_was_written(stage, written):
    known = stage.pickup_ids["waiting.kyr"]
    text = written.format(
        known,
        lower=known.lower(),
        together=known.replace("-", ""),
        blanks=known.replace("-", " "),
        en_dashes=known.replace("-", " \u2013 "),
    )
    assert stage.pickup("waiting.kyr", text).file == "waiting.kyr"


def test_picking_up_twice_changes_nothing(stage):
    before = stage.files(), stage.acts()
    stage.pickup("keyfile.kyr", stage.pickup_ids["keyfile.kyr"])
    assert (stage.files(), stage.acts()) == before


@pytest.mark.parametrize("pickup_id", ["", "0", "0C2A7F51-9D3E4B60-8A1F5C27-E4D39B06", "' OR 1=1 --", "x" * 10_000])
def test_an_unknown_pickup_id_is_refused_without_a_word_more(stage, pickup_id):
    error = unchanged(
        stage, NotFound, "^No request with this Request ID was found.$", stage.pickup, "waiting.kyr", pickup_id
    )
    assert "Copy the whole ID from the memo or from the issued request." in error.hint


def test_a_pickup_id_of_another_request_is_refused(stage):
    unchanged(
        stage, Refused, "The certificate does not match the key in the key ring.", stage.pickup,
        "keyfile.kyr", stage.pickup_ids["waiting.kyr"],
    )  # fmt: skip


def test_without_the_trusted_root_nothing_is_merged(stage):
    key_rings.remove_trusted_root(stage.domain, stage.actor, stage.access("waiting.kyr"), "MyCompany CA")
    unchanged(
        stage, Refused, "has no trusted root that leads to the certificate's issuer", stage.pickup,
        "waiting.kyr", stage.pickup_ids["waiting.kyr"],
    )  # fmt: skip


def test_an_expired_certificate_is_not_merged(stage):
    stage.clock.advance(days=366)
    unchanged(stage, Refused, "expired on", stage.pickup, "waiting.kyr", stage.pickup_ids["waiting.kyr"])


def test_a_certificate_that_is_not_there_yet_is_explained(stage):
    number = stage.certify("new.kyr")
    pickup_id = stage.view(number).request.pickup_id

    def explained(sentence):
        return unchanged(stage, Refused, sentence, stage.pickup, "new.kyr", pickup_id).hint

    assert "request submit" in explained(f"Request {number} has not been submitted")
    submitting.submit(stage.domain, stage.actor, [number])
    assert "request approve" in explained(f"Request {number} is waiting for a registration authority")
    builders.approve(stage.domain, stage.ann, [number])
    assert "load ca" in explained(f"Request {number} is approved and is waiting for the CA process")
    stage.sql(f"UPDATE admin_requests SET state = 'Error', reason = 'Forged.' WHERE request_id = {number}")
    explained(f"Request {number} was refused by the CA process: Forged.")
    stage.sql(f"UPDATE admin_requests SET state = 'Issued' WHERE request_id = {number}")
    unchanged(stage, Tampered, "is marked as issued, but its certificate is not in the ICL.", stage.pickup, "new.kyr", pickup_id)


def test_a_rejection_is_told_with_its_reason(stage):
    number = stage.certify("new.kyr")
    submitting.submit(stage.domain, stage.actor, [number])
    builders.reject(stage.domain, stage.ann, [number], "Unknown host")
    pickup_id = stage.view(number).request.pickup_id
    unchanged(stage, Refused, f"Request {number} was rejected: Unknown host", stage.pickup, "new.kyr", pickup_id)


def test_a_damaged_entry_of_the_list_is_refused(stage):
    stage.sql("UPDATE issued SET der = x'3000'")
    unchanged(stage, Tampered, "cannot be read", stage.pickup, "waiting.kyr", stage.pickup_ids["waiting.kyr"])


def test_a_forged_certificate_in_the_list_is_refused(stage):
    key = stage.show("waiting.kyr")
    csr = x509.load_der_x509_csr(key.requests[0].request.csr)
    forged = issue(root("MyCompany CA"), csr.public_key())
    stage.clock.now = forged.not_valid_before_utc
    der = forged.public_bytes(__import__("cryptography").hazmat.primitives.serialization.Encoding.DER)
    stage.sql(f"UPDATE issued SET der = x'{der.hex()}' WHERE request_id = {key.requests[0].request.id}")
    unchanged(stage, Tampered, "was not issued by CN=MyCompany CA", stage.pickup, "waiting.kyr", stage.pickup_ids["waiting.kyr"])


def test_a_key_ring_that_somebody_else_changes_meanwhile_is_left_alone(stage, monkeypatch):
    from dominoadmin.errors import Error
    from dominoadmin.pki import key_rings as format_of

    real = format_of.serialize

    def slow(ring, password):
        (stage.root / "waiting.kyr").write_bytes((stage.root / "new.kyr").read_bytes())
        return real(ring, password)

    monkeypatch.setattr(format_of, "serialize", slow)
    with pytest.raises(Error, match="was changed by another program in the meantime"):
        stage.pickup("waiting.kyr", stage.pickup_ids["waiting.kyr"])
    assert (stage.root / "waiting.kyr").read_bytes() == (stage.root / "new.kyr").read_bytes()


def test_a_renewed_certificate_takes_the_place_of_the_old_one(stage):
    old = stage.show().certificate
    stage.clock.advance(days=30)
    merged = stage.pickup("keyfile.kyr", stage.issue(stage.certify("keyfile.kyr")))
    shown = stage.show()
    assert shown.certificate == merged.certificate != old
    assert merged.certificate.public_key() == old.public_key()


def test_a_certifier_that_somebody_has_assigned_to_the_database_is_not_merged(stage):
    """Anyone may register a certifier; with SQL, a database can name it. The guide and the command merge unasked."""
    add_certifier(stage.domain, stage.ann, "Other CA")
    genuine = key_rings.trusted_root_of(stage.domain, stage.actor, DATABASE)
    stage.sql("UPDATE databases SET certifier_id = 2")
    before = stage.files()
    with pytest.raises(Tampered, match="databases"):
        key_rings.trusted_root_of(stage.domain, stage.actor, DATABASE)
    with pytest.raises(Tampered, match="databases"):
        key_rings.certify(stage.domain, stage.actor, stage.access("new.kyr"), DATABASE, genuine)
    with pytest.raises(Tampered, match="databases"):
        stage.create(file="another.kyr")
    assert stage.files() == before

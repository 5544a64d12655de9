"""The issued contents are the same for a key ring and for PKCS #10, in the dialogs and at the approval."""

from __future__ import annotations

from dataclasses import replace

import pytest
from cryptography import x509

from dominoadmin.errors import Refused
from dominoadmin.pki.profiles import CertificateSettings
from dominoadmin.services.certifiers import modifying
from dominoadmin.services.key_rings import management as key_rings
from dominoadmin.services.key_rings.management import KeyRingAccess
from dominoadmin.services.requests import databases, inspecting, submitting
from dominoadmin.viewmodels.requests import submission_draft as submission
from dominoadmin.viewmodels.requests.decision_draft import edit_of
from tests import builders
from tests.builders import DATABASE, HOST
from tests.services.key_rings.conftest import PASSWORD, form

FORBIDDEN = "do not allow the usage keyEncipherment"


@pytest.fixture
def signing_only(office):
    """A certifier whose settings were changed to digital signatures after its database was made."""
    builders.ready(office)
    draft = modifying.begin(office.domain, office.actor(), 1)
    settings = replace(CertificateSettings(), key_usage=("digitalSignature",))
    modifying.save(office.domain, office.ann, replace(draft, settings=settings))
    return office


def _ring(office, algorithm: str) -> int:
    """Create and submit a key ring; return the number of its request."""
    key_rings.create(office.domain, office.actor(), form(common_name=HOST, key_algorithm=algorithm))
    root = key_rings.trusted_root_of(office.domain, office.actor(), DATABASE)
    access = KeyRingAccess("keyfile.kyr", PASSWORD)
    return key_rings.certify(office.domain, office.actor(), access, DATABASE, root).request.id


def _issued(office, number: int) -> x509.KeyUsage:
    submitting.submit(office.domain, office.actor(), [number])
    assert [outcome.problem for outcome in builders.approve(office.domain, office.ann, [number])] == [""]
    assert builders.authority(office).issue_approved().issued == [number]
    (certificate,) = builders.certificates(office)
    return certificate.extensions.get_extension_for_class(x509.KeyUsage).value


def test_a_key_ring_with_an_ec_key_is_taken_as_its_request_is_by_pkcs10(signing_only) -> None:
    usage = _issued(signing_only, _ring(signing_only, "ec-p256"))
    assert (usage.digital_signature, usage.key_encipherment) == (True, False)


def test_an_rsa_key_is_refused_both_ways(signing_only) -> None:
    with pytest.raises(Refused, match=FORBIDDEN):
        _ring(signing_only, "rsa-2048")
    with pytest.raises(Refused, match=FORBIDDEN):
        builders.received(signing_only, data=builders.csr(algorithm="rsa-2048"))


def test_the_new_request_dialog_shows_and_refuses_what_the_service_does(signing_only) -> None:
    draft = submission.begin(signing_only.domain, signing_only.actor(), DATABASE)
    draft.csr_text = builders.csr().decode()
    assert draft.problem() == ""
    shown = dict(draft.contents())
    assert (shown["Key usage"], shown["Valid for"]) == ("Digital signature", "200 days")
    draft.csr_text = builders.csr(algorithm="rsa-2048").decode()
    assert FORBIDDEN in draft.problem()


def test_an_ra_sees_and_keeps_what_the_key_can_do(office) -> None:
    builders.ready(office)
    number = builders.submitted(office)
    inspection = inspecting.inspect(office.domain, office.actor(), number)
    proposal = inspecting.propose(
        inspection.shown,
        inspection.certifier,
        office.domain.now(),
        {"key_usage": ["digitalSignature", "keyEncipherment"]},
    )
    assert proposal.fields["key_usage"] == ["digitalSignature"]
    edited = builders.edit(
        office.domain, office.ann, number, {"key_usage": ["digitalSignature", "keyEncipherment"], "days": 90}
    )
    assert edited.fields["key_usage"] == ["digitalSignature"]
    choices = edit_of(inspection, office.domain.now()).key_usage_choices
    assert choices == ("digitalSignature", "nonRepudiation", "keyAgreement")


def test_a_certificate_without_any_usage_is_refused_before_the_approval(office) -> None:
    builders.ready(office)
    number = builders.submitted(office)
    with pytest.raises(Refused, match="cannot have any of the key usages that the certificate would contain"):
        builders.edit(office.domain, office.ann, number, {"key_usage": ["keyEncipherment"]})


def test_a_database_for_encipherment_only_takes_no_ec_key_either_way(office) -> None:
    builders.certifier(office)
    usages = databases.Customization(0, ("keyEncipherment",), ("serverAuth",))
    builders.database(office, server_requests=usages)
    with pytest.raises(Refused, match="cannot have any of the key usages that the certificate would contain"):
        builders.received(office)
    with pytest.raises(Refused, match="cannot have any of the key usages that the certificate would contain"):
        _ring(office, "ec-p256")

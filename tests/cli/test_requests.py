"""`dominoadmin request …` and `database …`: submitting, showing, editing, deciding, pulling."""

from __future__ import annotations

import re

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID

from tests import builders, specimens
from tests.builders import CA, DATABASE, csr
from tests.cli.commands import Desk


def submit(desk: Desk, host: str = "www.example.com", *more: object) -> dict:
    return desk.json("request", "submit", "--database", DATABASE, "--csr", desk.file("request.pem", csr(host)), *more)


def test_a_request_from_outside_is_submitted_and_the_next_step_is_named(ready: Desk) -> None:
    file = ready.file("request.der", csr())
    text = ready.ok("request", "submit", "--database", DATABASE, "--csr", file)
    assert text.splitlines()[0] == "Request 1: Successfully submitted 1 request(s) to the Administration Process"
    assert text.splitlines()[-1] == "A registration authority must approve it: dominoadmin request approve 1"
    (row,) = ready.json("request", "list")
    assert (row["state"], row["admin_state"], row["pickup_id"]) == ("Submitted to Administration Process", "New", None)


def test_request_show_reads_well(ready: Desk) -> None:
    submit(ready, "www.example.com", "--applicant", "Rob Ra")
    ready.ok("request", "edit", "1", "--days", "30", "--san", "dns:www.example.com", "--san", "dns:example.com",
             "--locality", "Boston", signed="admin")  # fmt: skip
    text = ready.ok("request", "show", "1")
    assert text == f"""\
Request:   1 (server)
State:     Submitted to Administration Process
Asked for: CN=www.example.com/O=MyCompany/C=US
Certifier: CN=MyCompany CA/O=MyCompany
Database:  certreq.nsf
Applicant: Rob Ra/MyCompany/US
Requested: {ready.json("request", "show", 1)["requested_at"]}
Digest:    {ready.json("request", "show", 1)["digest"]}
Next:      An RA must approve it: Approve Request, or 'dominoadmin request approve 1'.
Will be issued:
  Subject:                 CN=www.example.com/O=MyCompany/L=Boston/C=US
  Subject alternate names: dns:www.example.com, dns:example.com
  Valid for:               30 days
  Key usage:               digitalSignature
  Extended key usage:      serverAuth
Rules:
  ok  The request itself is well-formed, and its key is strong enough
  ok  The certificate follows the certifier's settings
  ok  The certifier outlives the certificate
  ok  The certifier is enabled
  ok  Each usage that the request asks for is granted, or was declined by an RA
  ok  What differs from the request itself was changed by an RA
  ok  The key is not known to be compromised
  ok  The certificate, built as it will be issued, is correct by the standards
Edited by Ann Admin/MyCompany/US at {ready.json("request", "show", 1)["edits"][0]["edited_at"]}:
  Subject:                 CN=www.example.com/O=MyCompany/C=US -> CN=www.example.com/O=MyCompany/L=Boston/C=US
  Subject alternate names: dns:www.example.com -> dns:www.example.com, dns:example.com
  Valid for:               200 days -> 30 days
"""
    (edit,) = ready.json("request", "show", 1)["edits"]
    assert set(edit) == {"editor", "edited_at", "before", "after"}
    assert (edit["before"]["days"], edit["after"]["days"]) == (200, 30)


def test_a_rule_that_is_broken_is_shown_and_approval_is_refused_before_signing(office, ready: Desk) -> None:
    submit(ready)
    builders.sql(office, "UPDATE admin_requests SET fields = json_set(fields, '$.days', 9999)")
    assert "  NO  The certifier issues certificates that are valid for 1 to 825 days, not 9999.\n" in ready.run("request", "show", 1).out
    assert "days, not 9999." in ready.refused("request", "approve", 1, signed="admin")


def test_what_the_ca_process_would_refuse_later_is_a_broken_rule_now(ready: Desk) -> None:
    file = ready.file("request.pem", csr("www.other.example", names=("www.example.com",)))
    ready.ok("request", "submit", "--database", DATABASE, "--csr", file)
    sentence = "The certificate would be malformed: The common name 'www.other.example' is not among the subjectAltNames."
    assert f"  NO  {sentence}\n" in ready.ok("request", "show", 1)
    assert ready.json("request", "show", 1)["preflight"][-1]["problem"] == sentence
    assert sentence in ready.refused("request", "approve", 1, signed="admin")
    ready.ok("request", "edit", 1, "--san", "dns:www.example.com", "--san", "dns:www.other.example", signed="admin")
    assert ready.json("request", "approve", 1, signed="admin")["approved"] == [1]


def test_a_usage_that_is_not_granted_is_shown_and_declined_by_an_option(ready: Desk) -> None:
    key = specimens.key("ec-p256", "applicant")
    builder = x509.CertificateSigningRequestBuilder().subject_name(specimens.name("Bob"))
    builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CODE_SIGNING]), critical=False)
    file = ready.file("request.der", builder.sign(key, hashes.SHA256()).public_bytes(Encoding.DER))
    ready.ok("request", "submit", "--database", DATABASE, "--csr", file, "--kind", "client")
    text = ready.ok("request", "show", 1)
    assert "Differs from what was requested:\n  Extended key usage: codeSigning -> clientAuth, emailProtection\n" in text
    problem = "The request asks for usages that the certificate would not have (codeSigning): grant or decline them."
    assert f"  NO  {problem}\n" in text
    assert problem in ready.refused("request", "approve", 1, signed="admin")
    assert ready.json("request", "show", 1)["asked"]["extended_key_usage"] == ["codeSigning"]
    assert "'frob' is not the name of a usage." in ready.refused("request", "edit", 1, "--decline-usage", "frob", signed="admin")
    ready.ok("request", "edit", 1, "--decline-usage", "codeSigning", signed="admin")
    text = ready.ok("request", "show", 1)
    assert re.search(r"^  Declined usages: +codeSigning$", text, re.MULTILINE)
    assert re.search(r"^  Declined usages: +\(none\) -> codeSigning$", text, re.MULTILINE)
    assert ready.json("request", "approve", 1, signed="admin")["approved"] == [1]


def test_many_requests_are_approved_with_one_password(ready: Desk) -> None:
    for number in range(3):
        submit(ready, f"www{number}.example.com")
    digests = {each: ready.json("request", "show", each)["digest"] for each in (1, 2, 3)}
    done = ready.json("request", "approve", "1", "3", "1", signed="admin")
    assert done == {"approved": [1, 3], "refused": [], "signed": [{"id": each, "digest": digests[each]} for each in (1, 3)]}
    done = ready.run("request", "approve", "--all", signed="admin")
    assert done.out.startswith(f"""\
Request 2 (server), CN=MyCompany CA/O=MyCompany:
  Subject:                 CN=www1.example.com/O=MyCompany/C=US
  Subject alternate names: dns:www1.example.com
  Valid for:               200 days
  Key usage:               digitalSignature
  Extended key usage:      serverAuth
  Digest:                  {digests[2]}
1 request approved.
""")
    assert [row["state"] for row in ready.json("request", "list")] == ["Approved"] * 3
    assert ready.json("request", "approve", "--all", signed="admin") == {"approved": [], "refused": [], "signed": []}


def test_what_cannot_be_approved_is_named_on_standard_error_and_the_rest_is_done(ready: Desk) -> None:
    submit(ready)
    done = ready.run("request", "approve", "1", "77", signed="admin")
    assert done.code == 1
    assert "\n1 request approved.\n" in done.out
    assert done.lines[0] == "dominoadmin: Request 77 was not changed: Request 77 was not found."
    done = ready.run("--json", "request", "approve", "1", "77", signed="admin")
    assert done.code == 1
    assert '"approved": []' in done.out
    assert '"id": 77' in done.out


def test_a_rejection_reaches_the_applicant_with_its_reason(ready: Desk) -> None:
    ready.ok("database", "configure", DATABASE, "--mail-confirmation", signed="admin")
    submit(ready, "www.example.com", "--applicant", "web@example.com")
    ready.ok("request", "reject", 1, "--reason", "Unknown host", "--id", "rob-ra.id", signed="rob")
    assert ready.json("request", "pull", 1)["pulled"] == [1]
    text = ready.ok("mail", "show", 1)
    assert "To:      web@example.com" in text and "Reason: Unknown host" in text
    shown = ready.json("request", "show", 1)
    assert (shown["state"], shown["reason"], shown["pickup_id"]) == ("Rejected", "Unknown host", None)


def test_all_may_be_restricted_to_one_database(office, ready: Desk) -> None:
    builders.certifier(office, "Other CA")
    builders.database(office, "other.nsf", "Other CA")
    for file in (DATABASE, "other.nsf"):
        builders.received(office, file=file)
    assert ready.json("request", "submit", "--all", "--database", "other.nsf")["submitted"] == [2]
    assert [row["id"] for row in ready.json("request", "list", "--state", "pending submission")] == [1]
    assert [row["id"] for row in ready.json("request", "list", "--database", DATABASE)] == [1]


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("request approve", "No request is specified."),
        ("request approve 1 --all", "Specify requests or use --all, not both."),
        ("request approve 77", "Request 77 was not found."),
        ("request approve -1", "Request -1 was not found."),
        (f"request approve {10**30}", f"Request {10**30} was not found."),
        ("request pull", "No request is specified."),
        ("request pull 1", "cannot be pulled: its state is"),
        ("request submit", "No request is specified."),
        ("request submit 1", "has already been submitted."),
        ("request submit 1 --csr request.pem --database certreq.nsf", "--csr submits a new request; it cannot be combined with request IDs or --all."),
        ("request submit --csr request.pem", "The Certificate Requests database is not specified."),
        ("request submit --csr request.pem --database gone.nsf", "Certificate Requests database gone.nsf was not found."),
        ("request submit --csr gone.pem --database certreq.nsf", "The request file gone.pem does not exist."),
        ("request submit --csr . --database certreq.nsf", "is a directory"),
        ("request submit --csr request.pem --database certreq.nsf --applicant a@b@c", "e-mail"),
        ("request reject 1 --reason=", "Enter a reason of 1 to 500 visible characters"),
        ("request edit 1", "There is nothing to change."),
        ("request edit 1 --days 0", "The certifier issues certificates that are valid for 1 to 825 days, not 0."),
        (f"request edit 1 --days {10**30}", "days, not 1000"),
        ("request edit 1 --san dns:*.com", "top-level"),
        ("request edit 1 --san frob", "frob"),
        ("request edit 1 --key-usage keyCertSign", "keyCertSign"),
        ("request edit 1 --country USA", "Country Code"),
        ("request edit 77 --days 1", "Request 77 was not found."),
        ("request show 77", "Request 77 was not found."),
        ("request list --state frob", "'frob' is not a state of requests."),
        ("request list --database gone.nsf", "Certificate Requests database gone.nsf was not found."),
        ("database create --title T --file c.nsf --certifier Nobody", "No certifier is called 'Nobody'."),
        ("database create --title T --file ../c.nsf --certifier MyCompany", "'../c.nsf' is not a valid database name."),
        (f"database create --title T --file c.nsf --certifier {CA.replace(' ', '_')}", "No certifier is called"),
        ("database create --title T --file certreq.nsf --certifier ca:Other", "No certifier is called"),
        ("database show gone.nsf", "Certificate Requests database gone.nsf was not found."),
        ("database configure certreq.nsf --server-days 9999", "The certifier issues certificates that are valid for 1 to 825 days."),
        ("database configure certreq.nsf --transfer-server Gone", "The server Gone"),
        ("mail show 77", "Memo 77 was not found."),
        (f"mail show {10**30}", "was not found."),
        ("icl show zz", "'zz' is not a serial number; serial numbers are hexadecimal."),
        ("icl show ab", "No certificate with the serial number ab was issued here."),
        ("icl list --certifier Nobody", "No certifier is called 'Nobody'."),
        ("certifier show Nobody", "No certifier is called 'Nobody'."),
        ("server set", "There is nothing to change."),
        ("server set --ssl-key-file /local/keyfile.kyr", "Do not include the full path to the key ring file"),
        ("server set --ssl-key-file keyfile.kyr", "has no key ring keyfile.kyr."),
        ("server set --ssl-port-status enabled", "SSL cannot be enabled without a key ring."),
        ("server set --protocol Directory --ssl-port-status enabled", "SSL cannot be enabled without a key ring."),
        ("server set --http-port 70000", "70000 is not a port number."),
        ("server set --run-unrestricted Nobody", "The person Nobody/MyCompany/US is not in the Domino Directory."),
        ("server set --server Gone --http-port 1", "The server Gone/MyCompany/US is not in the Domino Directory."),
        ("server set --relay frob", "'frob' is not a relay."),
        ("server set --relay-sender a@example.com", "--relay-sender and --relay-without-tls can be used only with --relay."),
        ("server set --host bad_host!", "host"),
    ],
)
def test_a_refused_command_says_why_and_changes_nothing(ready: Desk, line: str, sentence: str) -> None:
    submit(ready)
    ready.monkeypatch.chdir(ready.folder)
    assert sentence in ready.refused(*line.split(), signed="admin")


def test_only_a_registration_authority_decides(office, desk: Desk) -> None:
    builders.ready(office)
    submit(desk)
    for verb in (("approve",), ("reject", "--reason", "No"), ("edit", "--days", "5")):
        done = desk.run("request", verb[0], "1", *verb[1:], "--id", "rob-ra.id", signed="rob")
        assert "You are not a Registration Authority for the certifier." in done.refusal()
    assert desk.json("request", "list")[0]["state"] == "Submitted to Administration Process"


def test_a_second_database_for_a_certifier_is_refused_with_the_reason(ready: Desk) -> None:
    text = ready.refused("database", "create", "--title", "T", "--file", "second.nsf", "--certifier", CA, signed="admin")
    assert "Each Internet Certifier requires a unique Certificate Requests database" in text


def test_database_show_reads_well(ready: Desk) -> None:
    text = ready.ok("database", "show", DATABASE)
    assert "{" not in text and "[" not in text
    assert "Supported certificate types: Both Client and Server Certificates\n" in text
    expected = "certifier default; digitalSignature, keyEncipherment; serverAuth\n"
    assert f"Server requests:             {expected}" in text
    assert "Automatic Transfer Server:   -\n" in text


def test_automatic_processing_submits_and_pulls_by_itself(office, ready: Desk) -> None:
    ready.ok("database", "configure", DATABASE, "--processing", "automatic", "--mail-confirmation", signed="admin")
    builders.received(office)
    assert "Successfully submitted 1 request(s)" in "\n".join(ready.console("load adminp", "tell adminp process all"))
    ready.ok("request", "approve", "--all", signed="admin")
    text = "\n".join(ready.console("load ca", "load adminp", "tell adminp process all"))
    assert "Certificate issued for request 1" in text
    assert "Successfully pulled 1 request(s)" in text
    assert ready.json("request", "list")[0]["pulled_at"]
    assert ready.json("mail", "list")[0]["recipient"] == "Ann Admin/MyCompany/US"


def test_automatic_processing_without_an_ra_who_may_run_it_explains_itself(office, ready: Desk) -> None:
    ready.ok("database", "configure", DATABASE, "--processing", "automatic", signed="admin")
    ready.ok("server", "set", "--run-unrestricted", "", signed="admin")
    builders.received(office)
    text = "\n".join(ready.console("load adminp", "tell adminp process all"))
    assert 'the list of people who can "Run unrestricted methods and operations"' in text
    assert ready.json("request", "list")[0]["state"] == "Pending Submission"

# SPDX-License-Identifier: Apache-2.0
"""Checks that a certificate had a valid approval: `verify_proof.py FILE --anchor TEXT --root cert.pem`.

`dominoadmin audit prove` writes FILE; TEXT is a printed anchor, cert.pem the organization's certificate. Nothing else
is trusted. Needs Python and `cryptography`. The answer is one sentence and the exit code: 0 shown, 1 not shown.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import re
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509 import Certificate

OTHER_LOG = "The file belongs to another log or anchor; it is made for an anchor by 'dominoadmin audit prove --anchor'."
TAKEN_OVER = "store taken over"
NOT_ISSUED = "The log has no such certificate."
NOT_IN_LOG = "The approval is not the one in the log."
SEALING_KEY = "1.2.840.113556.1.8000.2554.8510.18976.20864.21160.43560.6547980.165549"  # every ID's certificate has it
BACKDATED = timedelta(minutes=5)  # a certificate begins so much earlier, but not before its issuer
ATTRIBUTES = dict(CN="common_name", OU="organizational_unit", O="organization", L="locality", ST="state", C="country")  # noqa: C408 - in one line
USAGES = {"digitalSignature": "digital_signature", "nonRepudiation": "content_commitment",
          "keyEncipherment": "key_encipherment", "dataEncipherment": "data_encipherment",
          "keyAgreement": "key_agreement"}  # fmt: skip
ONLY_FOR_SOME_KEYS = {"keyEncipherment", "dataEncipherment", "keyAgreement"}
KINDS = {x509.DNSName: "dns", x509.IPAddress: "ip", x509.RFC822Name: "email", x509.UniformResourceIdentifier: "uri"}


class NotShownError(Exception):
    """Why the file does not show a valid approval."""


def need(condition: object, why: str) -> None:
    """Go on only if a condition holds."""
    if not condition:
        raise NotShownError(why)


def sha256(*parts: bytes) -> bytes:
    """Return the hash of octets."""
    return hashlib.sha256(b"".join(parts)).digest()


node = partial(sha256, b"\x01")  # the hash of two subtrees (RFC 9162, 2.1.1)


def octets(text: str) -> bytes:
    """Return what a text in Base64 stands for; each value has one spelling only."""
    found = base64.b64decode(text, validate=True)
    need(base64.b64encode(found).decode() == text, "The file is damaged: a value is misspelled.")
    return found


def anchor_from(text: str) -> tuple[int, bytes]:
    """Return the number and the hash of a printed anchor, after checking its check digits."""
    number, _space, rest = text.strip().partition(" ")
    digits = re.sub(r"[\s:-]", "", rest).lower()
    need(re.fullmatch("[1-9][0-9]{0,17}", number) and re.fullmatch("[0-9a-f]{64}([0-9a-f]{8})?", digits),
         "This is not an anchor: give the number of the entry, a space, the hash and the check digits.")
    need(digits[64:] in ("", sha256(f"{number} {digits[:64]}".encode()).hex()[:8]), "The anchor was mistyped.")
    return int(number), bytes.fromhex(digits[:64])


def signer(document: dict[str, Any], kind: str, at: str, root: Certificate) -> str:
    """Return the name of the ID that signed a document at a time, certified by the organization."""
    need(document.keys() == {"kind", "content", "signature", "chain"} and document["kind"] == kind,
         f"A document is not a signed {kind}.")
    leaf, *rest = (x509.load_der_x509_certificate(octets(each)) for each in document["chain"])
    need(rest == [root] or (leaf == root and not rest), f"The signer of the {kind} has another root.")
    leaf.verify_directly_issued_by(root)
    if rest:  # not a cross-certificate, whose name strangers choose
        leaf.extensions.get_extension_for_oid(x509.ObjectIdentifier(SEALING_KEY))
        constraints = leaf.extensions.get_extension_for_class(x509.BasicConstraints).value
        need(not constraints.ca, f"The signer of the {kind} is not a person or a server.")
    name = "/".join(f"{each.rfc4514_attribute_name}={each.value}" for each in [*leaf.subject][::-1])
    need(leaf.not_valid_before_utc <= datetime.fromisoformat(at) <= leaf.not_valid_after_utc,
         f"The ID of {name} was not valid when it signed the {kind}.")
    signed = b"dominoadmin signed document 1\x00" + kind.encode() + b"\x00" + octets(document["content"])
    leaf.public_key().verify(octets(document["signature"]), signed, ec.ECDSA(hashes.SHA256()))
    return name


def included(leaf: bytes, number: int, size: int, path: list[bytes]) -> bytes:
    """Return the root to which a path leads from the leaf with a number from 0 (RFC 9162, 2.1.3); takes its part."""
    if size == 1:
        return leaf
    sibling, left = path.pop(), 1 << ((size - 1).bit_length() - 1)
    if number < left:
        return node(included(leaf, number, left, path), sibling)
    return node(sibling, included(leaf, number - left, size - left, path))


def grown(old: int, size: int, path: list[bytes], known: bytes | None) -> tuple[bytes, bytes]:
    """Return both roots to which a proof of consistency leads; `known`: the older root, while that is a whole part."""
    if old == size:
        return (known or path.pop(),) * 2
    sibling, left = path.pop(), 1 << ((size - 1).bit_length() - 1)
    first, second = grown(old, left, path, known) if old <= left else grown(old - left, size - left, path, None)
    return (first, node(second, sibling)) if old <= left else (node(sibling, first), node(sibling, second))


class Log:
    """The audit log that a head signs, as far as the file has it."""

    def __init__(self, proof: dict[str, Any], anchor: tuple[int, bytes], organization: Certificate) -> None:
        head = json.loads(octets(proof["head"]["content"]))
        self.signer = signer(proof["head"], "audit head", head["at"], organization)
        size, root, self.state = head["size"], bytes.fromhex(head["log"]), bytes.fromhex(head["state"])
        (old, old_root), (new, new_root) = sorted(((size, root), anchor))
        path = [*map(octets, proof["consistency"])]
        need(old > 0 and grown(old, new, path, old_root) == (old_root, new_root) and not path, OTHER_LOG)
        self.shown, self.entries = proof["state"], list[Any]()
        for each in proof["entries"]:
            path, entry = [*map(octets, each["path"])], json.loads(octets(each["octets"]))
            leaf, number = sha256(b"\x00", octets(each["octets"])), entry["number"]
            need(number == each["number"] and 0 < number <= size and included(leaf, number - 1, size, path) == root
                 and not path, f"Entry {number} is not in the audit log.")
            if "salt" in each:  # entries of the first version have their details inside
                digest = sha256(b"dominoadmin detail 1\x00", octets(each["salt"]), each["detail"].encode())
                need(entry["detail"] == digest.hex(), f"The details of entry {number} are not those in the log.")
                entry["detail"] = json.loads(each["detail"])
            self.entries.append(entry)

    def only(self, action: str, about: str) -> dict[str, Any]:
        """Return the entry about an object."""
        found = [each for each in self.entries if (each["action"], each["object"]) == (action, about)]
        need(len(found) == 1 and found[0]["signed_in"], f"The file has no signed entry '{action}' about {about}.")
        return found[0]

    def held(self, kind: str, key: str) -> str:
        """Return the digest that the signed state has of an object, in hex; nothing for one that it does not have."""
        name, digest = sha256(b"dominoadmin name 1\x00", kind.encode(), b"\x00", key.encode()), self.state
        parts = ("root", b" 1\x00\x00\x00", name[:1]), ("group", b" group 1\x00\x00" + name[:1], name[1:2]), (
                 "page", b" page 1\x00" + name[:2], name)  # fmt: skip
        for part, start, slot in parts:  # digests by names of this length
            found, size = octets(self.shown[f"{kind} {key}"][part]), len(slot)
            need(digest == (sha256(b"dominoadmin state", start, found) if found else b""),
                 f"The {part} of the state is not the one that was signed.")
            digests = {found[at:][:size]: found[at + size :][:32] for at in range(0, len(found), size + 32)}
            digest = digests.get(slot, b"")
        return digest.hex()

    def commits(self, kind: str, key: str, *columns: bytes) -> dict[str, Any]:
        """Return the first entry that commits an object which the state still has: of a refused entry, it has none."""
        values = *((b"i", part.encode()) for part in key.split()), *((b"b", each) for each in columns)
        coded = (tag + len(value).to_bytes(8, "big") + value for tag, value in values)
        digest = sha256(b"dominoadmin object 1\x00", kind.encode(), b"\x00\x00", *coded).hex()
        found = [each for each in self.entries if any(
            (*which, after) == (kind, key, digest) for *which, _before, after in each.get("commits", ()))]  # fmt: skip
        need(found and self.held(kind, key) == digest, f"The audit log does not have this ({kind} {key}).")
        return found[0]


def stored(document: dict[str, Any]) -> bytes:
    """Return a signed document as it is stored."""
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def in_force(proof: Any, log: Log, issued: dict[str, Any], root: Certificate) -> tuple[dict[str, Any], list[Any]]:
    """Return the configuration by which a certificate was issued, and all versions, after checking every one."""
    caas, found, versions = [], {}, []
    previous, certifier, order = b"", proof["certifier"], 0
    for number, document in enumerate(proof["configurations"], start=1):
        said = json.loads(octets(document["content"]))
        entry = log.commits("configurations", f"{certifier} {number}", stored(document))
        if number == 1:
            check_founder(proof, log, said, entry)
        at = said["signed_at"] or entry["at"]
        need(said["version"] == number and entry["number"] >= order
             and signer(document, "certifier configuration", at, root) in (caas or said["caas"])
             and (not said["signed_at"] or said["previous"] == sha256(previous).hex()),
             f"Version {number} of the configuration does not follow the one before, or no CAA of that one signed it.")
        if not found or entry["number"] < issued["number"] or (entry["action"] == TAKEN_OVER and at <= issued["at"]):
            found = said
        previous, caas, order = stored(document), said["caas"], entry["number"]
        versions.append(said)
    need(not log.held("configurations", f"{certifier} {len(versions) + 1}"), "The configuration has a newer version.")
    return found, versions


def check_founder(proof: dict[str, Any], log: Log, first: dict[str, Any], entry: dict[str, Any]) -> None:
    """Check that the certifier's own key has signed its first configuration, or that the organization took it over."""
    if proof["founding"] is None:
        need(entry["action"] == TAKEN_OVER, "The certifier's key has not signed who founded it.")
        return
    der, said, signature = (octets(proof["founding"][each]) for each in ("certificate", "content", "signature"))
    certificate, statement = x509.load_der_x509_certificate(der), json.loads(said)
    log.commits("founding_statements", proof["certifier"], said, signature)
    how = certificate.signature_algorithm_parameters  # it is self-signed; ML-DSA has no parameters
    arguments = [how] if isinstance(how, ec.ECDSA) else [how, certificate.signature_hash_algorithm] if how else []
    certificate.public_key().verify(signature, b"dominoadmin founding statement 1\x00" + said, *arguments)
    named = sha256(stored(proof["configurations"][0])).hex(), sha256(der).hex(), first["certificate_sha256"]
    need(named == (statement["configuration"], statement["certificate"], statement["certificate"]),
         "The certifier's key has signed another configuration.")


def approved_terms(proof: dict[str, Any], decision: dict[str, Any], log: Log, approved: Any) -> dict[str, Any]:
    """Return what was approved by the newest decision; one of an earlier version has it inside."""
    request, number = decision["request"], decision.get("number", 1)
    need(not log.held("decisions", f"{request} {number + 1}"), "A newer decision about the request is missing.")
    if "shown" not in decision:
        return decision
    need(log.commits("decisions", f"{request} {number}", stored(proof["decision"])) == approved, NOT_IN_LOG)
    need(sha256(octets(proof["shown"])).hex() == decision["shown"], "The approver was shown something else.")
    return json.loads(octets(proof["shown"]))


def check_fields(certificate: Certificate, asked: Certificate | x509.CertificateSigningRequest, fields: Any) -> None:
    """Check that a certificate has exactly the names, the duration and the usages that were approved."""
    extensions = {type(each.value): each.value for each in certificate.extensions}
    constraints, days = extensions[x509.BasicConstraints], timedelta(days=fields["days"], seconds=-1)
    lasts = certificate.not_valid_after_utc - certificate.not_valid_before_utc
    if isinstance(asked, Certificate):  # another certification authority's
        wanted, limits = {*fields["permitted_dns"]}, extensions.get(x509.NameConstraints)
        permitted = (limits and limits.permitted_subtrees) or ()
        domains = {each.value for each in permitted if isinstance(each, x509.DNSName)}
        said = certificate.subject, constraints.ca, constraints.path_length, domains if wanted else wanted
        need(said == (asked.subject, True, fields["path_length"], wanted) and lasts <= days,
             "The subject or a limit of the cross-certificate is not the approved one.")
        return
    subject = [(ATTRIBUTES[each.rfc4514_attribute_name], each.value) for each in certificate.subject]
    names = sorted(f"{KINDS[type(each)]}:{each.value}" for each in extensions.get(x509.SubjectAlternativeName, ()))
    usages = {name for name, bit in USAGES.items() if getattr(extensions[x509.KeyUsage], bit)}
    purposes = sorted(each._name for each in extensions.get(x509.ExtendedKeyUsage, ()))  # noqa: SLF001 - RFC 5280's names
    need(sorted(subject) == sorted(fields["subject"].items()), "The subject is not the approved one.")
    need(names == sorted(fields["names"]), "The subject alternate names are not the approved ones.")
    need(usages <= {*fields["key_usage"]} <= usages | ONLY_FOR_SOME_KEYS
         and purposes == sorted(fields["extended_key_usage"]), "The usages are not the approved ones.")
    need(not constraints.ca and timedelta(0) <= days - lasts <= BACKDATED, "The duration is not the approved one.")


def verify(data: bytes, anchor: tuple[int, bytes], root: Certificate) -> str:
    """Return the sentence about a valid approval, or refuse the file."""
    proof = json.loads(data)
    need(f"{json.dumps(proof, indent=1, sort_keys=True)}\n".encode() == data, "The file was altered.")
    need((proof["format"], len(proof)) == ("dominoadmin proof 2", 13), "This is not a proof of this version.")
    log = Log(proof, anchor, root)
    der, request, said = octets(proof["certificate"]), octets(proof["request"]), octets(proof["decision"]["content"])
    decision = json.loads(said)
    certificate, issuer = (x509.load_der_x509_certificate(octets(proof[each])) for each in ("certificate", "issuer"))
    approved = log.only("request approved", str(decision["request"]))
    issued = log.only("certificate issued", f"{certificate.serial_number:x}")
    which = "issued", f"{proof['certifier']} {certificate.serial_number:x}"
    need((kept := log.held(*which)) and ("previous" in issued or [*which, "", kept] in issued["commits"]), NOT_ISSUED)
    need(approved["number"] < issued["number"] <= anchor[0], "The approval, the issue, the anchor are not in order.")
    configuration, versions = in_force(proof, log, issued, root)
    terms, number = approved_terms(proof, decision, log, approved), decision.get("version", configuration["version"])
    need(sha256(octets(proof["issuer"])).hex() == configuration["certificate_sha256"], "The issuer is another one.")
    certificate.verify_directly_issued_by(issuer)
    approver = signer(proof["decision"], "decision", approved["at"], root)
    whole = stored(proof["decision"]) if "shown" in decision else said
    need(decision["decision"] == "approve" and sha256(whole).hex() == approved["detail"]["sha256"]
         and approved["actor"] == approver, NOT_IN_LOG)
    need(0 < number <= len(versions) and approver in configuration["ras"] and approver in versions[number - 1]["ras"],
         f"{approver} was not a registration authority (RA) of the certifier.")
    key = issuer.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    need((terms["certifier"], terms["certifier_key"]) == (configuration["certifier"], versions[0]["key_fingerprint"])
         and sha256(key).hex() == configuration["key_fingerprint"], "The approval is for another certifier.")
    need((terms["request"], terms["request_sha256"]) == (decision["request"], sha256(request).hex()),
         "The approval is for another request.")
    need((issued["detail"]["request"], issued["detail"]["sha256"], issued["actor"])
         == (decision["request"], sha256(der).hex(), configuration["server"]), "The certificate is another request's.")
    asked = (x509.load_der_x509_certificate if terms["kind"] == "cross" else x509.load_der_x509_csr)(request)
    need(asked.public_key() == certificate.public_key(), "The key of the certificate is not the approved one.")
    check_fields(certificate, asked, terms["fields"])
    return (f"The certificate {certificate.serial_number:x} had a valid approval: {approver} approved request "
            f"{decision['request']} at {approved['at']}; the log is signed by {log.signer}, and matches the anchor.")


def main() -> int:
    """Check the file that the command line names."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("file", metavar="FILE", type=Path)
    parser.add_argument("--anchor", required=True, metavar="TEXT")
    parser.add_argument("--root", required=True, metavar="FILE", type=Path)
    given = parser.parse_args()
    try:
        code, root = 0, x509.load_pem_x509_certificate(given.root.read_bytes())
        said = verify(given.file.read_bytes(), anchor_from(given.anchor), root)
    except Exception as error:  # noqa: BLE001 - whatever a damaged file makes a parser or a signature raise
        known = {NotShownError: str(error), IndexError: OTHER_LOG}.get(type(error))  # a proof is too short
        damaged = f"the file is damaged, or a signature in it is wrong ({type(error).__name__})."
        code, said = 1, f"{error.filename} cannot be read." if isinstance(error, OSError) else known or damaged
    print(*["Not shown:"] * code, "".join(each if each.isprintable() else "?" for each in said))  # no cursor moves
    return code


if __name__ == "__main__":
    raise SystemExit(main())

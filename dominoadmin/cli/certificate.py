"""`dominoadmin certificate show FILE`: any certificate, in words."""

from __future__ import annotations

import argparse
from typing import Any

from dominoadmin.cli.framework import Invocation, Noun, Reply, Verb, details
from dominoadmin.paths import read_limited, typed
from dominoadmin.pki import describe, keys


def add(nouns: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the noun."""
    noun = Noun(nouns, "certificate", "show certificate files")
    parser = noun.verb(Verb("show", show, "show the contents of a certificate", "certificate show server.pem"))
    parser.add_argument("file", metavar="FILE", help="PEM or DER")


def show(session: Invocation) -> Reply:
    """Show a certificate."""
    path = typed(session.options.file)
    data = describe.certificate(describe.load(read_limited(path, "The certificate"), str(path)))
    return Reply(data, certificate_details(data))


def certificate_details(data: dict[str, Any]) -> str:
    """Return a certificate as labelled lines."""
    pairs = {
        "Subject": data["subject"],
        "Issuer": data["issuer"],
        "Serial number": describe.serial(data["serial"]),
        "Effective date": data["not_before"],
        "Expiration date": data["not_after"],
        "Key": keys.describe_algorithm(data["key"]),
        "Subject alternate names": data["names"] or None,
        "Certification authority": data["is_ca"],
        "Key usage": data["key_usage"] or None,
        "Extended key usage": data["extended_key_usage"] or None,
        "Fingerprint (SHA-256)": describe.grouped(data["sha256"]),
    }
    return details(pairs)

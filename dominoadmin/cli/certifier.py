"""`dominoadmin certifier …`: Internet certifiers."""

from __future__ import annotations

import argparse
from pathlib import Path

from dominoadmin.cli import certifier_changes
from dominoadmin.cli.framework import Noun, Reply, Session, Verb, details, table, write_new
from dominoadmin.errors import Refused
from dominoadmin.pki import describe, keys, names
from dominoadmin.pki.extensions import EXTENDED_KEY_USAGES, LEAF_KEY_USAGES
from dominoadmin.pki.names import DistinguishedName
from dominoadmin.pki.profiles import CertificateSettings, NamePolicy
from dominoadmin.pki.publication import Publication
from dominoadmin.services.certifiers import configuration_texts, configuring, registering
from dominoadmin.services.certifiers.registering import CertifierRequest
from dominoadmin.services.requests import databases
from dominoadmin.services.states import PASSWORD, PROTECTIONS
from dominoadmin.store import id_files
from dominoadmin.store.records import CertifierRecord


def add(nouns: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the noun."""
    noun = Noun(nouns, "certifier", "register, look at and change Internet certifiers")
    example = 'certifier register --common-name "MyCompany CA" --organization MyCompany --encrypt-with server-id'
    parser = noun.verb(
        Verb("register", register, "register a new Internet certifier that uses the CA process", example)
    )
    for tab in (_name, _basics, _certificates, _misc):
        tab(parser)
    noun.verb(Verb("list", list_all, "list the Internet certifiers", "certifier list --json"))
    parser = noun.verb(Verb("show", show, "show a certifier and its configuration", 'certifier show "MyCompany CA"'))
    parser.add_argument("name", metavar="NAME")
    parser.add_argument("--out", metavar="FILE", help="write its certificate there, in PEM")
    certifier_changes.add(noun)


def _name(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("Create Certifier Name")
    group.add_argument("--common-name", required=True, metavar="CN")
    for option in ("--organizational-unit", "--organization", "--locality", "--state"):
        group.add_argument(option, default="", metavar="TEXT")
    group.add_argument("--country", default="", metavar="CC", help="two letters")


def _basics(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("Basics")
    group.add_argument("--server", default="", metavar="NAME", help="where the CA process runs")
    default = r"ICL database name; default icl\icl_<Organization>.nsf, or the next free"
    group.add_argument("--icl", default="", metavar="FILE", help=default)
    group.add_argument("--encrypt-with", required=True, choices=PROTECTIONS, help="Encrypt Certifier ID with")
    group.add_argument(
        "--activation-password-file", metavar="FILE", help="with server-id-and-password; - is standard input"
    )
    group.add_argument("--locking-id", metavar="FILE", help="the ID file of the person who locks the certifier")
    group.add_argument("--caa", action="append", default=[], metavar="NAME", help="a further CA administrator")
    group.add_argument("--ra", action="append", default=[], metavar="NAME", help="a further registration authority")


def _certificates(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("Certificates")
    usual = CertificateSettings()
    group.add_argument("--min-days", type=int, default=usual.minimum_days, metavar="N")
    group.add_argument("--default-days", type=int, default=usual.default_days, metavar="N")
    group.add_argument("--max-days", type=int, default=usual.maximum_days, metavar="N")
    group.add_argument("--key-usage", action="append", choices=LEAF_KEY_USAGES, help="allowed usages; default: all")
    group.add_argument("--extended-key-usage", action="append", choices=EXTENDED_KEY_USAGES)
    group.add_argument("--san-kind", action="append", choices=("dns", "ip", "email", "uri"))
    group.add_argument("--san-domain", action="append", default=[], metavar="DOMAIN", help="only hosts below it")
    group.add_argument("--no-wildcards", action="store_true")


def _misc(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("Misc")
    group.add_argument("--key", default="ec-p256", choices=keys.ALGORITHMS)
    group.add_argument("--hash", default="", choices=("sha256", "sha384", "sha512"))
    group.add_argument("--years", type=int, default=10, metavar="N", help="the certifier's own certificate")
    group.add_argument("--crl-days", type=int, default=30, metavar="N")
    group.add_argument("--crl-interval-days", type=int, default=7, metavar="N")
    group.add_argument(
        "--base-url", action="append", metavar="URL",
        help="where its CRLs are found, default http://<host of the server>/pki; 'none' for offline use",
    )  # fmt: skip
    group.add_argument(
        "--crl-partition", type=int, default=0, metavar="N", help="certificates that share a CRL; 0: all"
    )
    group.add_argument("--delta-hours", type=int, default=0, metavar="N", help="time between delta CRLs; 0: none")
    group.add_argument("--crl-folder", default="", metavar="FOLDER", help="write each new CRL there")
    group.add_argument("--crl-command", default="", metavar="PROGRAM", help="run it with the file of each new CRL")
    copy = "write a local copy of its ID; no command reads it back yet"
    group.add_argument("--backup-file", metavar="FILE", help=copy)
    group.add_argument("--backup-password-file", metavar="FILE", help="its password; - is standard input")


def register(session: Session) -> Reply:
    """Register a certifier."""
    o = session.options
    name = DistinguishedName(
        o.common_name,
        o.organizational_unit,
        o.organization,
        o.locality,
        o.state,
        o.country.upper() if o.country.isascii() else o.country,
    )
    if o.backup_password_file and o.backup_file is None:
        raise Refused("--backup-password-file goes only with --backup-file.", "Name the file of the backup copy.")
    creator = session.identity
    activation = backup = ""
    if o.encrypt_with == PASSWORD or o.activation_password_file:
        activation = session.password(
            o.activation_password_file, "Activation password: ", confirm=True, option="--activation-password-file"
        )
    if o.backup_file is not None:
        backup = session.password(
            o.backup_password_file, "Password of the backup copy: ", confirm=True, option="--backup-password-file"
        )
    locking = id_files.describe(session.domain.directory.file(o.locking_id)) if o.locking_id else None
    usual = CertificateSettings()
    policy = NamePolicy(
        tuple(o.san_kind or usual.names.kinds), tuple(d.lower() for d in o.san_domain), not o.no_wildcards
    )
    settings = CertificateSettings(
        o.min_days, o.default_days, o.max_days, tuple(o.key_usage or usual.key_usage),
        tuple(o.extended_key_usage or usual.extended_key_usage), names=policy,
    )  # fmt: skip
    request = CertifierRequest(
        name, o.encrypt_with, o.server, o.icl, activation, locking, tuple(o.caa), tuple(o.ra), o.key, o.hash, o.years,
        settings, o.crl_days, o.crl_interval_days, None if o.backup_file is None else Path(o.backup_file), backup,
        _publication(session),
    )  # fmt: skip
    done = registering.register(session.domain, creator, request, session.progress())
    shown = {
        "Certifier": done.name,
        "Fingerprint (SHA-256)": describe.grouped(done.fingerprint),
        "Expires": done.not_after,
        "ICL database": done.icl_file,
    }
    text = "\n".join(["Success. The Internet certifier is registered.", details(shown), *done.warnings, done.next_step])
    data = {**done.__dict__, "next_step": done.next_step}
    return Reply(data, text)


def _publication(session: Session) -> Publication:
    o = session.options
    urls = tuple(o.base_url or (registering.default_base_url(session.domain),))
    return Publication(() if urls == ("none",) else urls, o.crl_partition, o.delta_hours, o.crl_folder, o.crl_command)


def list_all(session: Session) -> Reply:
    """List certifiers."""
    rows = [_row(record) for record in configuring.records(session.domain)]
    columns = {"id": "No.", "name": "Certifier", "key": "Key", "protection": "Encrypted with", "not_after": "Expires"}
    return Reply(rows, table(rows, columns))


def show(session: Session) -> Reply:
    """Show one certifier."""
    verified = configuring.shown(session.domain, session.actor, session.options.name)
    record, configuration = verified.record, verified.configuration
    database = databases.of_certifier(session.domain, record.id)
    row = _row(record) | {
        "caas": list(configuration.caas),
        "ras": list(configuration.ras),
        "registered_by": verified.registered_by,
        "configuration": {**configuration.content(), "signed_at": configuration.signed_at or None},
        "database": database.file if database else None,
        "certificate": describe.pem(record.certificate),
    }
    said = (*configuration_texts.certificates(configuration), *configuration_texts.lists(configuration))
    pairs = {
        "Certifier": record.name,
        "Server": names.abbreviated(record.server),
        "ICL database": record.icl_file,
        "Encrypted with": record.protection,
        "Locking ID": names.abbreviated(record.locking_id) if record.locking_id else None,
        "Key": keys.describe_algorithm(record.key_algorithm),
        "Fingerprint (SHA-256)": describe.grouped(str(row["fingerprint"])),
        "Valid": f"{row['not_before']} to {row['not_after']}",
        "CA administrators": [names.abbreviated(name) for name in configuration.caas],
        "Registration authorities": [names.abbreviated(name) for name in configuration.ras],
        **{field.label: field.text for field in said},
        "Configuration": f"version {configuration.version}, {'enabled' if configuration.enabled else 'disabled'}",
        "Certificate Requests database": row["database"],
    }
    text = details(pairs)
    if session.options.out:
        write_new(Path(session.options.out), describe.pem(record.certificate).encode())
        text = f"{text}\nWritten to {session.options.out}."
    return Reply(row, text)


def _row(record: CertifierRecord) -> dict[str, object]:
    certificate = describe.certificate(describe.load(record.certificate, "The certifier's certificate"))
    return {
        "id": record.id,
        "name": record.name,
        "server": record.server,
        "icl": record.icl_file,
        "protection": record.protection,
        "locking_id": record.locking_id or None,
        "key": record.key_algorithm,
        "fingerprint": certificate["sha256"],
        "serial": certificate["serial"],
        "not_before": certificate["not_before"],
        "not_after": certificate["not_after"],
        "created_at": record.created_at,
        "published_at": record.published_at,
    }

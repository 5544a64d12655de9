"""`dominoadmin certifier …`: Internet certifiers."""

from __future__ import annotations

import argparse

from dominoadmin.cli import certifier_changes, certifier_options
from dominoadmin.cli.framework import Invocation, Noun, Reply, Verb, compared, details, table, whole_list, write_new
from dominoadmin.errors import Refused
from dominoadmin.paths import typed
from dominoadmin.pki import describe, keys, names
from dominoadmin.pki.names import DistinguishedName
from dominoadmin.services.certifiers import configuring, registering
from dominoadmin.services.certifiers.form import CertifierRequest
from dominoadmin.services.certifiers.settings import Group, of_groups
from dominoadmin.services.requests import databases
from dominoadmin.services.states import Protection
from dominoadmin.store import id_files
from dominoadmin.store.records import CertifierRecord
from dominoadmin.viewmodels.certifiers import settings


def add(nouns: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the noun."""
    noun = Noun(nouns, "certifier", "register, show, and change Internet certifiers")
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
    group.add_argument("--server", default="", metavar="NAME", help="the server that runs the CA process")
    default = r"ICL database name; default icl\icl_<Organization>.nsf, or the next free"
    group.add_argument("--icl", default="", metavar="FILE", help=default)
    group.add_argument(
        "--encrypt-with", required=True, choices=[*map(str, Protection)], help="Encrypt Certifier ID with"
    )
    group.add_argument(
        "--activation-password-file", metavar="FILE", help="with server-id-and-password; - is standard input"
    )
    group.add_argument("--locking-id", metavar="FILE", help="ID file of the person who locks the certifier")
    for setting in of_groups(Group.ROLES):
        text = f"an additional {certifier_changes.ROLES[setting.key]}"
        group.add_argument(setting.option, action="append", default=[], metavar="NAME", help=text)


def _certificates(parser: argparse.ArgumentParser) -> None:
    certifier_options.add_for_new(parser.add_argument_group("Certificates"), Group.CERTIFICATES)


def _misc(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("Misc")
    group.add_argument("--key", default="ec-p256", choices=keys.ALGORITHMS)
    certifier_options.add_for_new(group, Group.SIGNATURES)
    group.add_argument("--years", type=int, default=10, metavar="N", help="the certifier's own certificate")
    certifier_options.add_for_new(group, Group.LISTS)
    copy = "write a local copy of its ID (it cannot be restored yet)"
    group.add_argument("--backup-file", metavar="FILE", help=copy)
    group.add_argument("--backup-password-file", metavar="FILE", help="its password; - is standard input")


def register(session: Invocation) -> Reply:
    """Register a certifier."""
    o = session.options
    name = DistinguishedName(
        common_name=o.common_name,
        organizational_unit=o.organizational_unit,
        organization=o.organization,
        locality=o.locality,
        state=o.state,
        country=o.country.upper() if o.country.isascii() else o.country,
    )
    if o.backup_password_file and o.backup_file is None:
        raise Refused(
            "--backup-password-file can be used only with --backup-file.", "Specify the file of the backup copy."
        )
    creator = session.identity
    activation = backup = ""
    if o.encrypt_with == Protection.PASSWORD or o.activation_password_file:
        activation = session.password(
            o.activation_password_file, "Activation password: ", confirm=True, option="--activation-password-file"
        )
    if o.backup_file is not None:
        backup = session.password(
            o.backup_password_file, "Password of the backup copy: ", confirm=True, option="--backup-password-file"
        )
    locking = None if o.locking_id is None else id_files.describe(session.file(o.locking_id))
    usual = CertifierRequest(
        name, o.encrypt_with, server=o.server, icl_file=o.icl, activation_password=activation, locking_id=locking,
        caas=tuple(o.caa), ras=tuple(o.ra), key_algorithm=o.key, years=o.years,
        backup_file=None if o.backup_file is None else typed(o.backup_file), backup_password=backup,
    )  # fmt: skip
    if o.base_url is None:
        o.base_url = [registering.default_base_url(session.domain)]
    request = certifier_options.given(o, usual)
    done = registering.register(session.domain, creator, request, session.progress())
    shown = {
        "Certifier": done.name,
        "Fingerprint (SHA-256)": describe.grouped(done.fingerprint),
        "Expires": done.not_after,
        "ICL database": done.icl_file,
    }
    text = "\n".join(
        ["Success. The Internet certifier has been registered.", details(shown), *done.warnings, done.next_step]
    )
    data = {**done.__dict__, "next_step": done.next_step}
    return Reply(data, text)


@whole_list
def list_all(session: Invocation) -> Reply:
    """List certifiers."""
    rows = [_row(record) for record in configuring.records(session.domain)]
    columns = {"id": "No.", "name": "Certifier", "key": "Key", "protection": "Encrypted with", "not_after": "Expires"}
    return Reply(rows, table(rows, columns))


@compared
def show(session: Invocation) -> Reply:
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
        "certificate": describe.pem(record.active.certificate),
    }
    said = settings.fields(configuration, of_groups(Group.CERTIFICATES, Group.SIGNATURES, Group.LISTS))
    pairs = {
        "Certifier": record.name,
        "Server": names.abbreviated(record.server),
        "ICL database": record.icl_file,
        "Encrypted with": record.active.protection,
        "Locking ID": names.abbreviated(record.active.locking_id) if record.active.locking_id else None,
        "Key": keys.describe_algorithm(record.active.key_algorithm),
        "Fingerprint (SHA-256)": describe.grouped(str(row["fingerprint"])),
        "Valid": f"{row['not_before']} to {row['not_after']}",
        "CA administrators": [names.abbreviated(name) for name in configuration.caas],
        "Registration authorities": [names.abbreviated(name) for name in configuration.ras],
        **{field.label: field.text for field in said},
        "Configuration": f"version {configuration.version}, {'enabled' if configuration.enabled else 'disabled'}",
        "Certificate Requests database": row["database"],
    }
    text = details(pairs)
    if session.options.out is not None:
        write_new(typed(session.options.out), describe.pem(record.active.certificate).encode())
        text = f"{text}\nWritten to {session.options.out}."
    return Reply(row, text)


def _row(record: CertifierRecord) -> dict[str, object]:
    certificate = describe.certificate(describe.load(record.active.certificate, "The certifier's certificate"))
    return {
        "id": record.id,
        "name": record.name,
        "server": record.server,
        "icl": record.icl_file,
        "protection": record.active.protection,
        "locking_id": record.active.locking_id or None,
        "key": record.active.key_algorithm,
        "fingerprint": certificate["sha256"],
        "serial": certificate["serial"],
        "not_before": certificate["not_before"],
        "not_after": certificate["not_after"],
        "created_at": record.created_at,
        "published_at": record.published_at,
    }

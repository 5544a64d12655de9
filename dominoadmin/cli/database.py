"""`dominoadmin database …`: Certificate Requests databases."""

from __future__ import annotations

import argparse
from dataclasses import replace

from dominoadmin.cli.framework import Invocation, Noun, Reply, Verb, compared, details, table, whole_list
from dominoadmin.errors import Tampered
from dominoadmin.i18n import counted
from dominoadmin.pki import names
from dominoadmin.services.requests import databases
from dominoadmin.services.requests.databases import (
    SUPPORTS,
    TEMPLATE,
    Customization,
    DatabaseConfiguration,
    DatabaseRequest,
    Processing,
)
from dominoadmin.store.records import CertifierRecord, DatabaseRecord


def add(nouns: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the noun."""
    noun = Noun(nouns, "database", "Certificate Requests databases")
    example = (
        'database create --title "Certificate Requests" --file certreq.nsf --certifier "MyCompany CA"'
        " --supports both --processing manual"
    )
    parser = noun.verb(Verb("create", create, "create a Certificate Requests database", example))
    parser.add_argument("--title", required=True, metavar="TEXT")
    parser.add_argument("--file", required=True, metavar="FILE", help="ends in .nsf; becomes part of a URL")
    parser.add_argument("--template", default=TEMPLATE, metavar="FILE")
    parser.add_argument("--server", default="", metavar="NAME")
    parser.add_argument("--certifier", required=True, metavar="NAME")
    _form(parser, required=False)
    parser = noun.verb(
        Verb(
            "configure",
            configure,
            "change the Database Configuration",
            "database configure certreq.nsf --processing automatic",
        )
    )
    parser.add_argument("file", metavar="FILE")
    _form(parser, required=False)
    noun.verb(Verb("list", list_all, "list the databases", "database list --json"))
    parser = noun.verb(Verb("show", show, "show a database and its configuration", "database show certreq.nsf"))
    parser.add_argument("file", metavar="FILE")


def _form(parser: argparse.ArgumentParser, *, required: bool) -> None:
    form = parser.add_argument_group("Database Configuration")
    form.add_argument("--supports", choices=tuple(SUPPORTS), required=required, help="supported certificate types")
    form.add_argument("--processing", choices=[*map(str, Processing)], required=required, help="processing method")
    form.add_argument("--transfer-server", metavar="NAME", help="Automatic Transfer Server")
    form.add_argument("--mail-confirmation", action=argparse.BooleanOptionalAction, help="mail to the applicant")
    for kind in ("server", "client"):
        form.add_argument(
            f"--{kind}-days", type=int, metavar="N", help=f"validity for {kind} requests; 0: certifier default"
        )
        form.add_argument(f"--{kind}-key-usage", action="append", metavar="USAGE")
        form.add_argument(f"--{kind}-extended-key-usage", action="append", metavar="USAGE")


def _configuration(o: argparse.Namespace, current: DatabaseConfiguration) -> DatabaseConfiguration:
    changed = {
        key: value
        for key, value in {
            "supports": o.supports,
            "processing": o.processing,
            "transfer_server": o.transfer_server,
            "mail_confirmation": o.mail_confirmation,
        }.items()
        if value is not None
    }
    return replace(
        current,
        **changed,
        server_requests=_custom(
            current.server_requests, o.server_days, o.server_key_usage, o.server_extended_key_usage
        ),
        client_requests=_custom(
            current.client_requests, o.client_days, o.client_key_usage, o.client_extended_key_usage
        ),
    )


def _custom(
    current: Customization, days: int | None, usages: list[str] | None, extended: list[str] | None
) -> Customization:
    return Customization(
        current.days if days is None else days,
        current.key_usage if usages is None else tuple(usages),
        current.extended_key_usage if extended is None else tuple(extended),
    )


def create(session: Invocation) -> Reply:
    """Create a database."""
    o = session.options
    usual = DatabaseConfiguration(mail_confirmation=bool(o.mail_confirmation))
    request = DatabaseRequest(
        o.title, o.file, o.certifier, template=o.template, server=o.server, configuration=_configuration(o, usual)
    )
    record = databases.create(session.domain, session.signer, request)
    return Reply(
        {"file": record.file, "title": record.title, "server": record.server, **_said(record)},
        f"The database {record.file} has been created for {o.certifier}.\nNext: dominoadmin keyring create "
        f"--database {record.file}, or dominoadmin request submit --database {record.file} --csr FILE",
    )


def configure(session: Invocation) -> Reply:
    """Change a configuration."""
    current = _find(session)[0]
    wanted = _configuration(session.options, databases.configuration_of(current))
    record = databases.configure(session.domain, session.signer, current.file, wanted)
    return Reply({"file": record.file, **_said(record)}, f"The configuration of {record.file} is saved.")


@whole_list
def list_all(session: Invocation) -> Reply:
    """List databases."""
    rows = [_row(*pair) for pair in databases.all_databases(session.domain)]
    columns = {
        "file": "File",
        "title": "Title",
        "certifier": "Certifier",
        "supports": "Supports",
        "processing": "Processing",
    }
    return Reply(rows, table(rows, columns))


@compared
def show(session: Invocation) -> Reply:
    """Show one database."""
    record, certifier = _find(session)
    configuration = databases.configuration_of(record)
    pairs = {
        "File": record.file,
        "Title": record.title,
        "Template": record.template,
        "Server": names.abbreviated(record.server),
        "Certifier": certifier.name,
        "Supported certificate types": configuration.supports_label,
        "Processing method": configuration.processing,
        "Automatic Transfer Server": configuration.transfer_server and names.abbreviated(configuration.transfer_server),
        "Mail confirmation": configuration.mail_confirmation,
        "Server requests": _custom_text(configuration.server_requests),
        "Client requests": _custom_text(configuration.client_requests),
        "Created": record.created_at,
    }
    return Reply(_row(record, certifier), details(pairs))


def _custom_text(custom: Customization) -> str:
    days = counted(custom.days, "day") if custom.days else "certifier default"
    return "; ".join([days, ", ".join(custom.key_usage) or "-", ", ".join(custom.extended_key_usage) or "-"])


def _find(session: Invocation) -> tuple[DatabaseRecord, CertifierRecord]:
    wanted = databases.stored(session.domain, session.options.file).file
    return next(pair for pair in databases.all_databases(session.domain) if pair[0].file == wanted)


def _row(record: DatabaseRecord, certifier: CertifierRecord) -> dict[str, object]:
    return {
        "file": record.file,
        "title": record.title,
        "template": record.template,
        "server": record.server,
        "certifier": certifier.name,
        **_said(record),
        "created_at": record.created_at,
    }


def _said(record: DatabaseRecord) -> dict[str, object]:
    """Return a configuration in words, or why it is unreadable: the other databases are still listed."""
    try:
        return databases.configuration_of(record).content()
    except Tampered as error:
        return {"problem": str(error)}

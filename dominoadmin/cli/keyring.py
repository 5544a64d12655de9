"""`dominoadmin keyring …`: Domino Key Ring Management."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from typing import Any

from dominoadmin.cli import keyring_texts
from dominoadmin.cli.framework import Invocation, Noun, Reply, Verb, asks, confirmed
from dominoadmin.errors import Cancelled, NotAllowed
from dominoadmin.paths import typed
from dominoadmin.pki import keys, names
from dominoadmin.services.key_rings import generated
from dominoadmin.services.key_rings import management as key_rings
from dominoadmin.services.key_rings.exporting import JAVA, PKCS12
from dominoadmin.services.key_rings.management import (
    FORMATS,
    Created,
    ExportRequest,
    Installation,
    KeyRingAccess,
    KeyRingRequest,
    RootConfirmation,
)
from dominoadmin.services.requests import databases
from dominoadmin.services.requests.submitting import RequestView


def add(nouns: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the noun."""
    noun = Noun(nouns, "keyring", "create, certify, export, and install key rings for servers")
    _add_create(noun)
    example = "keyring certify --file keyfile.kyr --database certreq.nsf"
    parser = _verb(noun, Verb("certify", certify, "merge the trusted root and submit a request", example))
    parser.add_argument("--database", required=True, metavar="FILE")
    _confirmation(parser)
    parser.add_argument("--label", metavar="TEXT", help="of the trusted root; default: its common name")
    _verb(noun, Verb("show", show, "show the contents of a key ring", "keyring show --file keyfile.kyr"))
    example = "keyring password --file keyfile.kyr --new-password-file new.txt"
    parser = _verb(noun, Verb("password", password, "change the password and reseal it to the server", example))
    parser.add_argument("--new-password-file", metavar="FILE", help="- is standard input; default: ask")
    parser.add_argument(
        "--server", default="", metavar="NAME", help="seal it to this server; default: the same as before"
    )
    example = "keyring export --file keyfile.kyr --format kyrtool --out keyfile-kyrtool.pem"
    parser = _verb(noun, Verb("export", export, "export key and certificates for other programs", example))
    parser.add_argument("--format", required=True, choices=FORMATS)
    parser.add_argument(
        "--out", required=True, metavar="FILE", help="or a folder; existing files are never overwritten"
    )
    parser.add_argument(
        "--out-password-file",
        metavar="FILE",
        help="for the export; required for pkcs12 and java; without it, pem is not encrypted",
    )
    example = "keyring pickup --file keyfile.kyr --pickup-id 0C2A7F51-9D3E4B60-8A1F5C27-E4D39B06"
    parser = _verb(noun, Verb("pickup", pickup, "merge the signed certificate", example))
    parser.add_argument("--pickup-id", required=True, metavar="ID", help="from the memo or the issued request")
    _confirmation(parser)
    example = "keyring install --file keyfile.kyr --server Server1"
    parser = _verb(noun, Verb("install", install, "copy key ring and stash to a server's data directory", example))
    parser.add_argument("--server", default="", metavar="NAME", help="default: the domain's first server")
    _add_trusted_roots(noun)
    text = "delete a key ring and its stash; installed copies stay"
    parser = noun.verb(Verb("delete", delete, text, "keyring delete --file keyfile.kyr"))
    parser.add_argument("--file", required=True, metavar="FILE", help="the key ring, NAME.kyr")
    _confirmation(parser)


def _add_trusted_roots(noun: Noun) -> None:
    example = "keyring label --file keyfile.kyr --label 'MyCompany CA' --new-label 'Our authority'"
    parser = _verb(noun, Verb("label", label, "change the label of a trusted root", example))
    parser.add_argument(
        "--label", required=True, metavar="TEXT", help="of the trusted root, as shown by 'keyring show'"
    )
    parser.add_argument("--new-label", required=True, metavar="TEXT", help="the new label")
    example = "keyring remove-root --file keyfile.kyr --label 'Old CA'"
    parser = _verb(noun, Verb("remove-root", remove_root, "remove a trusted root", example))
    parser.add_argument(
        "--label", required=True, metavar="TEXT", help="of the trusted root, as shown by 'keyring show'"
    )


def _add_create(noun: Noun) -> None:
    example = (
        "keyring create --file keyfile.kyr --common-name server1.example.com --organization MyCompany"
        " --state Massachusetts --country US --database certreq.nsf"
    )
    parser = _verb(
        noun,
        Verb("create", create, "create a key ring, merge the trusted root, and submit the request", example),
        generates=True,
    )
    parser.add_argument("--key", default="rsa-2048", choices=keys.TLS_ALGORITHMS, help="default: %(default)s")
    parser.add_argument("--common-name", required=True, metavar="HOST", help="the server's fully qualified host name")
    parser.add_argument(
        "--san",
        action="append",
        default=[],
        metavar="KIND:NAME",
        help="dns:www.example.com, ip:10.0.0.1; can be repeated",
    )
    parser.add_argument("--organization", required=True, metavar="O")
    parser.add_argument("--organizational-unit", default="", metavar="OU")
    parser.add_argument("--locality", default="", metavar="L", help="city or locality")
    parser.add_argument("--state", required=True, metavar="S", help="spelled out: Massachusetts")
    parser.add_argument("--country", required=True, metavar="C", help="two letters")
    parser.add_argument("--database", required=True, metavar="FILE", help="the Certificate Requests database")
    parser.add_argument(
        "--server", default="", metavar="NAME", help="whose ID opens the stash; default: the database's"
    )
    parser.add_argument("--later", action="store_true", help="only create it; certify it later with 'keyring certify'")
    parser.add_argument("--label", metavar="TEXT", help="of the trusted root; default: its common name")
    _confirmation(parser)


def _verb(noun: Noun, verb: Verb, *, generates: bool = False) -> argparse.ArgumentParser:
    parser = noun.verb(verb)
    parser.add_argument("--file", required=True, metavar="FILE", help="the key ring, NAME.kyr")
    secret = parser.add_mutually_exclusive_group()
    secret.add_argument(
        "--password-file",
        metavar="FILE",
        help="its password; - is standard input; default: ask, unless it was generated for you",
    )
    if generates:
        secret.add_argument(
            "--generate-password",
            action="store_true",
            help="a password that nobody has to know: the server's ID opens the key ring for you",
        )
    parser.add_argument(
        "--server-password-file",
        metavar="FILE",
        help="of the server's ID, which opens a generated password; default: the keychain, else a prompt",
    )
    return parser


def _confirmation(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--yes", action="store_true", help="do not prompt; without a terminal there is never a prompt")


def create(session: Invocation) -> Reply:
    """Create a key ring and, unless postponed, certify it."""
    o = session.options
    if o.generate_password:
        secret = generated.new_password()
    else:
        secret = session.password(o.password_file, f"Password for {o.file}: ", confirm=True)
    request = KeyRingRequest(
        file=o.file,
        password=secret,
        is_generated=o.generate_password,
        common_name=o.common_name,
        organization=o.organization,
        state=o.state,
        country=o.country,
        organizational_unit=o.organizational_unit,
        locality=o.locality,
        names=tuple(o.san),
        key_algorithm=o.key,
        database=o.database,
        server=o.server,
    )
    actor = session.signer if o.generate_password else session.actor
    made = key_rings.create(session.domain, actor, request, session.progress())
    if o.later:
        return _postponed(session, made, keyring_texts.created(made))
    root = _root(session)
    text = f"{keyring_texts.created(made)}\n{keyring_texts.merge_root(made.file, root)}"
    if not confirmed(session, text):
        return _postponed(session, made, "")
    shown = key_rings.certify(session.domain, session.actor, KeyRingAccess(o.file, request.password), o.database, root)
    data = keyring_texts.created_data(made) | keyring_texts.certified_data(root, shown)
    return _answer(session, data, text, _certified(session, shown))


def _postponed(session: Invocation, made: Created, text: str) -> Reply:
    """Reply that the request is postponed (the note to step 16)."""
    o = session.options
    later = f"Certify it later: dominoadmin keyring certify --file {o.file} --database {o.database}"
    return Reply(keyring_texts.created_data(made), "\n".join(filter(None, [text, later])))


def _certified(session: Invocation, shown: RequestView) -> str:
    automatic = databases.is_automatic(session.domain, session.options.database)
    return keyring_texts.certified(shown, automatic=automatic)


def certify(session: Invocation) -> Reply:
    """Certify a key ring."""
    o, access = session.options, _access(session)
    root = _root(session)
    text = keyring_texts.merge_root(_path(session).name, root)
    if not confirmed(session, text):
        raise Cancelled
    shown = key_rings.certify(session.domain, session.actor, access, o.database, root)
    data = {"file": _path(session)} | keyring_texts.certified_data(root, shown)
    return _answer(session, data, text, _certified(session, shown))


def pickup(session: Invocation) -> Reply:
    """Pick up a certificate."""
    access, pickup_id = _access(session), session.options.pickup_id
    if asks(session):
        preview = key_rings.pickup_preview(session.domain, session.actor, access, pickup_id)
        if not confirmed(session, keyring_texts.merge_signed(preview)):
            raise Cancelled
    merged = key_rings.pickup(session.domain, session.actor, access, pickup_id)
    data = {"file": _path(session)} | keyring_texts.merged_data(merged)
    next_step = f"Install it: dominoadmin keyring install --file {session.options.file}"
    return _answer(session, data, keyring_texts.merge_signed(merged), f"{key_rings.RECEIVED}\n{next_step}")


def show(session: Invocation) -> Reply:
    """Show a key ring."""
    view = key_rings.show(session.domain, _access(session))
    return Reply(keyring_texts.view_data(view), keyring_texts.view(view))


def password(session: Invocation) -> Reply:
    """Change a key ring's password."""
    o = session.options
    access = _access(session)
    new = session.password(o.new_password_file, "New password: ", confirm=True)
    text = key_rings.change_password(session.domain, session.actor, access, new, o.server)
    return Reply({"file": _path(session)}, text)


def export(session: Invocation) -> Reply:
    """Export a key ring."""
    o = session.options
    access = _access(session)
    secret = ""
    if o.out_password_file or o.format in (PKCS12, JAVA):
        secret = session.password(o.out_password_file, "Password for the export: ", confirm=True)
    request = ExportRequest(o.format, typed(o.out), secret)
    done = key_rings.export(session.domain, session.actor, access, request)
    lines = [f"Written: {path}" for path in done.files] + list(done.warnings)
    return Reply({"files": done.files, "warnings": done.warnings}, "\n".join(lines))


def install(session: Invocation) -> Reply:
    """Install a key ring on a server."""
    o = session.options
    secret = session.password(o.password_file, "") if o.password_file else ""
    done = key_rings.install(session.domain, session.signer, Installation(o.file, o.server, secret))
    lines = [f"{done.folder / name}: copied and compared, SHA-256 {digest}" for name, digest in done.sha256.items()]
    data = {"server": done.server, "folder": done.folder, "sha256": done.sha256, "warnings": done.warnings}
    return Reply(data, "\n".join([*lines, *done.warnings, done.next_step]))


def label(session: Invocation) -> Reply:
    """Give a trusted root another label."""
    o = session.options
    key_rings.label_trusted_root(session.domain, session.actor, _access(session), o.label, o.new_label)
    data = {"file": _path(session), "label": o.new_label}
    return Reply(data, f"The label of the trusted root {o.label} is now {o.new_label}.")


def remove_root(session: Invocation) -> Reply:
    """Remove a trusted root."""
    o = session.options
    key_rings.remove_trusted_root(session.domain, session.actor, _access(session), o.label)
    return Reply({"file": _path(session), "removed": o.label}, f"The trusted root {o.label} has been removed.")


def delete(session: Invocation) -> Reply:
    """Delete a key ring."""
    o = session.options
    if not confirmed(
        session, f"The key ring {o.file} and its private key will be lost permanently.", "Delete? [y/N] ", "n"
    ):
        raise Cancelled
    deleted = key_rings.delete(session.domain, session.actor, o.file)
    return Reply({"deleted": deleted}, "\n".join(f"Deleted: {path}" for path in deleted))


def _access(session: Invocation) -> KeyRingAccess:
    """Return the key ring with its password: typed, or, if it was generated for the owner of --id, from the stash."""
    o = session.options
    person = generated.person_of(session.domain, o.file) if o.password_file is None else ""
    if person:
        if person == session.reader.name:
            found = generated.password_of(session.domain, session.signer, session.open_server(), o.file)
            if found:
                return KeyRingAccess(o.file, found)
        raise NotAllowed(
            f"The password of {o.file} was generated for {names.abbreviated(person)}; this ID does not open it.",
            "Name that person's ID with --id, or specify the password with --password-file.",
        )
    return KeyRingAccess(o.file, session.password(o.password_file, f"Password for {o.file}: "))


def _root(session: Invocation) -> RootConfirmation:
    root = key_rings.trusted_root_of(session.domain, session.actor, session.options.database)
    return replace(root, label=session.options.label) if session.options.label else root


def _path(session: Invocation) -> Path:
    return session.file(session.options.file)


def _answer(session: Invocation, data: dict[str, Any], asked: str, done: str) -> Reply:
    """Reply with the question, unless the terminal already shows it, and the result."""
    return Reply(data, done if asks(session) else f"{asked}\n{done}")

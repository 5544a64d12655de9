"""`dominoadmin person …` and `dominoadmin id …`: people and their ID files."""

from __future__ import annotations

import argparse

from dominoadmin.cli.framework import ID_PASSWORD, Invocation, Noun, Reply, Verb, details, table, whole_list, write_new
from dominoadmin.errors import Error
from dominoadmin.paths import typed
from dominoadmin.pki import describe, issuance, names
from dominoadmin.pki.revocation import Reason
from dominoadmin.services.identities import administrators, identifying, renewing
from dominoadmin.services.identities.identifying import PersonRequest
from dominoadmin.store import id_files
from dominoadmin.store.records import DirectoryEntry


def add(nouns: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add both nouns."""
    person = Noun(nouns, "person", "register and list people, name administrators, and revoke and renew IDs")
    example = 'person register --name "Rob Ra" --password-file rob.txt --id-password-file ann.txt'
    parser = person.verb(Verb("register", register, "create an ID and a Person document", example))
    parser.add_argument("--name", required=True, metavar="NAME", help="'Rob Ra' or 'Rob Ra/MyCompany'")
    parser.add_argument("--password-file", metavar="FILE", help="for the new ID; - is standard input; default: ask")
    parser.add_argument("--mail-address", default="", metavar="ADDRESS")
    _add_certifier_options(parser)
    example = 'person administrator "Rob Ra" --id-password-file ann.txt'
    parser = person.verb(
        Verb("administrator", administrator, "let a person change the directory and databases, or no longer", example)
    )
    parser.add_argument("name", metavar="NAME", help="'Rob Ra' or 'Rob Ra/MyCompany'")
    parser.add_argument("--remove", action="store_true", help="that person is an administrator no longer")
    _add_certifier_options(parser)
    example = 'person revoke "Rob Ra" --reason keyCompromise --certifier-password-file cert.txt'
    parser = person.verb(
        Verb("revoke", revoke, "revoke a person's ID, so that it can no longer sign or open anything", example)
    )
    parser.add_argument("name", metavar="NAME", help="'Rob Ra' or 'Rob Ra/MyCompany'")
    parser.add_argument(
        "--reason",
        default=Reason.UNSPECIFIED,
        metavar="REASON",
        help=f"{', '.join(renewing.REASONS)}; default: %(default)s",
    )
    _add_certifier_options(parser)
    example = 'person renew "Rob Ra" --password-file rob.txt --certifier-password-file cert.txt'
    parser = person.verb(Verb("renew", renew, "make a new ID for a person; the old one is superseded", example))
    parser.add_argument("name", metavar="NAME", help="'Rob Ra' or 'Rob Ra/MyCompany'")
    parser.add_argument("--password-file", metavar="FILE", help="for the new ID; - is standard input; default: ask")
    _add_certifier_options(parser)
    person.verb(Verb("list", list_people, "list the Person documents", "person list"))
    ids = Noun(nouns, "id", "show ID files, and change and remember their passwords")
    ids.also("identity")
    parser = ids.verb(Verb("show", show, "show whose ID is used", "id show --id rob-ra.id"))
    parser.add_argument("--out", metavar="FILE", help="file to write its certificate to, in PEM")
    ids.verb(Verb("use", use, "make the ID of --id the default of later commands", "id use --id rob-ra.id"))
    parser = ids.verb(Verb("password", password, "change the ID's password", "id password --new-password-file new.txt"))
    parser.add_argument("--new-password-file", metavar="FILE", help="- is standard input; default: ask")
    ids.verb(Verb("remember", remember, "keep the ID's password in the keychain", "id remember"))
    ids.verb(Verb("forget", forget, "remove the ID's password from the keychain", "id forget"))


def _add_certifier_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--certifier-id", metavar="FILE", help="default: cert.id")
    parser.add_argument(
        "--certifier-password-file", metavar="FILE", help="its password; default: the one of --id-password-file"
    )


def administrator(session: Invocation) -> Reply:
    """Name an administrator, or remove one."""
    o = session.options
    certifier = session.open_certifier()
    change = administrators.remove_administrator if o.remove else administrators.name_administrator
    name = change(session.domain, certifier, o.name)
    now = "is no longer an administrator" if o.remove else "is an administrator now"
    known = list(administrators.administrators(session.domain))
    return Reply({"name": name, "administrators": known}, f"{names.abbreviated(name)} {now}.")


def register(session: Invocation) -> Reply:
    """Register a person."""
    o = session.options
    certifier = session.open_certifier()
    password = session.password(
        o.password_file, f"Password for the ID of {o.name}: ", confirm=True, option="--password-file"
    )
    path = identifying.register_person(session.domain, certifier, PersonRequest(o.name, password, o.mail_address))
    name = id_files.describe(path).name
    return Reply({"name": name, "id_file": path}, f"{names.abbreviated(name)} has been registered. ID file: {path}")


def revoke(session: Invocation) -> Reply:
    """Revoke a person's ID."""
    o = session.options
    done = renewing.revoke(session.domain, session.open_certifier(), o.name, o.reason)
    text = (
        f"The ID of {names.abbreviated(done.name)} has been revoked. What it approved and is not issued yet has to be "
        "decided again.\nA new ID: dominoadmin person renew"
    )
    return Reply(done, text + _locked(done.locked))


def renew(session: Invocation) -> Reply:
    """Make a new ID for a person."""
    o = session.options
    certifier = session.open_certifier()
    password = session.password(
        o.password_file, f"Password for the new ID of {o.name}: ", confirm=True, option="--password-file"
    )
    done = renewing.renew(session.domain, certifier, o.name, password)
    text = f"{names.abbreviated(done.name)} has a new ID; the old one can no longer be used. ID file: {done.path}"
    return Reply({"name": done.name, "id_file": done.path, "locked": done.locked}, text + _locked(done.locked))


def _locked(certifiers: tuple[str, ...]) -> str:
    """Return what to do with certifiers that only the old ID opens."""
    return "".join(
        f"\nThe key of {each} is locked with the old ID. Protect it in another way: dominoadmin certifier protect"
        for each in certifiers
    )


@whole_list
def list_people(session: Invocation) -> Reply:
    """List people."""
    known = administrators.administrators(session.domain)
    rows: list[dict[str, object]] = [
        {
            "name": entry.name,
            "id_file": entry.text("id_file"),
            "mail_address": entry.text("mail_address") or None,
            "administrator": entry.name in known,
            "revoked": _revoked(session, entry),
        }
        for entry in identifying.people(session.domain)
    ]
    shown = [
        row
        | {
            "name": names.abbreviated(str(row["name"])),
            "administrator": "yes" if row["administrator"] else "no",
            "revoked": row["revoked"] or "no",
        }
        for row in rows
    ]
    columns = {"name": "Name", "id_file": "ID file", "mail_address": "E-mail address", "administrator": "Administrator"}
    columns["revoked"] = "ID revoked"
    return Reply(rows, table(shown, columns))


def _revoked(session: Invocation, entry: DirectoryEntry) -> str:
    """Return why the ID of a person was revoked; an empty string if it was not."""
    former = renewing.former_id(session.domain, entry)
    return former.reason if former else ""


def show(session: Invocation) -> Reply:
    """Show an ID file."""
    shown = id_files.describe(session.id_path)
    certificate = shown.chain[0]
    data = {
        "name": shown.name,
        "kind": shown.kind,
        "file": session.id_path,
        "not_after": certificate.not_valid_after_utc,
        "issuer": names.person_from_x509(certificate.issuer),
        "sha256": describe.fingerprint(issuance.der(certificate)),
    }
    pairs = {
        "Name": names.abbreviated(shown.name),
        "Kind": shown.kind,
        "ID file": session.id_path,
        "Certified by": names.abbreviated(str(data["issuer"])),
        "Expires": data["not_after"],
        "Fingerprint (SHA-256)": describe.grouped(str(data["sha256"])),
    }
    pem, out = describe.pem(issuance.der(certificate)), session.options.out
    if out is not None:
        write_new(typed(out), pem.encode())
    written = f"\nWritten to {out}." if out is not None else ""
    return Reply(data | {"pem": pem}, f"{details(pairs)}{written}")


def use(session: Invocation) -> Reply:
    """Change the default ID."""
    if session.options.id is None:
        raise Error("Say which ID is to be the default.", "Name it: --id rob-ra.id")
    shown = identifying.describe_id(session.domain, session.id_path)
    identifying.make_default(session.domain, session.id_path)
    text = f"From now on commands without --id act as {names.abbreviated(shown.name)} ({session.id_path.name})."
    return Reply({"name": shown.name, "file": session.id_path}, text)


def password(session: Invocation) -> Reply:
    """Change an ID's password."""
    identity = session.identity
    new = session.password(
        session.options.new_password_file, "New password: ", confirm=True, option="--new-password-file"
    )
    identifying.change_password(session.domain, session.id_path, identity, new)
    return Reply(
        {"file": session.id_path},
        f"The password of {session.id_path} has been changed. Copies of the file keep the old one.",
    )


def remember(session: Invocation) -> Reply:
    """Remember the password."""
    file = session.options.id_password_file
    given = session.password(file, f"Password for {session.id_path.name}: ", option=ID_PASSWORD)
    identifying.open_id(session.domain, session.id_path, given)
    identifying.remember_password(session.domain, session.id_path, given)
    keychain = session.domain.keychain.name()
    return Reply({"keychain": keychain}, f"The password of {session.id_path.name} has been stored in {keychain}.")


def forget(session: Invocation) -> Reply:
    """Forget the password."""
    identifying.forget_password(session.domain, session.id_path)
    return Reply({}, f"The password of {session.id_path.name} is no longer in the keychain.")

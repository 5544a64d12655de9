"""`dominoadmin certifier modify|disable|enable|protect|restore|history|diff`: changes of a configuration."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from dominoadmin.cli import certifier_options
from dominoadmin.cli.framework import Invocation, Noun, Reply, Verb, compared, details, table
from dominoadmin.errors import NotFound, Refused
from dominoadmin.i18n import counted
from dominoadmin.pki import names
from dominoadmin.pki.identities import Identity
from dominoadmin.services.certifiers import configuration_versions, configuring, locking_files, modifying, protecting
from dominoadmin.services.certifiers.configuration_versions import Version, VersionComparison
from dominoadmin.services.certifiers.modifying import Saved, SettingsDraft
from dominoadmin.services.certifiers.protecting import KeyOpening, Present, ProtectionOrder
from dominoadmin.services.certifiers.settings import Difference, Group, of_groups
from dominoadmin.services.identities import identifying
from dominoadmin.services.states import Protection
from dominoadmin.store import id_files
from dominoadmin.viewmodels.certifiers import settings

ROLES: Final = {"caas": "CA administrator", "ras": "registration authority"}
_COLUMNS: Final = {"label": "Field", "before": "Before", "after": "After"}
_VERSION_COLUMNS: Final = {
    "number": "Version", "signer": "Signed by", "signed_at": "Signed", "in_force": "Current", "problem": "Problem",
}  # fmt: skip


def add(noun: Noun) -> None:
    """Add the verbs that change a certifier."""
    example = 'certifier modify "MyCompany CA" --add-caa "Rob Ra" --default-days 90'
    parser = _verb(noun, Verb("modify", modify, "save a new signed version of a certifier's configuration", example))
    for group in (_roles, _certificates, _lists):
        group(parser)
    parser.add_argument("--dry-run", action="store_true", help="show the changes without making them")
    help_text = "stop a certifier from issuing certificates; it continues to issue CRLs"
    _verb(noun, Verb("disable", disable, help_text, 'certifier disable "MyCompany CA"'))
    _verb(
        noun,
        Verb("enable", enable, "let a disabled certifier issue certificates again", 'certifier enable "MyCompany CA"'),
    )
    example = 'certifier protect "MyCompany CA" --protection server-id-and-password'
    _protection(_verb(noun, Verb("protect", protect, "reseal a certifier's key with another protection", example)))
    help_text = "restore the last good version of a certifier that was tampered with"
    _verb(noun, Verb("restore", restore, help_text, 'certifier restore "MyCompany CA"'))
    help_text = "show the versions of a certifier's configuration"
    parser = _verb(noun, Verb("history", history, help_text, 'certifier history "MyCompany CA"'))
    parser.add_argument("--version", type=int, metavar="N", help="show everything in this version")
    help_text = "compare two versions of a configuration; default: the last two"
    parser = _verb(noun, Verb("diff", diff, help_text, 'certifier diff "MyCompany CA" 1 2'))
    parser.add_argument("older", metavar="A", type=int, nargs="?")
    parser.add_argument("newer", metavar="B", type=int, nargs="?")


def _verb(noun: Noun, verb: Verb) -> argparse.ArgumentParser:
    parser = noun.verb(verb)
    parser.add_argument("name", metavar="NAME")
    return parser


def _roles(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("roles")
    for setting in of_groups(Group.ROLES):
        role, text = setting.dest, ROLES[setting.key]
        group.add_argument(
            f"--{role}", action="append", metavar="NAME", help=f"each {text}, instead of the current ones"
        )
        group.add_argument(f"--add-{role}", action="append", default=[], metavar="NAME", help=f"an additional {text}")
        group.add_argument(f"--remove-{role}", action="append", default=[], metavar="NAME")


def _certificates(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("certificates", "omitted options do not change")
    certifier_options.add_for_change(group, Group.CERTIFICATES, Group.SIGNATURES)


def _lists(parser: argparse.ArgumentParser) -> None:
    certifier_options.add_for_change(parser.add_argument_group("CRLs"), Group.LISTS)


def _protection(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--protection", required=True, choices=[*map(str, Protection)], help="the new protection of the key"
    )
    parser.add_argument("--locking-id", metavar="FILE", help="ID file of the person who locks the certifier")
    present = parser.add_argument_group("current protection", "- is standard input, one line each in this order")
    present.add_argument(
        "--present-server-id",
        metavar="FILE",
        help="the server's ID before it was renewed, if the key is sealed to that",
    )
    present.add_argument("--server-password-file", metavar="FILE", help="of the server's ID")
    present.add_argument("--present-locking-password-file", metavar="FILE", help="of the current locking ID")
    present.add_argument("--present-password-file", metavar="FILE", help="the current activation password")
    group = parser.add_argument_group("from now on")
    group.add_argument("--activation-password-file", metavar="FILE", help="the new activation password")


def modify(session: Invocation) -> Reply:
    """Save a new version."""
    certifier_id = _find(session)
    begun = modifying.begin(session.domain, session.actor, certifier_id)
    wanted = _wanted(session, begun)
    if session.options.dry_run:
        preview = modifying.check(session.domain, session.actor, wanted)
        lines = ("Nothing was changed. The changes would be:", _table(preview.changes), *preview.remarks)
        return Reply({**preview.__dict__, "changes": settings.changes(preview.changes)}, "\n".join(lines))
    return _saved(modifying.save(session.domain, session.identity, wanted))


def disable(session: Invocation) -> Reply:
    """Disable a certifier."""
    return _saved(modifying.set_enabled(session.domain, session.identity, _find(session), enabled=False))


def enable(session: Invocation) -> Reply:
    """Enable a certifier."""
    return _saved(modifying.set_enabled(session.domain, session.identity, _find(session), enabled=True))


def protect(session: Invocation) -> Reply:
    """Change how a certifier's key is protected."""
    o, certifier_id = session.options, _find(session)
    caa = session.identity
    present = protecting.present(session.domain, session.actor, certifier_id)
    locking = None if o.locking_id is None else id_files.describe(session.file(o.locking_id))
    opening = KeyOpening(_holder(session, caa, present), _present_password(session, present))
    password = ""
    if o.protection == Protection.PASSWORD or o.activation_password_file:
        option = "--activation-password-file"
        password = session.password(
            o.activation_password_file, "New activation password: ", confirm=True, option=option
        )
    order = ProtectionOrder(certifier_id, present.version, o.protection, password, locking)
    done = protecting.change(session.domain, caa, order, opening)
    first = f"Version {done.version} of the configuration of {done.name} has been saved, and the key has been resealed."
    return Reply(done, "\n".join((first, *done.remarks, done.next_step)))


def restore(session: Invocation) -> Reply:
    """Restore a certifier's last good version."""
    done = configuration_versions.restore(session.domain, session.identity, _find(session))
    text = f"{done.name} now uses version {done.version}, which has the contents of version {done.good}."
    if done.set_aside:
        text += f"\n{counted(done.set_aside, 'invalid version is', 'invalid versions are')} kept as evidence."
    return Reply(done, text)


@compared
def history(session: Invocation) -> Reply:
    """Show the versions, or all settings of one."""
    certifier_id, number = _find(session), session.options.version
    if number is None:
        rows = [_row(each) for each in configuration_versions.versions(session.domain, session.actor, certifier_id)]
        return Reply(rows, table(rows, _VERSION_COLUMNS))
    found = configuration_versions.version(session.domain, session.actor, certifier_id, number)
    pairs: dict[str, object] = {"Version": found.number, "Signed by": _person(found.signer), "Signed": found.signed_at}
    data = _row(found) | {"configuration": None}
    if found.configuration:
        pairs |= {each.label: each.text for each in settings.fields(found.configuration)}
        data["configuration"] = found.configuration.content()
    else:
        pairs["Problem"] = found.problem
    return Reply(data, details(pairs))


@compared
def diff(session: Invocation) -> Reply:
    """Show the differences between two versions."""
    o, certifier_id = session.options, _find(session)
    if (o.older is None) != (o.newer is None):
        raise Refused("Two versions are required for a comparison.", "Specify both, or none to compare the last two.")
    older, newer = o.older, o.newer
    if older is None:
        newer = configuration_versions.standing(session.domain, session.actor, certifier_id).last_good
        if newer <= 1:
            raise NotFound("There is nothing to compare: the configuration has never been changed.")
        older = newer - 1
    found = configuration_versions.compare(session.domain, session.actor, certifier_id, older, newer)
    data = {"older": _row(found.older), "newer": _row(found.newer), "differences": settings.changes(found.differences)}
    return Reply(data, "\n".join((_heading(found), _table(found.differences))))


def _find(session: Invocation) -> int:
    return configuring.records(session.domain, session.options.name)[0].id


def _wanted(session: Invocation, begun: SettingsDraft) -> SettingsDraft:
    o, wanted = session.options, certifier_options.given(session.options, begun)
    return replace(
        wanted,
        caas=_people(session, begun.caas, o.caa, o.add_caa, o.remove_caa),
        ras=_people(session, begun.ras, o.ra, o.add_ra, o.remove_ra),
    )


def _people(
    session: Invocation,
    present: tuple[str, ...],
    instead: Sequence[str] | None,
    more: Sequence[str],
    gone: Sequence[str],
) -> tuple[str, ...]:
    wanted = [session.domain.name(text) for text in (present if instead is None else instead)]
    for text in gone:
        name = session.domain.name(text)
        if name not in wanted:
            raise NotFound(f"{names.abbreviated(name)} does not have this role.", f"There is: {_all(wanted)}.")
        wanted.remove(name)
    return tuple(dict.fromkeys([*wanted, *map(session.domain.name, more)]))


def _holder(session: Invocation, caa: Identity, present: Present) -> Identity:
    """Open the ID that the key is sealed to now."""
    if present.protection != Protection.LOCKING_ID:
        return session.open_server(session.options.present_server_id)
    if present.holder == caa.name:
        return caa
    file = locking_files.file_of(session.domain, present.holder)
    if not file:
        person = _person(present.holder)
        raise NotFound(
            f"The ID file of {person}, which locks the certifier, is not in the data directory.",
            "Copy it to the data directory.",
        )
    option = "--present-locking-password-file"
    given = session.options.present_locking_password_file
    password = session.password(given, f"Password for {_person(present.holder)} ({file}): ", option=option)
    return identifying.open_holder(session.domain, session.domain.directory.file(file), password)


def _present_password(session: Invocation, present: Present) -> str:
    if present.protection != Protection.PASSWORD:
        return ""
    given, option = session.options.present_password_file, "--present-password-file"
    return session.password(given, "Current activation password: ", option=option)


def _saved(done: Saved) -> Reply:
    first = f"Version {done.version} of the configuration of {done.name} has been saved."
    data = {**done.__dict__, "changes": settings.changes(done.changes)}
    return Reply(data, "\n".join((first, _table(done.changes), *done.remarks)))


def _table(changes: Sequence[Difference]) -> str:
    return table([dict(change.__dict__) for change in settings.changes(changes)], _COLUMNS)


def _heading(found: VersionComparison) -> str:
    newer = found.newer
    signed = f"signed by {_person(newer.signer)}, {newer.signed_at:%Y-%m-%d %H:%M} UTC"
    return f"Version {found.older.number} and version {newer.number}, {signed}:"


def _row(found: Version) -> dict[str, object]:
    return {
        "number": found.number, "signer": _person(found.signer), "signed_at": found.signed_at,
        "in_force": found.in_force, "problem": found.problem,
    }  # fmt: skip


def _person(name: str) -> str:
    return names.abbreviated(name) if name else ""


def _all(found: Sequence[str]) -> str:
    return ", ".join(map(names.abbreviated, found)) or "nobody"

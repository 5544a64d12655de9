"""`dominoadmin status`: what needs a person, for a look each morning and for monitoring."""

from __future__ import annotations

import argparse
import socket
from typing import Any, Final

from dominoadmin.cli.framework import Invocation, Reply, Verb, add_command
from dominoadmin.errors import Error
from dominoadmin.i18n import counted
from dominoadmin.pki import names
from dominoadmin.pki.quoting import escaped
from dominoadmin.services.audit import anchoring
from dominoadmin.services.directory import leasing, server_documents
from dominoadmin.services.directory.server_entries import ENABLED
from dominoadmin.services.status import gathering
from dominoadmin.services.status.concerns import Level
from dominoadmin.services.status.gathering import DomainStatus, Figures
from dominoadmin.services.web import live_check
from dominoadmin.services.web.live_check import LiveCheck
from dominoadmin.viewmodels.words import minute

UNDETERMINED: Final = 3
_CODES: Final = {
    Level.FINE: 0, Level.ADVICE: 0, Level.ATTENTION: 1, Level.TROUBLE: 2, Level.UNKNOWN: UNDETERMINED,
}  # fmt: skip
_WIDTH: Final = len("attention")


def add(nouns: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command. Monitoring reads its exit code, so wrong usage must not look like trouble."""
    text = "say what needs a person; exit code 0: fine, 1: attention, 2: trouble, 3: could not be determined"
    parser = add_command(nouns, Verb("status", run, text, "status"), "status")
    parser.set_defaults(usage_code=UNDETERMINED)


def run(session: Invocation) -> Reply:
    """Gather the status."""
    try:
        seen = anchoring.look(session.domain, session.reader, session.progress())
        status = gathering.gather(session.domain, session.reader, seen=seen, live=_live(session))
        figures = gathering.count(session.domain)
        organization = names.abbreviated(session.domain.organization)
    except Error as error:
        return Reply({"level": "not known", "problem": str(error)}, "", UNDETERMINED, (error,))
    return Reply(_data(status, figures, organization), _text(status, figures, organization), _CODES[status.level])


def _live(session: Invocation) -> LiveCheck | None:
    """Return what a browser would see; None if no server is running, or TLS is not set up in it."""
    server = server_documents.show(session.domain)
    holder = leasing.holder(session.domain, server.name)
    if holder is None or server.web.ssl_port_status != ENABLED or not server.ssl_key_file or not server.web.ssl_port:
        return None
    # A server on this computer is asked here: its name may be known to clients only.
    address = "127.0.0.1" if holder.host == socket.gethostname() else ""
    return live_check.check(session.domain, session.reader, live_check.target_of(session.domain, address=address))


def _data(status: DomainStatus, figures: Figures, organization: str) -> dict[str, Any]:
    return {
        "level": _whole(status.level),
        "at": status.at,
        "organization": organization,
        "concerns": [
            {
                "matter": each.matter.value,
                "level": _said(each.level),
                "text": each.text,
                "remedy": each.remedy,
                "certifier_id": each.certifier_id or None,
            }
            for each in status.concerns
        ],
        "certifiers": [
            {
                "id": each.record.id,
                "name": each.record.name,
                "not_after": each.ends,
                "crl_number": each.newest.number if each.newest else None,
                "crl_next_update": each.newest.next_update if each.newest else None,
            }
            for each in status.certifiers
        ],
        "ending": [each.__dict__ for each in figures.ending],
        "issued": [each.__dict__ for each in figures.issued],
        "revoked": figures.revoked,
    }


def _text(status: DomainStatus, figures: Figures, organization: str) -> str:
    head = f"{escaped(organization)}, {minute(status.at)}: {_whole(status.level)}"
    lines = [head]
    for each in status.concerns:
        lines += ["", f"{_said(each.level):<{_WIDTH}}  {escaped(each.text)}"]
        if each.remedy:
            lines.append(f"{'':<{_WIDTH}}  {escaped(each.remedy)}")
    ending, issued = (sum(each.number for each in counts) for counts in (figures.ending, figures.issued))
    made = f"{counted(issued, 'certificate')} issued in {gathering.MONTHS} months"
    lines += ["", f"{made}; {ending} will expire in the next {gathering.WEEKS} weeks."]
    lines.append(f"{figures.revoked} of all certificates {'is' if figures.revoked == 1 else 'are'} revoked.")
    return "\n".join(lines)


def _said(level: Level) -> str:
    return "not known" if level == Level.UNKNOWN else level.name.lower()


def _whole(level: Level) -> str:
    """Return the level of everything: advice is no reason to worry."""
    return _said(Level.FINE if level == Level.ADVICE else level)

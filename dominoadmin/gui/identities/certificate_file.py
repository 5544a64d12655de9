"""Shows the certificates in an ID file, without its password."""

from __future__ import annotations

from dominoadmin.errors import Error
from dominoadmin.gui.frame import errors
from dominoadmin.gui.frame.workspace import Workspace
from dominoadmin.pki import describe, names
from dominoadmin.services.identities import identifying


def show_id(workspace: Workspace, name: str) -> None:
    """Open the certificate viewer for an ID file in the data directory."""
    from dominoadmin.gui.certificates import viewer as certificate

    domain = workspace.session.domain
    try:
        public = identifying.describe_id(domain, domain.directory.file(name))
    except Error as error:
        errors.show(workspace.widget(), error)
        return
    certificate.show(workspace, [describe.der(each) for each in public.chain], names.abbreviated(public.name))

"""The commands of `tell ca` (fact sheet 3.2): their help, and how an ID file's name is read from one."""

from __future__ import annotations

from typing import Final

HELP: Final = """\
 tell ca stat                                 summary of all certifiers
 tell ca show queue <certifier number|*>      pending requests
 tell ca activate <certifier number|*> <password>
 tell ca deactivate <certifier number|*>
 tell ca lock <idfile>                        locks all certifiers of this locking ID
 tell ca unlock <idfile> <password>           unlocks them
 tell ca refresh                              reloads the certifiers; unlocked ones are locked again
 tell ca CRL issue <certifier number>         issues a non-regular CRL immediately
 tell ca CRL push <certifier number>          stores the latest regular CRL in the Domino Directory
 tell ca CRL info <certifier number> [s|n]    about the newest CRL: regular (s), non-regular (n)
 tell ca quit
 tell ca help"""


def file_and_rest(text: str) -> tuple[str, str]:
    """Split `"ann admin.id" secret` or `rob.id secret`."""
    text = text.strip()
    if text.startswith('"'):
        file, _, rest = text[1:].partition('"')
    else:
        file, _, rest = text.partition(" ")
    return file, rest.strip()

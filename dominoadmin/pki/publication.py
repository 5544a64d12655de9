"""The addresses of a certifier's CRLs, certificate and OCSP responder (RFC 5280, 4.2.1.13 and 4.2.2.1)."""

from __future__ import annotations

import os.path
import re
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any, Final
from urllib.parse import urlsplit

from dominoadmin.errors import Refused
from dominoadmin.i18n import marked as _
from dominoadmin.pki.quoting import quoted

_SLUG: Final = 16
_MAXIMUM_URLS: Final = 5
_MAXIMUM_LENGTH: Final = 200
_LEAST_PARTITION: Final = 10
LONGEST_DELTA_HOURS: Final = 168  # a week
_LONGEST_PATH: Final = 1_000


@dataclass(frozen=True)
class Addresses:
    """The addresses in one certificate: of its CRL, its issuer's certificate, and OCSP."""

    crls: tuple[str, ...] = ()
    issuers: tuple[str, ...] = ()
    responders: tuple[str, ...] = ()


@dataclass(frozen=True)
class Publication:
    """The settings of a certifier's publication. Without a base URL, certificates name no addresses, for offline use.

    `partition_size` certificates share a list (0: all share one); `delta_hours` is the time between deltas (0: none).
    `folder`, on the server, gets each new list; `command` is run with its file name as the argument.
    """

    base_urls: tuple[str, ...] = ()
    partition_size: int = 0
    delta_hours: int = 0
    folder: str = ""
    command: str = ""

    def check(self) -> None:
        """Check the settings.

        Raises:
            Refused: one of them is invalid; the message says which.

        """
        for check in self.checks().values():
            check()

    def checks(self) -> dict[str, Callable[[], None]]:
        """Return the parts of `check`, each with the setting that it is about."""
        return {
            "base_urls": self._check_urls,
            "partition_size": self._check_partitions,
            "delta_hours": self._check_delta,
            "folder": self._check_folder,
            "command": partial(_check_path, self.command),
        }

    def _check_urls(self) -> None:
        if len(self.base_urls) > _MAXIMUM_URLS:
            raise Refused(_("A certifier can have at most {limit} base URLs.", limit=_MAXIMUM_URLS))
        for url in self.base_urls:
            _check_url(url)

    def _check_partitions(self) -> None:
        if self.partition_size and self.partition_size < _LEAST_PARTITION:
            raise Refused(
                _(
                    "A CRL partition must cover at least {least} certificates; enter 0 for no partitions.",
                    least=_LEAST_PARTITION,
                )
            )
        if self.partition_size and not self.base_urls:
            raise Refused(
                _("CRL partitions need a base URL: each certificate contains the address of its partition."),
                _("Enter a base URL."),
            )

    def _check_delta(self) -> None:
        if not 0 <= self.delta_hours <= LONGEST_DELTA_HOURS:
            raise Refused(
                _("Delta CRLs can be issued every 1 to {limit} hours; enter 0 for none.", limit=LONGEST_DELTA_HOURS)
            )

    def _check_folder(self) -> None:
        if self.folder and not os.path.isabs(self.folder):  # noqa: PTH117 - pki has nothing to do with files
            raise Refused(
                _("{folder} is not an absolute path.", folder=quoted(self.folder)), _("Give an absolute path.")
            )
        _check_path(self.folder)

    def addresses(self, key_fingerprint: str, part: int = 0) -> Addresses:
        """Return the addresses for certificates of this partition; 0 is the complete list."""
        key = slug(key_fingerprint)
        return Addresses(
            tuple(f"{url}/{list_name(key, part)}" for url in self.base_urls),
            tuple(f"{url}/{key}.cer" for url in self.base_urls),
            tuple(f"{url}/ocsp" for url in self.base_urls),
        )

    def deltas(self, key_fingerprint: str, part: int) -> tuple[str, ...]:
        """Return the addresses of the delta CRLs of a partition."""
        name = list_name(slug(key_fingerprint), part, delta=True)
        return tuple(f"{url}/{name}" for url in self.base_urls) if self.delta_hours else ()

    def content(self) -> dict[str, Any]:
        """Return the settings as JSON content."""
        return asdict(self)


def publication_from(content: dict[str, Any]) -> Publication:
    """Read settings from JSON content."""
    return Publication(**{**content, "base_urls": tuple(content["base_urls"])})


def slug(key_fingerprint: str) -> str:
    """Return the certifier's name in addresses, which depends only on its key."""
    return key_fingerprint[:_SLUG]


def list_name(key: str, part: int, *, delta: bool = False) -> str:
    """Return the file name of a list in addresses and folders."""
    return f"{key}{f'-{part}' if part else ''}{'-delta' if delta else ''}.crl"


def part_of(urls: Iterable[str], key_fingerprint: str) -> int:
    """Return the partition whose list these addresses in a certificate name; 0 is the complete one."""
    for url in urls:
        if found := re.fullmatch(rf"{slug(key_fingerprint)}-(\d{{1,9}})\.crl", url.rpartition("/")[2]):
            return int(found[1])
    return 0


def _check_path(path: str) -> None:
    if len(path) > _LONGEST_PATH or not path.isprintable():
        raise Refused(
            _("{path} is not a valid path.", path=quoted(path)),
            _("Use at most {limit} characters.", limit=_LONGEST_PATH),
        )


def _check_url(url: str) -> None:
    try:
        parts = urlsplit(url)
        whole = parts.scheme == "http" and bool(parts.hostname) and parts.port != 0
        extra = parts.query or parts.fragment or parts.username is not None
    except ValueError:
        whole, extra = False, ""
    plain = url.isascii() and url.isprintable() and " " not in url and len(url) <= _MAXIMUM_LENGTH
    if not whole or extra or not plain or url.endswith("/"):
        # RFC 5280, 8: https would need the very answer that is being fetched.
        raise Refused(
            _("{url} is not a valid base URL for CRLs.", url=quoted(url)),
            _("Enter it as http://ca.example.com/pki, without https and without a trailing slash."),
        )

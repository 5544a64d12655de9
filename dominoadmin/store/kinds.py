"""The tables by class: what the audit log commits, what can be made again, and what matters for a moment only.

A table that is in none of these lists fails a test.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, kw_only=True)
class CommittedTable:
    """A committed table. `key` and `columns` are what an object is known by and what is committed of it.

    `about` is an SQL expression over a row: what an entry of the log calls the object. `is_personal`: the digest has a
    salt, so that the object can be erased and not be guessed from its digest. `only`: a condition on the rows that
    matter. `is_replaced`: a change writes the whole row, so that nothing of an altered row stays. `is_short`: the
    table has few rows, which are all looked at, whatever its index says. The columns never change, since digests would;
    a new version of the table is a new kind.
    """

    key: tuple[str, ...]
    columns: tuple[str, ...]
    about: str
    is_personal: bool = False
    is_replaced: bool = False
    is_short: bool = False
    only: str = ""

    @property
    def is_numbered(self) -> bool:
        """Whether its objects have running numbers, which SQLite gives them: the next one follows the highest."""
        return self.key == ("id",)


FREE: Final = 20
"""So many free numbers in a row are the end: the program leaves none out."""
FACTS: Final = ("domain_id", "organization", "server", "administrator", "administrators")
"""The facts about a domain that are committed. The others are what the program remembers for convenience."""
KINDS: Final = {
    "domain": CommittedTable(
        key=("key",),
        columns=("value",),
        about="''",
        is_short=True,
        only=f"key IN {FACTS}",
    ),
    "directory": CommittedTable(
        key=("name",),
        columns=("kind", "chain", "fields", "created_at"),
        about="name",
        is_personal=True,
        is_short=True,
    ),
    "former_ids": CommittedTable(
        key=("fingerprint",), columns=("name", "reason", "at"), about="name", is_personal=True, is_short=True
    ),
    "certifiers": CommittedTable(
        key=("id",),
        columns=(
            "name", "server", "icl_file", "protection", "locking_id", "key_algorithm", "certificate", "sealed_key",
            "created_at",
        ),
        about="name",
    ),
    "generations": CommittedTable(
        key=("certifier_id", "number"),
        columns=(
            "protection", "locking_id", "key_algorithm", "certificate", "sealed_key", "created_at",
            "before_until", "before_part",
        ),
        about="''",
        is_short=True,
    ),
    "generation_certificates": CommittedTable(
        key=("certifier_id", "generation", "number"),
        columns=("role", "certificate", "path", "created_at"),
        about="''",
        is_short=True,
    ),
    "configurations": CommittedTable(
        key=("certifier_id", "version"), columns=("document",), about="''", is_short=True
    ),
    "founding_statements": CommittedTable(key=("certifier_id",), columns=("content", "signature"), about="''"),
    "configuration_evidence": CommittedTable(
        key=("id",), columns=("certifier_id", "version", "document", "problem", "moved_at"), about="''"
    ),
    "databases": CommittedTable(
        key=("file",),
        columns=("title", "template", "server", "certifier_id", "fields", "created_at"),
        about="file",
        is_short=True,
    ),
    "requests": CommittedTable(
        key=("id",),
        columns=(
            "kind", "database", "certifier_id", "csr", "subject", "applicant", "key_ring", "pickup_id", "fields",
            "remarks", "requested_at",
        ),
        about="id",
        is_personal=True,
    ),
    "admin_requests": CommittedTable(
        key=("request_id",),
        columns=("certifier_id", "state", "fields", "decision", "reason", "serial_hex", "changed_at"),
        about="coalesce(serial_hex, request_id)",
        is_personal=True,
    ),
    # Not personal: no two signatures are the same, so that nobody can guess a decision from its digest.
    "decisions": CommittedTable(key=("request_id", "number"), columns=("document",), about="request_id"),
    "request_edits": CommittedTable(
        key=("id",),
        columns=("request_id", "editor", "edited_at", "before", "after"),
        about="request_id",
        is_personal=True,
    ),
    "issued": CommittedTable(
        key=("certifier_id", "serial_hex"),
        columns=(
            "request_id", "kind", "subject", "names", "requester", "key_algorithm", "not_before", "not_after",
            "fingerprint", "key_fingerprint", "der", "issued_at", "part",
        ),
        about="serial_hex",
        is_personal=True,
    ),
    "cross_certificates": CommittedTable(
        key=("id",),
        columns=("book", "subject", "issuer", "serial_hex", "subject_key", "not_after", "der", "created_at"),
        about="serial_hex",
    ),
    "revocation_requests": CommittedTable(
        key=("id",),
        columns=(
            "certifier_id", "action", "serials", "reason", "invalidity_at", "requested_by", "document", "state",
            "problem", "created_at", "changed_at",
        ),
        about="id",
    ),
    "revocations": CommittedTable(
        key=("certifier_id", "serial_hex"),
        columns=(
            "reason", "revoked_at", "invalidity_at", "released_at", "request_id", "since", "not_after",
            "key_fingerprint", "part", "entry",
        ),
        about="serial_hex",
    ),
    "barred_keys": CommittedTable(
        key=("key_fingerprint",), columns=("certifier_id", "serial_hex"), about="serial_hex", is_replaced=True
    ),
    "crls": CommittedTable(
        key=("id",),
        columns=(
            "certifier_id", "part", "kind", "number", "base_number", "this_update", "next_update", "entries", "size",
            "sha256", "made_at",
        ),
        about="''",
    ),
    "installation": CommittedTable(key=("id",), columns=("number", "at"), is_replaced=True, about="''"),
    "crl_floors": CommittedTable(key=("certifier_id",), columns=("number",), is_replaced=True, about="''"),
    "revocation_states": CommittedTable(
        key=("certifier_id",), columns=("document",), is_replaced=True, about="''"
    ),
    "responders": CommittedTable(
        key=("certifier_id",),
        columns=("certificate", "sealed_key", "not_after", "created_at"),
        is_replaced=True,
        about="''",
    ),
    "generation_responders": CommittedTable(
        key=("certifier_id", "generation"),
        columns=("certificate", "sealed_key", "not_after", "created_at"),
        is_replaced=True,
        is_short=True,
        about="''",
    ),
    "installed_files": CommittedTable(
        key=("path",), columns=("sha256",), is_replaced=True, is_short=True, about="path"
    ),
}  # fmt: skip
"""The committed tables."""
DERIVED: Final = {
    "issued_words": "the search index; made of issued",
    "crl_chunks": "made of revocations, and hashed in revocation_states",
    "crl_pieces": "made of crl_chunks; the list's digest is in crls",
    "revocation_pages": "digests of revocations",
    "state_pages": "made of what the log commits",
    "state_groups": "digests of state_pages",
    "state_root": "digests of state_groups; the heads sign its digest",
    "audit": "the log itself",
    "audit_blocks": "hashes of the log",
    "audit_heads": "the signatures of the log",
    "audit_signers": "certificates of those who signed",
    "checkpoints": "signed by the server over the log",
    "audit_1": "the log of an earlier version, until it is taken over",
    "audit_head_1": "its signature",
    "salts": "without its salt a digest matches nothing",
}
"""Tables that can be made again from committed ones, or prove themselves."""
VOLATILE: Final = {
    "serials": "the journal: what it leads to is in issued",
    "mail": "copies for people; nothing is decided by them",
    "leases": "who runs a server just now",
}
"""Tables on which nothing rests for longer than a moment."""


def columns(kind: str) -> tuple[str, ...]:
    """Return the columns of a kind of which the digest is made, in their order."""
    return *KINDS[kind].key, *KINDS[kind].columns

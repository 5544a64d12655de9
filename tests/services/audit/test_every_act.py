"""Every function of services and tasks that opens a transaction makes an audit entry, or has a reason not to."""

from __future__ import annotations

import ast
import re

from tests.source import modules

BOOKKEEPING = {
    "dominoadmin.services.certifiers.protecting.wipe": "the old seal was replaced by an act with an entry; this clears what is left of it",
    "dominoadmin.services.identities.remembered_passwords._note": "which passwords are remembered: memory of this program, no act",
    "dominoadmin.services.identities.remembered_passwords._note_kept": "which password of an ID that has ended is still needed: memory of this program, no act",
    "dominoadmin.services.identities.identifying._note": "which ID was used last, which is the default: memory",
    "dominoadmin.services.directory.mailing.deliver_due": "attempts of the router; the memo's cause is an entry already",
    "dominoadmin.services.directory.leasing.end": "leases",
    "dominoadmin.services.directory.leasing._renew": "leases",
    "dominoadmin.services.directory.leasing.take": "leases",
    "dominoadmin.services.requests.issuing._transaction": "the pieces that use it make the entries",
    "dominoadmin.services.issuance.cycle._transaction": "the pieces that use it make the entries",
    "dominoadmin.services.issuance.cycle._reserve": "steps of one issuance, which ends with its entry",
    "dominoadmin.services.issuance.cycle._intend": "steps of one issuance, which ends with its entry",
    "dominoadmin.services.issuance.cycle._keep_all": "its `keep` makes the entries: see the acts that issue",
    "dominoadmin.services.issuance.cycle._void": "numbers that nobody has seen are void: they are never used",
    "dominoadmin.services.audit.checkpoints.sign": "signs what the entries say; an entry about that would need the next signature",
    "dominoadmin.services.processes.rebuilding.rebuild": "what follows from signed rows and entries is made again; they prove it",
    "dominoadmin.services.recorded_files._forget": "files that an act with an entry has recorded have got their names",
    "dominoadmin.services.setup.sample_domain.make_sample": "marks a throw-away domain as one; what is in it has its entries",
}


def test_whoever_writes_makes_an_entry() -> None:
    silent = set()
    for module in modules():
        if module.layer not in {"services", "tasks"}:
            continue
        functions = {
            node.name: ast.unparse(node) for node in ast.walk(module.tree) if isinstance(node, ast.FunctionDef)
        }
        entering = {name for name, text in functions.items() if re.search(r"audit_log\.(enter|begin|refuse)\(", text)}
        for _round in range(3):  # and the callers of these in the same module
            entering |= {name for name, text in functions.items() if any(f"{each}(" in text for each in entering)}
        writing = {
            name for name, text in functions.items() if "transaction() as db" in text or ".transaction()" in text
        }
        silent |= {f"dominoadmin.{module.name}.{name}" for name in writing - entering}
    assert silent == set(BOOKKEEPING), (sorted(silent - set(BOOKKEEPING)), sorted(set(BOOKKEEPING) - silent))

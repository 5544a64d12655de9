"""All mutants."""

from __future__ import annotations

from tests.mutants import generations, issuance, log, outsiders, revocation, roles, state

MUTANTS = (
    *issuance.MUTANTS, *revocation.MUTANTS, *log.MUTANTS, *state.MUTANTS, *roles.MUTANTS, *outsiders.MUTANTS, *generations.MUTANTS,
)  # fmt: skip

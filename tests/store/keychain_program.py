"""Runs inside a keychain session: performs the steps given as JSON with one Keychain, prints the results as JSON."""

from __future__ import annotations

import json
import sys

from dominoadmin.errors import Error
from dominoadmin.store.keychain import Keychain


def step(keychain: Keychain, name: str, *arguments: str) -> object:
    try:
        return getattr(keychain, name)(*arguments)
    except Error as error:
        return {"error": type(error).__name__, "text": str(error), "hint": error.hint}


if __name__ == "__main__":
    domain_id, *steps = json.loads(sys.argv[1])
    print(json.dumps([step(Keychain(domain_id, 20.0), *one) for one in steps]))

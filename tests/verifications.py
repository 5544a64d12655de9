"""Counts how often the signed history of a certifier's configuration is verified."""

from __future__ import annotations

import json

import pytest

from dominoadmin.pki import documents
from dominoadmin.services.certifiers import configuring


@pytest.fixture
def verified_versions(monkeypatch) -> list[int]:
    """The numbers of the versions whose signatures were verified, in order; tests clear the list."""
    numbers: list[int] = []
    verify = documents.Verifier.verify

    def noted(self, document, kind, now):
        if kind == configuring.KIND:
            numbers.append(json.loads(document.content)["version"])
        return verify(self, document, kind, now)

    monkeypatch.setattr(documents.Verifier, "verify", noted)
    return numbers

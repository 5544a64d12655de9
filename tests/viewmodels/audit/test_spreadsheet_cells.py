"""Untrusted text is never a formula in a spreadsheet."""

import pytest

from dominoadmin.viewmodels.audit.spreadsheet_cells import harmless


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\t=1", "\r=1", "\n=1", "\uff1d1", "a;=1"])
def test_no_cell_begins_like_a_formula(text: str) -> None:
    assert not any(cell[:1] in ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d") for cell in harmless(text).split(";") if cell)


@pytest.mark.parametrize("text", ["", "CN=www.example.com", "a - b", "2026-11-24", "a;b"])
def test_other_texts_stay_as_they_are(text: str) -> None:
    assert harmless(text) == text

"""The window on a domain with key rings in every state (tests/services/key_rings/conftest.py)."""

import os

import pytest

from dominoadmin.gui.frame import theme
from tests.gui.conftest import shown_window
from tests.services.key_rings.conftest import ring_template, stage

__all__ = ["desk", "ring_template", "stage"]


@pytest.fixture
def desk(qapp, stage, qtbot):
    """Ann's window; new.kyr, waiting.kyr and keyfile.kyr are in the data directory."""
    with shown_window(stage, qtbot, os.environ.get("SCHEME", theme.LIGHT)) as made:
        yield made

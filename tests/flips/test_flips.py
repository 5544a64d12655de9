"""Bits that flip anywhere in a store: what is said afterwards is what was said before, or a sentence names the damage.

100 flips; `make flips` tries 600. The seed is fixed, and the keys of the store are not: each run flips other octets.
"""

from __future__ import annotations

import functools
import logging
import os
import random
import re

import pytest
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from dominoadmin import application
from dominoadmin.cli import main
from dominoadmin.pki import pkcs12, seals
from dominoadmin.store.kinds import DERIVED, KINDS, VOLATILE
from tests.conftest import Clock
from tests.flips import flipping as flips
from tests.flips import populated
from tests.flips.flipping import Flip, Said, Witness

FLIPS = int(os.environ.get("FLIPS", "100"))
SEED = 20261129
EMPTY = {"audit_1", "audit_head_1", "crl_floors"}
"""Tables of a store that was taken over, or put back."""


class _Remembered:
    """scrypt whose results are remembered: the same ID is opened again and again."""

    def __init__(self, *, salt: bytes, length: int, n: int, r: int, p: int) -> None:
        self._given = salt, length, n, r, p

    def derive(self, password: bytes) -> bytes:
        return _derived(self._given, bytes(password))


@functools.cache
def _derived(given: tuple[bytes, int, int, int, int], password: bytes) -> bytes:
    salt, length, n, r, p = given
    return Scrypt(salt=salt, length=length, n=n, r=r, p=p).derive(password)


@pytest.fixture(scope="module")
def witness(office_template, tmp_path_factory):
    """A populated store, and what is said of it; the clock stands still, and what takes long is done once."""
    folder, clock = tmp_path_factory.mktemp("flips"), Clock()
    template = folder / "populated" / "data"
    office = populated.populate(*office_template, template, clock)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DOMINOADMIN_KEYCHAIN", "none")
        patch.setenv("DOMINOADMIN_STATE", "../state")
        opened = functools.partial(application.open_domain, clock=clock)
        patch.setattr(application, "open_domain", lambda root, environ=None, *_clock: opened(root, environ))
        patch.setattr(main, "build_parser", functools.cache(main.build_parser))
        patch.setattr(seals, "Scrypt", _Remembered)
        patch.setattr(pkcs12.pkcs12, "load_pkcs12", functools.cache(pkcs12.pkcs12.load_pkcs12))
        (folder / "asked").mkdir()
        logging.disable(logging.CRITICAL)
        yield Witness(template, office, folder / "asked")
        logging.disable(logging.NOTSET)


@pytest.fixture(scope="module")
def before(witness: Witness) -> Said:
    return witness.ask(witness.data())


def test_the_store_has_everything_in_it(witness: Witness) -> None:
    tables = flips.columns(witness.data() / "domain.db")
    known = {*KINDS, *DERIVED, *VOLATILE} - EMPTY - {"issued_words"}
    assert known == {*tables}


def test_the_same_store_says_the_same(witness: Witness, before: Said) -> None:
    again = witness.ask(witness.data())
    assert {what: content for what, (content, _said) in again.answers.items()} == {
        what: content for what, (content, _said) in before.answers.items()
    }
    assert again.issued == before.issued
    assert len(again.issued) == 3
    refused = {what: said for what, (content, said) in before.answers.items() if not what.startswith(("web", "console")) and content[0]}
    assert refused == {}
    assert [content[0] for what, (content, _said) in before.answers.items() if what.startswith("web /")] == [200] * 10


@pytest.mark.timeout(300 + 10 * FLIPS)
def test_no_flipped_bit_changes_anything_in_silence(witness: Witness, before: Said) -> None:
    chance, found = random.Random(SEED), []
    tables = sorted(flips.columns(witness.data() / "domain.db"))
    tables += [""] * (len(tables) // 8)  # of the file
    for number in range(FLIPS):
        root = witness.data()
        flip = flips.flip(root, chance, tables[number % len(tables)])
        is_signed = flips.is_signed(root / "domain.db", flip)
        after = witness.ask(root)
        found += [f"{flip}: {each}" for each in flips.problems(before, after, flip)]
        if is_signed and after.answers["store check"][0] == before.answers["store check"][0]:
            found.append(f"{flip}: store check finds nothing")
    assert not found, "\n".join(found)


def test_the_judge_notices_a_change_in_silence(before: Said) -> None:
    """A judge that finds nothing wrong whatever it is told would let everything pass."""
    flip = Flip("requests", "subject", 1, 1)
    content, said = before.answers["request list"]
    changed = re.sub("host0", "host9", str(content))
    for answer in ((changed, said), (("traceback", "ValueError()"), "Traceback"), ((1, "", []), "")):
        assert [*flips.problems(before, Said({**before.answers, "request list": answer}, before.issued), flip)]
    told = (1, changed, []), "dominoadmin: A row of the store (requests 1) is not the one that was signed: it was altered, added or removed."
    assert not [*flips.problems(before, Said({**before.answers, "request list": told}, before.issued), flip)]
    assert [*flips.problems(before, Said(before.answers, {*before.issued, "another certificate"}), flip)]

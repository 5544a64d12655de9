"""Each file from outside is described or refused in a sentence, whatever it contains."""

from __future__ import annotations

import contextlib
import random

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7

from dominoadmin.errors import Error, Refused
from dominoadmin.pki import file_contents
from dominoadmin.pki.file_contents import FoundCertificates, FoundRequest
from tests import builders, specimens

CERTIFICATE = specimens.root()
SEEDS = {
    "DER": specimens.der(CERTIFICATE),
    "PEM": specimens.pem(CERTIFICATE),
    "PKCS #7": pkcs7.serialize_certificates([CERTIFICATE], Encoding.DER),
    "a request": builders.csr(),
}


@pytest.mark.parametrize("name", SEEDS)
def test_whole_files_are_read(name: str) -> None:
    found = file_contents.read(SEEDS[name], name)
    assert isinstance(found, FoundRequest if name == "a request" else FoundCertificates)


@pytest.mark.parametrize("name", ["DER", "PKCS #7"])
def test_a_certificate_whose_names_cannot_be_read_is_refused(name: str) -> None:
    """The library parses names when they are asked for."""
    subject = CERTIFICATE.subject.public_bytes()
    damaged = SEEDS[name].replace(subject, subject[:-1] + b"\xff")
    assert damaged != SEEDS[name]
    with pytest.raises(Refused):
        file_contents.read(damaged, "x.cer")


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("name", SEEDS)
def test_altered_files_are_read_or_refused(name: str) -> None:
    chance = random.Random(20261130)
    for _try in range(3000):
        data = bytearray(SEEDS[name])
        for _change in range(chance.choice([1, 1, 2, 5])):
            place = chance.randrange(len(data))
            data[place] = chance.choice([0, 255, 0x30, 0x84, data[place] ^ 1 << chance.randrange(8)])
        with contextlib.suppress(Error):
            file_contents.read(bytes(data), "x.cer")

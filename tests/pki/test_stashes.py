"""Stash files: sealed to one server and one key ring; damage is detected."""

from __future__ import annotations

import base64
import json
from dataclasses import replace

import pytest
from cryptography import x509

from dominoadmin.errors import Damaged, Locked
from dominoadmin.pki import identities, stashes
from tests import ids
from tests.pki.authorities import NOW

PASSWORD = "Zebra Quartz 77"
SERVER = "CN=Server1/O=MyCompany"
KEY = "ab" * 32
WHAT = "The stash file /x/keyfile.sth"


@pytest.fixture(scope="module")
def organization():
    return ids.organization("O=MyCompany", 1, NOW)


@pytest.fixture(scope="module")
def server(organization):
    return ids.certify(organization, "server", SERVER, 2, NOW)


@pytest.fixture(scope="module")
def other(organization):
    return ids.certify(organization, "server", SERVER, 3, NOW)


@pytest.fixture
def stash(server):
    return stashes.seal(PASSWORD, SERVER, server.certificate, KEY)


def opened(stash, server):
    return stashes.passwords(stash, server, WHAT)


@pytest.mark.parametrize("password", [PASSWORD, "x" * 128, "x" * 129, "пароль 🔑", "y" * 1024])
def test_what_was_sealed_is_opened(server, password):
    stash = stashes.seal(password, SERVER, server.certificate, KEY)
    assert opened(stashes.parse(stashes.serialize(stash), WHAT), server) == (password,)


def test_the_password_before_comes_second(server, stash):
    newer = replace(stashes.seal("newer", SERVER, server.certificate, KEY), previous=stash.sealed)
    assert opened(stashes.parse(stashes.serialize(newer), WHAT), server) == ("newer", PASSWORD)


def test_the_length_of_the_seal_does_not_tell_that_of_the_password(server, stash):
    assert len(stashes.seal("x" * 100, SERVER, server.certificate, KEY).sealed) == len(stash.sealed)


def test_only_the_servers_own_key_opens_it(stash, other):
    with pytest.raises(Locked, match="cannot be opened with the ID of Server1/MyCompany"):
        opened(stash, other)


def test_another_servers_stash_is_named(stash, organization):
    second = ids.certify(organization, "server", "CN=Server2/O=MyCompany", 4, NOW)
    with pytest.raises(Locked, match="is sealed to 'CN=Server1/O=MyCompany', not to Server2/MyCompany"):
        opened(stash, second)


def test_a_seal_is_bound_to_its_server_and_its_key_ring(server, stash):
    for moved in (replace(stash, key="cd" * 32), replace(stash, server="CN=Server2/O=MyCompany")):
        with pytest.raises(Locked):
            opened(moved, replace(server, name=moved.server))


def test_a_seal_of_something_that_is_no_text_is_refused(server, stash):
    from dominoadmin.pki import documents, seals

    info = documents.canonical({"purpose": "key ring password", "server": SERVER, "key": KEY})
    sealed = seals.seal(b"\xff\xfe", identities.sealing_key_of(server.certificate), info)
    with pytest.raises(Locked):
        opened(replace(stash, sealed=sealed), server)


def test_every_changed_bit_of_the_seal_is_noticed(server, stash):
    for place in range(0, len(stash.sealed), 61):
        data = bytearray(stash.sealed)
        data[place] ^= 1
        with pytest.raises(Locked):
            opened(replace(stash, sealed=bytes(data)), server)


@pytest.mark.parametrize("cut", [1, 30, 40])
def test_a_cut_seal_is_noticed(server, stash, cut):
    with pytest.raises(Locked):
        opened(replace(stash, sealed=stash.sealed[:cut]), server)


def test_every_cut_file_is_damaged(stash):
    data = stashes.serialize(stash)
    for size in range(0, len(data) - 2, 7):
        with pytest.raises(Damaged, match="is not a stash file"):
            stashes.parse(data[:size], WHAT)


@pytest.mark.parametrize(
    "data",
    [
        b"null", b"[]", b"1", b"\xff\xfe", b"[" * 100_000, b"{}", b'{"version": 1}', b'{"version": 1, "server": "x", "key": "y"}',
        b'{"version": 1, "server": "x", "key": "y", "sealed": ""}', b'{"version": 1, "server": "x", "key": "y", "sealed": 5}',
        b'{"version": 1, "server": "x", "key": "y", "sealed": "a-b"}',
        b'{"version": 1, "server": "x", "key": "y", "sealed": "AAAA", "previous": null}',
        b'{"version": 1, "server": "' + b"x" * 600 + b'", "key": "y", "sealed": "AAAA"}',
    ],
)  # fmt: skip
def test_what_is_no_stash_file_is_damaged(data):
    with pytest.raises(Damaged, match=r"^The stash file /x/keyfile\.sth is not a stash file of this program"):
        stashes.parse(data, WHAT)


@pytest.mark.parametrize("version", ["3", '"1"', "null", "[1]"])
def test_another_version_is_told(version):
    with pytest.raises(Damaged, match="is not version 2"):
        stashes.parse(b'{"version": %s}' % version.encode(), WHAT)


def test_the_file_is_plain_json(stash):
    fields = json.loads(stashes.serialize(stash))
    assert fields == {
        "version": 1,
        "server": SERVER,
        "key": KEY,
        "sealed": base64.b64encode(stash.sealed).decode(),
    }


def test_the_fixture_is_a_certificate(server):
    assert isinstance(server.certificate, x509.Certificate)


ANN = "CN=Ann Admin/O=MyCompany"


def for_ann(server):
    return stashes.seal(PASSWORD, SERVER, server.certificate, KEY, ANN)


def test_a_generated_password_is_sealed_for_a_person_by_name(server):
    read = stashes.parse(stashes.serialize(for_ann(server)), "x.sth")
    assert read.person == ANN
    assert opened(read, server) == (PASSWORD,)
    assert json.loads(stashes.serialize(read))["version"] == 2


@pytest.mark.parametrize("person", ["", "CN=Bob/O=MyCompany"])
def test_a_stash_with_another_person_opens_nothing(server, person):
    with pytest.raises(Locked):
        opened(replace(for_ann(server), person=person), server)


def test_a_stash_without_a_person_is_as_before(server, stash):
    data = json.loads(stashes.serialize(stash))
    assert data["version"] == 1
    assert "person" not in data
    forged = stashes.serialize(replace(stash, person=ANN))
    with pytest.raises(Locked):
        opened(stashes.parse(forged, "x.sth"), server)

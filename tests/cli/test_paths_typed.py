"""Whatever somebody types for a file or a folder: one sentence and a hint, and no traceback."""

from __future__ import annotations

import itertools
import os
import shlex
import shutil
from pathlib import Path

import pytest

from tests import builders
from tests.builders import CA, DATABASE
from tests.cli.commands import Desk, contents

READ = {
    "certificate show": "certificate show PATH",
    "request submit --csr": f"request submit --database {DATABASE} --csr PATH",
    "crosscert issue --subject": "crosscert issue --certifier cert.id --into personal --subject PATH --id-password-file ADMIN",
    "crosscert issue --certifier": "crosscert issue --subject ca:'MyCompany CA' --into personal --certifier PATH --id-password-file ADMIN",
    "id show --id": "id show --id PATH",
    "id use --id": "id use --id PATH",
    "person register --certifier-id": "person register --name 'Bob Ra' --password-file ROB --certifier-id PATH --id-password-file ADMIN",
    "certifier register --locking-id": "certifier register --common-name X --encrypt-with locking-id --locking-id PATH --id-password-file ADMIN",
    "certifier protect --locking-id": f"certifier protect '{CA}' --protection locking-id --locking-id PATH --server-password-file SERVER --id-password-file ADMIN",
    "keyring show": "keyring show --password-file ADMIN --file PATH",
    "keyring delete": "keyring delete --yes --file PATH",
    "keyring label": "keyring label --label x --new-label y --password-file ADMIN --file PATH",
    "keyring install": "keyring install --file PATH",
    "server set --ssl-key-file": "server set --ssl-port-status enabled --ssl-key-file PATH",
    "--id-password-file": "request approve 1 --id-password-file PATH",
    "--server-password-file": "console --server-password-file PATH -c help",
    "--data": "person list --data PATH",
    "certifier modify --crl-folder": f"certifier modify '{CA}' --crl-folder PATH --id-password-file ADMIN",
}
WRITTEN = {
    "certifier show --out": f"certifier show '{CA}' --out PATH",
    "crl show --out": f"crl show '{CA}' --out PATH",
    "audit export --out": "audit export --out PATH",
    "audit export --format csv --out": "audit export --format csv --out PATH",
    "keyring export --out": "keyring export --file k.kyr --password-file ADMIN --format pem --out PATH",
    "keyring create --file": f"keyring create --common-name www.example.com --organization O --state State --country US --database {DATABASE} --later --yes --password-file ADMIN --file PATH",
    "certifier register --backup-file": "certifier register --common-name X --encrypt-with server-id --backup-password-file ROB --backup-file PATH --id-password-file ADMIN",
}
ODD = {
    "of nobody": "~nobody-of-this-name/x",
    "a zero": "a\0b",
    "too long a name": "x" * 300,
    "too long a path": "/tmp" + "/x" * 3000,
    "too long a name somewhere": "/tmp/" + "x" * 300,
    "below a file": "FILE/x",
    "a full device": "/dev/full",
    "the root": "/",
    "nothing but a dot": ".",
    "a folder": "FOLDER",
    "empty": "",
}


# An empty name takes the file away, a folder is what is asked for, and an export into a folder names its files.
LEGITIMATE = {
    ("server set --ssl-key-file", "empty"),
    ("crosscert issue --certifier", "empty"),
    *(("certifier modify --crl-folder", odd) for odd in ("empty", "the root", "a folder", "below a file", "a full device", "too long a name somewhere")),
    *(("keyring export --out", odd) for odd in ("the root", "nothing but a dot", "a folder")),
}


@pytest.fixture(scope="module")
def template(office_template, tmp_path_factory) -> Path:
    """A domain with a certifier, its database, a CRL and a key ring."""
    from types import SimpleNamespace

    from dominoadmin import application
    from dominoadmin.services.domain import Actor
    from tests.conftest import NO_KEYCHAIN

    source, ids = office_template
    root = tmp_path_factory.mktemp("typed") / "data"
    shutil.copytree(source, root)
    domain = application.open_domain(root, NO_KEYCHAIN)
    office = SimpleNamespace(domain=domain, actor=lambda: Actor.of(ids["ann"]), **ids)
    builders.ready(office)
    builders.load_ca(office)
    builders.submitted(office)
    domain.store.close()
    return root


@pytest.fixture
def shop(template: Path, tmp_path: Path, monkeypatch, capsys) -> Desk:
    shutil.copytree(template, tmp_path / "data")
    (tmp_path / "data").chmod(0o700)
    made = Desk(tmp_path / "desk", tmp_path / "data", monkeypatch, capsys)
    monkeypatch.chdir(made.folder)
    return made


def said(shop: Desk, line: str, path: str) -> str:
    """Run a line with this path in it; return the refusal, which has a hint and has changed nothing."""
    given = {"PATH": path, "ADMIN": shop.password("admin"), "ROB": shop.password("rob"), "SERVER": shop.password("server")}
    words = [given.get(word, word) for word in shlex.split(line)]
    before = contents(shop.data)
    done = shop.run(*words)
    text = done.refusal()
    assert len(done.lines) == 2, done
    assert contents(shop.data) == before or words[0] == "console"
    return text


def ring(shop: Desk) -> list[str]:
    """Return the command that creates k.kyr."""
    line = f"keyring create --common-name www.example.com --organization O --state State --country US --database {DATABASE}"
    return [*line.split(), "--later", "--yes", "--password-file", shop.password("admin"), "--file", "k.kyr"]


@pytest.mark.parametrize(
    ("command", "odd"), [each for each in itertools.product([*READ, *WRITTEN], ODD) if each not in LEGITIMATE]
)
def test_an_odd_path_is_refused_in_a_sentence_with_a_hint(shop: Desk, command: str, odd: str) -> None:
    file = shop.file("file", b"")
    if command == "keyring export --out":
        shop.ok(*ring(shop))
    said(shop, {**READ, **WRITTEN}[command], ODD[odd].replace("FILE", str(file)).replace("FOLDER", str(shop.folder)))


@pytest.mark.parametrize("command", [each for each in WRITTEN if each != "keyring export --out"])  # a certified key ring
def test_a_pipe_is_not_written_over(shop: Desk, command: str) -> None:
    pipe = shop.folder / "pipe.kyr"
    os.mkfifo(pipe)
    assert "exist" in said(shop, WRITTEN[command], str(pipe))
    assert pipe.is_fifo()


def test_a_folder_for_crls_may_have_a_name_that_this_computer_cannot_have(shop: Desk) -> None:
    name = "/tmp/" + "x" * 300
    done = shop.run("certifier", "modify", CA, "--crl-folder", name, signed="admin")
    assert (done.code, done.err) == (0, "")
    assert f"Folder {name} was not found on this computer." in done.out

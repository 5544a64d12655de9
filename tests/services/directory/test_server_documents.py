"""Server documents: Ports - Internet Ports, the relay, and who may run unrestricted methods and operations."""

from __future__ import annotations

import json
import threading

import pytest

from dominoadmin.errors import Damaged, Error, NotFound, Refused
from dominoadmin.services.certifiers import registering
from dominoadmin.services.directory import mailing, server_documents, server_entries
from dominoadmin.services.directory.server_documents import ServerChange
from dominoadmin.services.directory.server_entries import Relay
from dominoadmin.services.web import live_check
from tests import builders
from tests.builders import sql


def change(office, server: str = "", **fields):
    return server_documents.change(office.domain, office.actor(), server, ServerChange(**fields)).content()


def key_ring(office, name: str = "keyfile.kyr") -> None:
    folder = office.domain.directory.server("Server1")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(b"")


def test_the_ports_are_the_fact_sheets(office) -> None:
    ports = server_documents.show(office.domain).content()["ports"]
    found = {protocol: (fields["tcp_port"], fields["ssl_port"]) for protocol, fields in ports.items() if protocol != "Web"}
    assert found == {
        "Directory": (389, 636), "Mail (IMAP)": (143, 993), "Mail (POP)": (110, 995), "Mail (SMTP Inbound)": (25, 465),
        "DIIOP": (63148, 63149),
    }  # fmt: skip
    assert ports["Web"]["tcp_port_status"] == "Enabled"
    assert {fields["ssl_port_status"] for fields in ports.values()} == {"Disabled"}
    assert server_entries.new("CN=s/O=y", "h.example.com", 80, 443, "CN=x/O=y").web.ssl_port == 443


def test_a_server_is_shown_by_any_form_of_its_name(office) -> None:
    for name in ("", "Server1", "Server1/MyCompany/US", "CN=Server1/O=MyCompany/C=US"):
        assert server_documents.show(office.domain, name).name == office.server.name
    with pytest.raises(NotFound, match="The server Server9/MyCompany/US") as refusal:
        server_documents.show(office.domain, "Server9")
    assert refusal.value.hint == "Available: Server1/MyCompany/US."


def test_the_fields_of_the_form_are_changed_and_audited(office) -> None:
    key_ring(office)
    fields = change(office, ssl_key_file="keyfile.kyr", ssl_port_status="Enabled", http_port=8080, ssl_port=8443)
    web = fields["ports"]["Web"]
    assert (fields["ssl_key_file"], web["tcp_port"], web["ssl_port"], web["ssl_port_status"]) == ("keyfile.kyr", 8080, 8443, "Enabled")
    fields = change(office, host_name="WWW.Example.com", run_unrestricted=("Rob Ra",), tcp_port_status="Redirect to SSL")
    assert (fields["host_name"], fields["run_unrestricted"]) == ("www.example.com", [office.rob.name])
    assert fields["ports"]["Web"]["tcp_port_status"] == "Redirect to SSL"
    row = sql(office, "SELECT * FROM audit ORDER BY number DESC LIMIT 1")[0]
    assert (row["action"], row["object"]) == ("server document changed", office.server.name)
    assert json.loads(row["detail"]) == {
        "host_name": "WWW.Example.com", "run_unrestricted": ["Rob Ra"], "tcp_port_status": "Redirect to SSL",
        "protocol": "Web",
    }  # fmt: skip
    assert change(office, ssl_key_file="", ssl_port_status="Disabled")["ssl_key_file"] == ""


BAD = [
    ({"ssl_key_file": "/etc/keyfile.kyr"}, "Do not include the full path to the key ring file, only the file name."),
    ({"ssl_key_file": "c:\\notes\\data\\keyfile.kyr"}, "Do not include the full path to the key ring file, only the file name."),
    ({"ssl_key_file": "keyfile.p12"}, "keyfile.p12 is not a valid key ring file name"),
    ({"ssl_key_file": "other.kyr"}, "The data directory of Server1/MyCompany/US has no key ring other.kyr"),
    ({"ssl_port_status": "Enabled"}, "SSL cannot be enabled without a key ring"),
    ({"protocol": "Directory", "ssl_port_status": "Enabled"}, "SSL cannot be enabled without a key ring"),
    ({"protocol": "Mail (IMAP)", "ssl_port_status": "Enabled"}, "SSL cannot be enabled without a key ring"),
    ({"ssl_port_status": "On"}, "SSL port status cannot be On"),
    ({"ssl_port_status": "Redirect to SSL"}, "SSL port status cannot be Redirect to SSL"),
    ({"tcp_port_status": "enabled"}, "TCP/IP port status cannot be enabled"),
    ({"http_port": -1}, "-1 is not a port number"),
    ({"ssl_port": 65536}, "65536 is not a port number"),
    ({"http_port": 443, "ssl_port": 443}, "must differ"),
    ({"run_unrestricted": ("Eve",)}, "The person Eve/MyCompany/US is not in the Domino Directory"),
    ({"host_name": "server1"}, "fully qualified"),
    ({"protocol": "NNTP"}, "'NNTP' is not an Internet Ports protocol"),
    ({"ssl_authentication": {"kerberos": True}}, "kerberos is not an authentication option"),
    ({"tcp_authentication": {"client_certificate": True}}, "Web does not support client certificate authentication on this port"),
    ({"protocol": "DIIOP", "ssl_authentication": {"client_certificate": True}}, "DIIOP does not support client certificate authentication on this port"),
    ({"ssl_authentication": {"anonymous": False}}, "In this version, the HTTP task serves its pages to everyone and does not authenticate users."),
    ({"tcp_authentication": {"name_and_password": True}}, "In this version, the HTTP task serves its pages to everyone and does not authenticate users."),
    ({"relay": Relay("a b", 25, True, "ca@example.com")}, "a b"),
    ({"relay": Relay("*.example.com", 25, True, "ca@example.com")}, "wildcard"),
    ({"relay": Relay("mail.example.com", 0, True, "ca@example.com")}, "0 is not a port number"),
    ({"relay": Relay("mail.example.com", 65536, True, "ca@example.com")}, "65536 is not a port number"),
    ({"relay": Relay("mail.example.com", 25, True, "nobody")}, "is not an e-mail address"),
    ({"relay": Relay("mail.example.com", 25, True, "a@b.example\nX: y")}, "e-mail address"),
]


@pytest.mark.parametrize(("fields", "problem"), BAD, ids=[problem for _, problem in BAD])
def test_a_field_that_breaks_its_rule_changes_nothing(office, fields: dict, problem: str) -> None:
    before = server_documents.show(office.domain)
    with pytest.raises(Error, match=problem.replace("*", ".")):
        change(office, **fields)
    assert server_documents.show(office.domain) == before


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (Relay(" Mail.Example.com ", 587, True, " CA@Example.com "), ("mail.example.com", 587, True, "CA@example.com")),
        (Relay("localhost", 25, False, "ca@example.com"), ("localhost", 25, False, "ca@example.com")),
        (Relay("::1", 25, True, "ca@example.com"), ("::1", 25, True, "ca@example.com")),
        (Relay("10.0.0.1", 25, True, "ca@example.com"), ("10.0.0.1", 25, True, "ca@example.com")),
    ],
)
def test_a_relay_is_kept_in_its_normal_form_and_can_be_removed(office, given: Relay, kept: tuple) -> None:
    fields = change(office, relay=given)["relay"]
    assert tuple(fields[key] for key in ("host", "port", "starttls", "sender")) == kept
    assert change(office, http_port=8080)["relay"]["port"] == kept[1]
    assert change(office, relay=Relay("", 0, False, ""))["relay"] is None


def test_other_protocols_keep_their_fields_for_later(office) -> None:
    options = {"name_and_password": True, "client_certificate": True}
    ports = change(office, protocol="Directory", http_port=1389, ssl_authentication=options)["ports"]
    assert ports["Directory"]["tcp_port"] == 1389
    assert ports["Directory"]["ssl_authentication"] == {**options, "anonymous": True}
    assert ports["Web"]["tcp_port"] == 0


@pytest.mark.parametrize("protocol", ["Web", "Directory", "Mail (IMAP)"])
def test_the_key_ring_cannot_be_taken_from_a_port_that_uses_it(office, protocol: str) -> None:
    key_ring(office)
    change(office, protocol=protocol, ssl_key_file="keyfile.kyr", ssl_port_status="Enabled")
    with pytest.raises(Error, match=r"SSL cannot be enabled without a key ring\.") as refusal:
        change(office, ssl_key_file="")
    assert f"disable the SSL port of {protocol}." in refusal.value.hint
    disabled = ServerChange(protocol=protocol, ssl_port_status="Disabled")
    entry = server_documents.change(office.domain, office.actor(), "", ServerChange(ssl_key_file=""), disabled)
    assert entry.ssl_key_file == ""


def test_a_document_that_broke_the_rule_before_it_was_one_can_still_be_changed(office) -> None:
    fields = server_documents.show(office.domain).content()
    fields["ports"]["Directory"]["ssl_port_status"] = "Enabled"
    builders.signed(office, "UPDATE directory SET fields = ? WHERE name = ?", json.dumps(fields), office.server.name)
    assert change(office, host_name="www.example.com")["host_name"] == "www.example.com"
    with pytest.raises(Error, match="without a key ring"):
        change(office, ssl_port_status="Enabled")


def test_two_administrators_at_once_lose_nothing(office) -> None:
    threads = [
        threading.Thread(target=change, args=(office,), kwargs=fields)
        for fields in ({"http_port": 8081}, {"host_name": "new.example.com"}, {"run_unrestricted": ("Rob Ra",)})
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    fields = server_documents.show(office.domain).content()
    assert fields["ports"]["Web"]["tcp_port"] == 8081
    assert (fields["host_name"], fields["run_unrestricted"]) == ("new.example.com", [office.rob.name])


def test_ports_are_checked_as_a_pair() -> None:
    server_documents.check_ports(0, 0)  # the system chooses
    server_documents.check_ports(1, 65535)
    with pytest.raises(Refused, match="must differ"):
        server_documents.check_ports(80, 80)


def test_the_directory_knows_who_there_is(office) -> None:
    builders.certifier(office)
    with pytest.raises(NotFound) as refusal:
        change(office, run_unrestricted=("Server1",))
    assert "Available:" in refusal.value.hint


def stored(office) -> dict:
    return json.loads(sql(office, "SELECT fields FROM directory WHERE kind = 'server'")[0]["fields"])


def store(office, fields: object) -> None:
    builders.signed(office, "UPDATE directory SET fields = ? WHERE kind = 'server'", json.dumps(fields))


def damaged(fields: dict, path: str, value: object) -> dict:
    head, _, rest = path.partition(".")
    return {**fields, head: damaged(fields[head], rest, value) if rest else value}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("host_name", None), ("host_name", 5), ("ssl_key_file", []), ("ports", {}), ("ports", None), ("ports.Web", "x"),
        ("ports.Web.tcp_port", "80"), ("ports.Web.ssl_port", True), ("ports.Web.ssl_port_status", "enabled"),
        ("ports.Web.ssl_port_status", []), ("ports.Web.tcp_authentication", ["anonymous"]),
        ("ports.DIIOP.ssl_authentication", {"anonymous": "yes"}), ("run_unrestricted", 7), ("run_unrestricted", [7]),
        ("relay", "mail:25"), ("relay", {"host": "mail.example.com"}),
        ("relay", {"host": "m.example.com", "port": "25", "starttls": True, "sender": "a@example.com"}),
    ],
)  # fmt: skip
def test_a_damaged_document_is_one_sentence_wherever_it_is_read(office, path: str, value: object) -> None:
    store(office, damaged(stored(office), path, value))
    readers = (
        lambda: server_documents.show(office.domain),
        lambda: change(office, host_name="www.example.com"),
        lambda: registering.default_base_url(office.domain),
        lambda: live_check.target_of(office.domain),
        lambda: mailing.deliver_due(office.domain, office.actor()),
    )
    for read in readers:
        with pytest.raises(Damaged, match=r"The Server document of Server1/MyCompany/US cannot be read") as refusal:
            read()
        assert refusal.value.hint == "Restore a backup."


@pytest.mark.parametrize("fields", [[], "x", None, {}])
def test_a_document_without_fields_is_the_same_sentence(office, fields: object) -> None:
    store(office, fields)
    with pytest.raises(Damaged, match="cannot be read"):
        server_documents.show(office.domain)


def test_what_a_later_version_has_written_is_kept(office) -> None:
    later = damaged(damaged(stored(office), "colour", ["red"]), "ports.Web.quic", {"port": 443})
    store(office, later)
    shown = change(office, host_name="www.example.com", http_port=8080)
    assert shown["colour"] == ["red"]
    assert stored(office)["colour"] == ["red"]
    assert stored(office)["ports"]["Web"]["quic"] == {"port": 443}
    assert (stored(office)["host_name"], stored(office)["ports"]["Web"]["tcp_port"]) == ("www.example.com", 8080)


def test_documents_of_earlier_versions_are_read(office) -> None:
    fields = {key: value for key, value in stored(office).items() if key not in ("relay", "id_file")}
    store(office, {**fields, "run_unrestricted": None})
    shown = server_documents.show(office.domain)
    assert (shown.relay, shown.id_file, shown.run_unrestricted) == (None, "", ())

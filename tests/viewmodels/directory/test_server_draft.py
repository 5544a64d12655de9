"""The Server document's draft: only changes are saved, under the service's own rules."""

import pytest

from dominoadmin.services.directory import server_documents
from dominoadmin.services.directory.server_documents import ServerChange
from dominoadmin.services.directory.server_entries import DISABLED, ENABLED, REDIRECT
from dominoadmin.viewmodels.directory.server_draft import ServerDraft


@pytest.fixture
def draft(office):
    return ServerDraft.of(office.domain, server_documents.show(office.domain))


def installed(office, name="keyfile.kyr"):
    folder = office.domain.directory.server("Server1")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(b"a key ring")


def save(office, draft):
    return server_documents.change(office.domain, office.actor(), draft.entry.name, *draft.changes())


def test_an_untouched_draft_changes_nothing(draft):
    assert draft.changes() == ()
    assert draft.problem() == ""
    assert not draft.needs_restart()


def test_only_what_was_changed_is_saved(office, draft):
    draft.host_name = " www.example.com "
    assert draft.changes() == (ServerChange(host_name="www.example.com"),)
    server_documents.change(office.domain, office.actor(), "", ServerChange(run_unrestricted=("Rob Ra",)))
    fields = save(office, draft).content()
    assert fields["host_name"] == "www.example.com"
    assert fields["run_unrestricted"] == ["CN=Rob Ra/O=MyCompany/C=US"]


def test_step_28_of_the_technote(office, draft):
    installed(office)
    assert draft.key_rings() == ["keyfile.kyr"]
    draft.ssl_key_file = "keyfile.kyr"
    draft.ports["Web"].ssl_port_status = ENABLED
    assert draft.problem() == ""
    assert draft.needs_restart()
    fields = save(office, draft).content()
    assert (fields["ssl_key_file"], fields["ports"]["Web"]["ssl_port_status"]) == ("keyfile.kyr", ENABLED)


def test_fields_of_several_protocols_are_saved_together(office, draft):
    installed(office)
    draft.ssl_key_file = "keyfile.kyr"
    draft.ports["Web"].tcp_port = 8080
    draft.ports["DIIOP"].ssl_port_status = ENABLED
    draft.ports["Directory"].ssl_authentication["client_certificate"] = True
    assert [change.protocol for change in draft.changes()] == ["Web", "Directory", "DIIOP"]
    ports = save(office, draft).content()["ports"]
    assert ports["Web"]["tcp_port"] == 8080
    assert ports["DIIOP"]["ssl_port_status"] == ENABLED
    assert ports["Directory"]["ssl_authentication"]["client_certificate"]


def test_if_one_protocol_breaks_a_rule_none_is_changed(office, draft):
    draft.host_name = "www.example.com"
    draft.ports["DIIOP"].ssl_authentication["client_certificate"] = True
    assert "DIIOP does not support client certificate authentication" in draft.problem()
    with pytest.raises(server_documents.Refused):
        save(office, draft)
    assert server_documents.show(office.domain).host_name == "server1.example.com"


def test_other_protocols_and_people_need_no_restart(draft):
    draft.ports["Directory"].ssl_port = 1636
    draft.run_unrestricted = []
    assert not draft.needs_restart()


@pytest.mark.parametrize(
    ("edit", "problem"),
    [
        (lambda d: setattr(d, "ssl_key_file", "/etc/keyfile.kyr"), "Do not include the full path"),
        (lambda d: setattr(d, "ssl_key_file", "keyfile.pem"), "is not a valid key ring file name."),
        (lambda d: setattr(d, "ssl_key_file", "absent.kyr"), "has no key ring absent.kyr"),
        (lambda d: setattr(d, "host_name", "no_host"), "underscore"),
        (lambda d: setattr(d.ports["Web"], "ssl_port_status", ENABLED), "SSL cannot be enabled without a key ring."),
        (lambda d: setattr(d.ports["Directory"], "ssl_port_status", ENABLED), "SSL cannot be enabled without a key ring."),
        (lambda d: setattr(d.ports["Web"], "ssl_port_status", REDIRECT), "SSL port status cannot be Redirect to SSL"),
        (lambda d: setattr(d.ports["Web"], "tcp_port", 70000), "70000 is not a port number."),
        (lambda d: setattr(d.ports["Directory"], "ssl_port", 389), "must differ"),
        (lambda d: d.ports["Web"].ssl_authentication.update(anonymous=False), "In this version, the HTTP task serves its pages to everyone and does not authenticate users."),
        (lambda d: d.run_unrestricted.append("CN=Nobody/O=MyCompany"), "The person Nobody/MyCompany is not in the Domino Directory"),
        (lambda d: setattr(d.relay, "host", "*.example.com"), "wildcard"),
        (lambda d: setattr(d.relay, "host", "mail.example.com"), "e-mail address"),
    ],
)
def test_every_rule_is_a_sentence(draft, edit, problem):
    edit(draft)
    assert problem in draft.problem()


def test_all_that_is_wrong_is_told_at_once_each_at_its_field(office, draft):
    installed(office)
    draft.host_name, draft.ssl_key_file = "https://www.example.com/", "C:\\keys\\KeyFile"
    draft.relay.host, draft.relay.port, draft.relay.sender = "*.example.com", 0, "nobody"
    draft.run_unrestricted.append("CN=Nobody/O=MyCompany")
    draft.ports["Web"].tcp_port = draft.ports["Web"].ssl_port = 443
    draft.ports["Web"].ssl_authentication.update(anonymous=False)
    draft.ports["Directory"].tcp_port = 70000
    draft.ports["DIIOP"].ssl_authentication["client_certificate"] = True
    assert {each.field: each.mend for each in draft.problems()} == {
        "host_name": "www.example.com", "relay_host": "", "relay_port": "", "relay_sender": "", "run_unrestricted": "",
        "ssl_key_file": "keyfile.kyr", "Web ssl_port": "", "Web ssl_options": "", "Directory http_port": "",
        "DIIOP ssl_options": "",
    }  # fmt: skip


def test_ssl_without_a_key_ring_is_told_at_the_key_ring_with_the_one_that_is_installed(office, draft):
    draft.ports["Web"].ssl_port_status = ENABLED
    assert [(each.field, each.mend) for each in draft.problems()] == [("ssl_key_file", "")]
    installed(office)
    assert [(each.field, each.mend) for each in draft.problems()] == [("ssl_key_file", "keyfile.kyr")]
    installed(office, "other.kyr")  # which one is meant is not known
    assert [(each.field, each.mend) for each in draft.problems()] == [("ssl_key_file", "")]


def test_a_relay_is_set_and_taken_away(office, draft):
    draft.relay.host, draft.relay.port, draft.relay.sender = "mail.example.com", 587, "ca@example.com"
    entry = save(office, draft)
    assert entry.relay.host == "mail.example.com"
    again = ServerDraft.of(office.domain, entry)
    assert (again.relay.port, again.changes()) == (587, ())
    again.relay.host = ""
    assert save(office, again).relay is None


def test_people_can_be_chosen_who_are_not_on_the_list_yet(draft):
    assert draft.run_unrestricted == ["CN=Ann Admin/O=MyCompany/C=US"]
    assert draft.candidates() == ["CN=Rob Ra/O=MyCompany/C=US"]


def test_a_port_that_redirects_is_a_choice_for_plain_http(draft):
    draft.ports["Web"].tcp_port_status = REDIRECT
    assert draft.problem() == ""
    assert draft.ports["Web"].ssl_port_status == DISABLED

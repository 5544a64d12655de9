"""Subject alternative names: normal forms and refusals. Expected values are written by hand."""

import ipaddress

import pytest
from cryptography import x509
from hypothesis import given, settings
from hypothesis import strategies as st

from dominoadmin.errors import Refused
from dominoadmin.pki import general_names
from dominoadmin.pki.general_names import GeneralName

NORMAL = {
    "dns:www.example.com": "dns:www.example.com",
    "DNS: WWW.Example.COM ": "dns:www.example.com",
    "dns:localhost": "dns:localhost",
    "dns:*.example.com": "dns:*.example.com",
    "dns:4you.example": "dns:4you.example",
    # RFC 3492 and the IDNA test of the IANA root: bücher.
    "dns:bücher.example": "dns:xn--bcher-kva.example",
    "dns:BÜCHER.example": "dns:xn--bcher-kva.example",
    "dns:XN--BCHER-KVA.example": "dns:xn--bcher-kva.example",
    "dns:*.bücher.example": "dns:*.xn--bcher-kva.example",
    # UTS #46: the ideographic full stop is a dot, full-width letters are letters, ß stays ß (IDNA 2008).
    "dns:日本語。jp": "dns:xn--wgv71a119e.jp",
    "dns:\uff57\uff57\uff57.example": "dns:www.example",
    "dns:straße.example": "dns:xn--strae-oqa.example",
    "ip:10.0.0.1": "ip:10.0.0.1",
    "ip:2001:DB8:0:0::1": "ip:2001:db8::1",
    "ip:::1": "ip:::1",
    "email:Ann.Admin+ca@Example.COM": "email:Ann.Admin+ca@example.com",
    "email:ann@bücher.example": "email:ann@xn--bcher-kva.example",
    "uri:HTTPS://WWW.Example.com:8443/Path?Q=1#F": "uri:https://www.example.com:8443/Path?Q=1#F",
    "uri:https://[2001:DB8::1]/": "uri:https://[2001:db8::1]/",
    "uri:https://10.0.0.1/a%20b": "uri:https://10.0.0.1/a%20b",
    "uri:spiffe://example.org/service": "uri:spiffe://example.org/service",
}
REFUSED = {
    "": "does not start with a known name type.",
    "www.example.com": "does not start with a known name type.",
    "rid:1.2.3": "does not start with a known name type.",
    "dns:": "A host name is required",
    "dns:*": "must be the whole leftmost label",
    "dns:*.com": "top-level",
    "dns:*.公司": "top-level",
    "dns:www*.example.com": "must be the whole leftmost label",
    "dns:*www.example.com": "must be the whole leftmost label",
    "dns:a.*.example.com": "must be the whole leftmost label",
    "dns:a_b.example.com": "underscore",
    "dns:example.com.": "ends with a dot",
    "dns:a..example.com": "empty part",
    "dns:.example.com": "empty part",
    "dns:-a.example.com": "is not a host name",
    "dns:a-.example.com": "is not a host name",
    "dns:a/b.example.com": "is not a host name",
    "dns:user@example.com": "is not a host name",
    "dns:r3---sn.example.com": "reserved part",
    "dns:10.0.0.1": "ends in a number",
    "dns:2130706433": "ends in a number",
    "dns:xn--a.example": "IDNA",
    "dns:☕\u200d.example": "invisible",
    "dns:a b.example": "contains a space, or an invisible or control character",
    "dns:a\u00a0b.example": "contains a space, or an invisible or control character",
    "dns:a\0b.example": "control character",
    "dns:a\u202eb.example": "invisible",
    "dns:" + "a" * 64 + ".example": "longer than 63",
    "dns:" + "ü" * 63 + ".example": "IDNA",
    "dns:" + "a." * 126 + "aa": "longer than 253",
    "dns:*." + "a." * 125 + "aa": "longer than 253",
    # The asterisk makes it two characters too long.
    "dns:*." + ".".join(["a" * 50] * 5)[:252]: "longer than 253",
    "dns:" + "a" * 100_000: "longer than 253",
    # 100 letters outside ASCII make more than 253 characters in A-labels.
    "dns:" + ".".join(["aü" * 5] * 23): "IDNA",
    "ip:": "not an IP address",
    "ip:10.0.0": "not an IP address",
    "ip:010.0.0.1": "not an IP address",
    "ip:10.0.0.0/8": "not an IP address",
    "ip:256.0.0.1": "not an IP address",
    "ip:fe80::1%eth0": "zone",
    "ip:::ffff:10.0.0.1": "IPv4 address",
    "email:ann": "is not an e-mail address",
    "email:@example.com": "is not an e-mail address",
    "email:ann@": "A host name is required",
    "email:änn@example.com": "is not an e-mail address",
    "email:a..b@example.com": "is not an e-mail address",
    "email:.a@example.com": "is not an e-mail address",
    'email:"a b"@example.com': "contains a space, or an invisible or control character",
    'email:"ab"@example.com': "is not an e-mail address",
    "email:a@b@example.com": "is not an e-mail address",
    "email:Ann <ann@example.com>": "contains a space, or an invisible or control character",
    "email:a\r\n@example.com": "control character",
    "email:ann@*.example.com": "must be the whole leftmost label",
    "email:ann@[10.0.0.1]": "is not a host name",
    "email:" + "a" * 65 + "@example.com": "is not an e-mail address",
    "email:" + "a" * 64 + "@" + "a." * 95 + "com": "longer than 254",
    "uri:": "is not a URI",
    "uri:/path": "absolute URI",
    "uri:urn:uuid:00000000-0000-0000-0000-000000000000": "absolute URI",
    "uri:https:///path": "absolute URI",
    "uri:https://user@example.com/": "password",
    "uri:https://example.com:99999/": "host or port",
    "uri:https://[::1/": "host or port",
    "uri:https://exämple.com/": "is not a URI",
    "uri:https://example.com/a b": "contains a space, or an invisible or control character",
    "uri:https://example.com/\n/x": "control character",
    "uri:https://example.com/%zz": "is not a URI",
    'uri:https://example.com/"': "is not a URI",
    "uri:https://*.example.com/": "must be the whole leftmost label",
    "uri:https://999.0.0.1/": "not an IP address",
    "uri:https://a_b.example.com/": "underscore",
    "uri:https://example.com/" + "a" * 2048: "longer than 2048",
}


@pytest.mark.parametrize(("text", "normal"), NORMAL.items())
def test_a_name_is_brought_into_its_normal_form(text, normal):
    name = general_names.parse(text)
    assert str(name) == normal
    assert general_names.parse(str(name)) == name


@pytest.mark.parametrize(("text", "reason"), REFUSED.items(), ids=lambda text: ascii(text)[:40])
def test_a_name_that_breaks_a_rule_is_refused_in_one_printable_sentence(text, reason):
    with pytest.raises(Refused, match=reason) as refusal:
        general_names.parse(text)
    assert str(refusal.value).isprintable()
    assert len(str(refusal.value)) < 200


@pytest.mark.parametrize("text", ["www.example.com", " WWW.Example.com", "www.example.COM"])
def test_a_host_is_lower_case_without_blanks_around(text):
    assert general_names.host(text) == "www.example.com"


def test_an_internationalised_host_becomes_a_labels():
    assert general_names.host("www.bücher.example") == "www.xn--bcher-kva.example"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "A host name is required"),
        ("server1", "fully qualified"),
        ("*.example.com", "wildcard"),
        ("10.0.0.1", "ends in a number"),
    ],
)
def test_a_servers_common_name_is_one_fully_qualified_host_name(text, reason):
    with pytest.raises(Refused, match=reason):
        general_names.host(text)


PAIRS = [
    ("dns:*.example.com", x509.DNSName("*.example.com")),
    ("ip:10.0.0.1", x509.IPAddress(ipaddress.IPv4Address("10.0.0.1"))),
    ("ip:2001:db8::1", x509.IPAddress(ipaddress.IPv6Address("2001:db8::1"))),
    ("email:ann@example.com", x509.RFC822Name("ann@example.com")),
    ("uri:https://example.com/", x509.UniformResourceIdentifier("https://example.com/")),
]


@pytest.mark.parametrize(("text", "name"), PAIRS)
def test_a_name_goes_to_x509_and_back(text, name):
    assert list(general_names.x509([general_names.parse(text)])) == [name]
    assert general_names.from_x509(name) == general_names.parse(text)


OTHER_KINDS = [
    (
        x509.OtherName(x509.ObjectIdentifier("1.3.6.1.4.1.311.20.2.3"), b"\x0c\x01a"),
        "otherName (1.3.6.1.4.1.311.20.2.3)",
    ),
    (x509.DirectoryName(x509.Name([])), "directoryName"),
    (x509.RegisteredID(x509.ObjectIdentifier("1.2.3")), "registeredID"),
]


@pytest.mark.parametrize(("name", "kind"), OTHER_KINDS)
def test_other_kinds_of_names_are_refused_by_name(name, kind):
    with pytest.raises(Refused) as refusal:
        general_names.from_x509(name)
    assert kind in str(refusal.value)


def test_an_unheard_of_kind_is_refused_too():
    class NewName(x509.GeneralName):
        value = ""

    with pytest.raises(Refused, match="NewName"):
        general_names.from_x509(NewName())


@pytest.mark.parametrize(
    "name",
    [
        x509.DNSName("*.com"),
        x509.DNSName._init_without_validation("a\0b.com"),
        x509.IPAddress(ipaddress.ip_network("10.0.0.0/8")),
        x509.RFC822Name("a..b@example.com"),
        x509.UniformResourceIdentifier("https://u:p@example.com/"),
    ],
)
def test_a_name_from_outside_passes_the_same_rules(name):
    with pytest.raises(Refused):
        general_names.from_x509(name)


def test_names_are_equal_by_kind_and_value():
    assert general_names.parse("dns:A.example") == GeneralName("dns", "a.example")


@settings(max_examples=300, deadline=None, database=None)
@given(st.sampled_from(["", "dns:", "ip:", "email:", "uri:", "uri:https://"]), st.text(max_size=300))
def test_any_text_gives_a_name_that_reads_back_or_one_refusal(prefix, text):
    try:
        name = general_names.parse(prefix + text)
    except Refused as refusal:
        assert str(refusal).isprintable()
    else:
        assert general_names.parse(str(name)) == name
        assert name.value.isascii()
        assert general_names.from_x509(next(iter(general_names.x509([name])))) == name

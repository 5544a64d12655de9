"""How a certification authority's certificate is trusted in each system: plain data, shown by whoever wants to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class TrustGuide:
    """The steps for one system. `commands` do the same without a mouse; they name the downloaded file."""

    system: str
    steps: tuple[str, ...]
    commands: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Files:
    stem: str
    der: str
    pem: str


COMPARE: Final = "Compare the SHA-256 fingerprint with the one the administrator gave you, by telephone or on paper."


def guides(stem: str) -> tuple[TrustGuide, ...]:
    """Return the guides. `stem` names the downloaded files `STEM.cer` (DER) and `STEM.pem`, and the entry they make."""
    file = _Files(stem, f"{stem}.cer", f"{stem}.pem")
    return tuple(guide(file) for guide in (_windows, _macos, _firefox, _chromium, _java, _openssl))


def _windows(file: _Files) -> TrustGuide:
    return TrustGuide(
        "Windows (Edge, Chrome, Outlook)",
        (
            f"Open {file.der} and choose Install Certificate.",
            "Choose Local Machine, then 'Place all certificates in the following store'.",
            "Choose Trusted Root Certification Authorities and finish.",
        ),
        (f"certutil -addstore -f Root {file.der}",),
    )


def _macos(file: _Files) -> TrustGuide:
    return TrustGuide(
        "macOS (Safari, Chrome)",
        (
            f"Open {file.der}; Keychain Access asks for a keychain: choose System.",
            "Open the certificate there, and under Trust choose Always Trust.",
        ),
        (f"sudo security add-trusted-cert -d -r trustRoot -k /Library/Keychains/System.keychain {file.der}",),
    )


def _firefox(file: _Files) -> TrustGuide:
    return TrustGuide(
        "Firefox",
        (
            "Open Settings, Privacy & Security, Certificates, View Certificates, Authorities.",
            f"Choose Import, then {file.der}, and mark 'Trust this CA to identify websites'.",
        ),
    )


def _chromium(file: _Files) -> TrustGuide:
    return TrustGuide(
        "Chromium and Chrome on Linux",
        ("Install certutil (Debian: the package libnss3-tools), run the command, and start the browser again.",),
        (
            'mkdir -p "$HOME/.pki/nssdb"',
            'certutil -L -d "sql:$HOME/.pki/nssdb" || certutil -N --empty-password -d "sql:$HOME/.pki/nssdb"',
            f'certutil -A -d "sql:$HOME/.pki/nssdb" -n {file.stem} -t C,, -i {file.der}',
        ),
    )


def _java(file: _Files) -> TrustGuide:
    return TrustGuide(
        "Java",
        ("Add the certificate to the trust store of the Java that runs the program.",),
        (f"keytool -importcert -cacerts -alias {file.stem} -file {file.der}",),
    )


def _openssl(file: _Files) -> TrustGuide:
    return TrustGuide(
        "openssl and curl",
        ("Name the PEM file in each call, or add it to the system's certificates (Debian: the last two lines).",),
        (
            f"curl --cacert {file.pem} https://HOST/",
            f"openssl s_client -verify_return_error -CAfile {file.pem} -connect HOST:443",
            f"sudo cp {file.pem} /usr/local/share/ca-certificates/{file.stem}.crt",
            "sudo update-ca-certificates",
        ),
    )

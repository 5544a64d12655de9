"""Instructions for trusting a certification authority's certificate on each system, as plain data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from dominoadmin.i18n import Text
from dominoadmin.i18n import marked as _


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
    host: str

    def says(self, *sentences: Text) -> tuple[str, ...]:
        """Return sentences that contain the file's name."""
        return tuple(sentence.format(file=self.der) for sentence in sentences)


COMPARE: Final = _("Compare the SHA-256 fingerprint with the one the administrator gave you, by telephone or on paper.")


def guides(stem: str, host: str = "HOST") -> tuple[TrustGuide, ...]:
    """Return the guides. `stem` names the downloaded files `STEM.cer` (DER) and `STEM.pem`, and their entry."""
    file = _Files(stem, f"{stem}.cer", f"{stem}.pem", host)
    return tuple(guide(file) for guide in (_windows, _macos, _firefox, _chromium, _java, _openssl))


def _windows(file: _Files) -> TrustGuide:
    return TrustGuide(
        "Windows (Edge, Chrome, Outlook)",
        file.says(
            _("Open {file} and choose Install Certificate."),
            _("Choose Local Machine, then 'Place all certificates in the following store'."),
            _("Choose Trusted Root Certification Authorities and finish."),
        ),
        (f"certutil -addstore -f Root {file.der}",),
    )


def _macos(file: _Files) -> TrustGuide:
    return TrustGuide(
        "macOS (Safari, Chrome)",
        file.says(
            _("Open {file}. When Keychain Access prompts for a keychain, choose System."),
            _("Open the certificate there, and under Trust choose Always Trust."),
        ),
        (f"sudo security add-trusted-cert -d -r trustRoot -k /Library/Keychains/System.keychain {file.der}",),
    )


def _firefox(file: _Files) -> TrustGuide:
    return TrustGuide(
        "Firefox",
        file.says(
            _("Open Settings, Privacy & Security, Certificates, View Certificates, Authorities."),
            _("Choose Import, then {file}, and select 'Trust this CA to identify websites'."),
        ),
    )


def _chromium(file: _Files) -> TrustGuide:
    return TrustGuide(
        _("Chromium and Chrome on Linux"),
        file.says(
            _("Install certutil (Debian: the package libnss3-tools), run the command, and start the browser again.")
        ),
        (
            'mkdir -p "$HOME/.pki/nssdb"',
            'certutil -L -d "sql:$HOME/.pki/nssdb" || certutil -N --empty-password -d "sql:$HOME/.pki/nssdb"',
            f'certutil -A -d "sql:$HOME/.pki/nssdb" -n {file.stem} -t C,, -i {file.der}',
        ),
    )


def _java(file: _Files) -> TrustGuide:
    return TrustGuide(
        "Java",
        file.says(_("Add the certificate to the trust store of the Java that runs the program.")),
        (f"keytool -importcert -cacerts -alias {file.stem} -file {file.der}",),
    )


def _openssl(file: _Files) -> TrustGuide:
    return TrustGuide(
        _("openssl and curl"),
        file.says(
            _("Specify the PEM file in each call, or add it to the system's certificates (Debian: the last two lines).")
        ),
        (
            f"curl --cacert {file.pem} https://{file.host}/",
            f"openssl s_client -verify_return_error -CAfile {file.pem} -connect {file.host}:443",
            f"sudo cp {file.pem} /usr/local/share/ca-certificates/{file.stem}.crt",
            "sudo update-ca-certificates",
        ),
    )

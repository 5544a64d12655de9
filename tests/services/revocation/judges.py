"""Independent programs that judge CRLs and OCSP answers. `says` is their own output, for the test to check.

ML-DSA can be read by pkilint and pyca (see tests/outside/judges.py).
"""

from __future__ import annotations

import functools
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.outside import judges


def says(*command: str | Path, cwd: Path, stdin: bytes = b"") -> str:
    """Run a program and return all its output, with its exit code in the last line."""
    done = subprocess.run(
        [str(part) for part in command], cwd=cwd, input=stdin, capture_output=True, timeout=60, check=False
    )
    return f"{(done.stdout + done.stderr).decode(errors='replace')}\nexit {done.returncode}"


def is_yes(said: str) -> bool:
    return said.endswith("\nexit 0")


def java_says(method: str, cwd: Path) -> str:
    """Ask Java's PKIX with hard-fail `crl` or `ocsp` about leaf.pem below ca.pem."""
    program = judges.java_program(judges.JAVA_SOURCE.with_name("RevocationCheck.java"))
    return says(*program, method, "ca.pem", "leaf.pem", cwd=cwd)


def lint_crl(der: bytes) -> list[str]:
    """Lint like `lint_crl lint -t CRL -p PKIX -s WARNING`."""
    return list(_crl_lint()(der))


def lint_ocsp(der: bytes) -> list[str]:
    """Lint like `lint_ocsp_response lint -s WARNING`."""
    return list(_ocsp_lint()(der))


Lint = Callable[[bytes], Iterator[str]]


@functools.cache
def _crl_lint() -> Lint:
    from pkilint import loader, pkix
    from pkilint.pkix import crl, extension, name

    container = crl.create_pkix_crl_validator_container(
        [pkix.create_attribute_decoder(name.ATTRIBUTE_TYPE_MAPPINGS), pkix.create_extension_decoder(extension.EXTENSION_MAPPINGS)],
        [
            crl.create_issuer_validator_container([]),
            crl.create_validity_validator_container([]),
            crl.create_extensions_validator_container([]),
        ],
    )
    return _finder(loader.RFC5280CertificateListDocumentLoader(), container)


@functools.cache
def _ocsp_lint() -> Lint:
    from pkilint import loader, pkix
    from pkilint.pkix import extension, name, ocsp

    container = ocsp.create_pkix_ocsp_response_validator_container(
        [
            ocsp.create_response_decoder(),
            pkix.create_attribute_decoder(name.ATTRIBUTE_TYPE_MAPPINGS),
            pkix.create_extension_decoder(extension.EXTENSION_MAPPINGS),
        ],
        [],
    )
    return _finder(loader.RFC6960OCSPResponseDocumentLoader(), container)


def _finder(loader, container) -> Lint:
    from pkilint import validation

    def findings(der: bytes) -> Iterator[str]:
        for result in container.validate(loader.load_der_document(der).root):
            for description in result.finding_descriptions:
                if description.finding.severity <= validation.ValidationFindingSeverity.WARNING:
                    yield f"{description.finding.code}: {description.message or ''} @ {result.node.path}"

    return findings

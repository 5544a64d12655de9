"""The ID files that lock certifiers."""

from __future__ import annotations

from dominoadmin.services.certifiers import locking_files
from dominoadmin.store import id_files
from tests import builders


def test_only_the_files_that_lock_a_certifier_are_named(office):
    assert locking_files.all_of(office.domain) == []
    rob = next(path for path in office.root.glob("*.id") if id_files.describe(path).name == office.rob.name)
    (office.root / "a.id").write_text("not an ID file")
    builders.certifier(office, "Other CA")
    assert locking_files.all_of(office.domain) == []
    builders.certifier(office, protection="locking-id", locking_id=id_files.describe(rob))
    assert locking_files.all_of(office.domain) == [rob.name]
    assert locking_files.of_certifier(office.domain, 2) == rob.name
    assert [locking_files.of_certifier(office.domain, number) for number in (0, 1, 3)] == ["", "", ""]
    assert locking_files.file_of(office.domain, "CN=Nobody/O=MyCompany/C=US") == ""


def test_a_name_with_a_blank_is_written_in_quotes():
    assert (locking_files.written("rob.id"), locking_files.written("rob ra.id")) == ("rob.id", '"rob ra.id"')

"""The paths of all files, and functions that write a file whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from dominoadmin.errors import Error, NotFound
from dominoadmin.i18n import marked as _

STORE_FILE: Final = "domain.db"
MAXIMUM_FILE: Final = 1 << 20
_LONGEST_NAME: Final = 64
_KEPT: Final = frozenset({"Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Mc", "Nd"})
_NO_LINKS: Final = frozenset({errno.EPERM, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP})
_RESERVED: Final = re.compile("con|prn|aux|nul|com[0-9]|lpt[0-9]")  # devices in Windows, whatever the ending


@dataclass(frozen=True)
class DataDirectory:
    """The data directory: the store, the ID files, the key rings made here, and one folder per server.

    A bare file name is a file in this directory, as in Notes; a name with a folder is used unchanged.
    """

    root: Path

    @property
    def store(self) -> Path:
        """The SQLite file."""
        return self.root / STORE_FILE

    def file(self, name: str) -> Path:
        """Return the path of a file name."""
        path = Path(name)
        with contextlib.suppress(RuntimeError):  # ~nobody/x.id
            path = path.expanduser()
        return path if path.name != name else self.root / name

    def server(self, common_name: str) -> Path:
        """Return the data directory of a server."""
        return self.root / "servers" / safe_name(common_name)


def default_root(environ: Mapping[str, str]) -> Path:
    """Return the data directory to use when none is named: $DOMINOADMIN_DATA, else the user's data directory."""
    if named := environ.get("DOMINOADMIN_DATA"):
        return Path(named)
    from platformdirs import user_data_path

    return user_data_path("dominoadmin", appauthor=False)


def safe_name(text: str) -> str:
    """Return `text` as a file name that is safe everywhere: letters and digits of any script, hyphen, underscore."""
    plain = unicodedata.normalize("NFC", text.strip().lower())
    kept = "".join(c if _is_kept(c) else "-" for c in plain).strip("-")
    short = kept.encode()[:_LONGEST_NAME].decode(errors="ignore").rstrip("-")
    return f"{short}-" if _RESERVED.fullmatch(short) else short or "unnamed"


def _is_kept(character: str) -> bool:
    # Marks are vowels in many scripts.
    return character in "-_" or unicodedata.category(character) in _KEPT


def read_limited(path: Path, what: str, limit: int = MAXIMUM_FILE) -> bytes:
    """Read a small file.

    Raises:
        NotFound: there is no such file.
        Error: it cannot be read, or is larger than `limit` bytes.

    """
    try:
        with path.open("rb") as file:
            data = file.read(limit + 1)
    except FileNotFoundError:
        raise NotFound(_("{what} {path} does not exist.", what=what, path=path), _("Check the file name.")) from None
    except OSError as error:
        raise Error(_("{what} {path} cannot be read: {reason}.", what=what, path=path, reason=reason(error))) from None
    if len(data) > limit:
        raise Error(
            _(
                "{what} {path} is too large: more than {limit} KB.",
                what=what,
                path=path,
                limit=limit // 1024,
            ),
            _("Choose another file."),
        )
    return data


def write_whole(path: Path, data: bytes, *, replace: bool = True) -> None:
    """Write a file, mode 0600; after a crash it exists whole or not at all.

    Raises:
        Error: the file exists and `replace` is false, or it cannot be written.

    """
    _write(path, [data], 0o600, replace=replace)


def write_public(path: Path, pieces: Iterable[bytes]) -> None:
    """Write or replace a file that everybody may read (0644); after a crash it exists whole or not at all.

    Raises:
        Error: it cannot be written.

    """
    _write(path, pieces, 0o644, replace=True)


def write_pieces(path: Path, pieces: Iterable[bytes]) -> None:
    """Write or replace a file that only its owner may read (0600); after a crash it exists whole or not at all.

    Raises:
        Error: it cannot be written.

    """
    _write(path, pieces, 0o600, replace=True)


def _write(path: Path, pieces: Iterable[bytes], mode: int, *, replace: bool) -> None:
    import secrets  # with OpenSSL's hashes, 15 ms

    temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}.new")
    try:
        try:
            _write_synced(temporary, pieces, mode)
            if replace:
                temporary.replace(path)
            else:
                _place_new(temporary, path)
            sync_folder(path.parent)
        except BaseException:
            with contextlib.suppress(OSError):
                temporary.unlink()
            raise
    except FileExistsError:
        raise Error(
            _("{path} already exists.", path=path), _("Choose another name, or move the existing file.")
        ) from None
    except OSError as error:
        raise Error(_("{path} cannot be written: {reason}.", path=path, reason=reason(error)), _hint(error)) from None


def _place_new(temporary: Path, path: Path) -> None:
    """Give a written file its name, if the name is free."""
    try:
        os.link(temporary, path)
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        # USB sticks have no links: the name is taken first. A crash at this point would leave an empty file.
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        temporary.replace(path)
    else:
        temporary.unlink()


def make_private_folder(path: Path) -> None:
    """Create a folder that only its owner can enter (0700), and its missing parents.

    Raises:
        Error: it cannot be created.

    """
    try:
        for folder in (*reversed(path.parents), path):  # `parents=True` uses the mode only for the last one
            if not folder.exists():
                folder.mkdir(mode=0o700, exist_ok=True)
        path.mkdir(exist_ok=True)  # a file is refused
        path.chmod(0o700)
    except OSError as error:
        raise Error(
            _("The folder {folder} cannot be created: {reason}.", folder=path, reason=reason(error)), _hint(error)
        ) from None


def sync_folder(path: Path) -> None:
    """Make a rename in `path` durable."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def reason(error: OSError) -> str:
    """Return why an operation on a file failed, without the file's name."""
    return (error.strerror or type(error).__name__).lower()


def _write_synced(path: Path, pieces: Iterable[bytes], mode: int) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.writelines(pieces)
        os.fchmod(file.fileno(), mode)  # regardless of the umask
        file.flush()
        os.fsync(file.fileno())


def _hint(error: OSError) -> str:
    match error.errno:
        case errno.ENOSPC | errno.EDQUOT | errno.EFBIG:
            return _("Free up disk space and try again; nothing was changed.")
        case errno.EROFS | errno.EACCES | errno.EPERM:
            return _("Choose a folder that you can write to.")
        case _:
            return ""

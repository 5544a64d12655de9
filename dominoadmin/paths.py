"""The paths of all files, and functions that write a file whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from dominoadmin.errors import Error, NotFound
from dominoadmin.i18n import marked as _

STORE_FILE: Final = "domain.db"
SERVERS: Final = "servers"
MAXIMUM_FILE: Final = 1 << 20
_LONGEST_NAME: Final = 64
_LONGEST_START: Final = 200  # octets of 255, so that a long name leaves room for what is put around it
_TEMPORARY: Final = re.compile(r"\..+\.[0-9a-f]{16}\.new", re.DOTALL)
_PENDING: Final = re.compile(r"\..+\.[0-9a-f]{16}\.pending", re.DOTALL)
_swept: Final[set[Path]] = set()
_Open = Callable[[Path], BinaryIO]
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
        path = _expanded(name)
        return path if path.name != name else self.root / name

    def server(self, common_name: str) -> Path:
        """Return the data directory of a server."""
        return self.root / SERVERS / safe_name(common_name)


def typed(text: str) -> Path:
    """Return the path that somebody has typed; `~` is their home folder.

    Raises:
        Error: nothing was typed, or a character that no file name can have.

    """
    if not text.strip():
        raise Error(_("The file name is empty."), _("Specify a file or a folder."))
    if "\0" in text:
        raise Error(_("The file name {path} contains a null character.", path=text), _("Check the file name."))
    return _expanded(text)


def _expanded(text: str) -> Path:
    path = Path(text)
    with contextlib.suppress(RuntimeError):  # ~nobody/x.id is a name like any other
        path = path.expanduser()
    return path


def default_root(environ: Mapping[str, str]) -> Path:
    """Return the data directory to use when none is named: $DOMINOADMIN_DATA, else the user's data directory."""
    if named := environ.get("DOMINOADMIN_DATA"):
        return Path(named)
    from platformdirs import user_data_path

    return user_data_path("dominoadmin", appauthor=False)


def safe_name(text: str, also: str = "") -> str:
    """Return a file name that is safe everywhere: letters and digits of any script, hyphen, underscore, and `also`."""
    plain = unicodedata.normalize("NFC", text.strip().lower())
    kept = "".join(c if _is_kept(c) or c in also else "-" for c in plain).strip(f"-{also}")
    short = kept.encode()[:_LONGEST_NAME].decode(errors="ignore").rstrip(f"-{also}")
    first, dot, rest = short.partition(".")
    return f"{first}-{dot}{rest}" if _RESERVED.fullmatch(first) else short or "unnamed"


def _is_kept(character: str) -> bool:
    # Marks are vowels in many scripts.
    return character in "-_" or unicodedata.category(character) in _KEPT


def read_limited(path: Path, what: str, limit: int = MAXIMUM_FILE, by: _Open = lambda path: path.open("rb")) -> bytes:
    """Read a small file, which `by` opens.

    Raises:
        NotFound: there is no such file.
        Error: it cannot be read, or is larger than `limit` bytes.

    """
    try:
        with by(path) as file:
            data = file.read(limit + 1)
    except FileNotFoundError:
        raise NotFound(_("{what} {path} does not exist.", what=what, path=path), _("Check the file name.")) from None
    except (OSError, ValueError) as error:
        raise Error(
            _("{what} {path} cannot be read: {reason}.", what=what, path=path, reason=reason(error)),
            _hint_to_read(error),
        ) from None
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


def check_name(path: Path) -> None:
    """Check that a file can have this name, before anything is done that needs it.

    Raises:
        Error: it is too long, or one that no file can have.

    """
    try:
        path.lstat()
    except FileNotFoundError:
        pass
    except (OSError, ValueError) as error:
        raise Error(_("{path} cannot be written: {reason}.", path=path, reason=reason(error)), _hint(error)) from None


def write_whole(path: Path, data: bytes, *, replace: bool = True) -> None:
    """Write a file, mode 0600; after a crash it exists whole or not at all.

    Raises:
        Error: the file exists and `replace` is false, or it cannot be written.

    """
    _write(path, [data], 0o600, replace=replace)


def write_public(path: Path, pieces: Iterable[bytes], *, replace: bool = True) -> None:
    """Write a file that everybody may read (0644); after a crash it exists whole or not at all.

    Raises:
        Error: the file exists and `replace` is false, or it cannot be written.

    """
    _write(path, pieces, 0o644, replace=replace)


def write_pieces(path: Path, pieces: Iterable[bytes]) -> None:
    """Write or replace a file that only its owner may read (0600); after a crash it exists whole or not at all.

    Raises:
        Error: it cannot be written.

    """
    _write(path, pieces, 0o600, replace=True)


@dataclass
class PendingFile:
    """A file (0600) that is whole and on the disk, but has another name than its own until it is placed.

    Its lock says that its writer is alive.
    """

    path: Path
    _file: BinaryIO

    def place(self, target: Path) -> None:
        """Give it its own name, in the same folder; also after a kill in the middle of that.

        Raises:
            Error: another file has that name, or it cannot be renamed; it stays as it is.

        """
        try:
            if not target.exists():
                _place_new(self.path, target)
            elif target.samefile(self.path):
                self.path.unlink()
            elif not target.stat().st_size:  # the name was taken where there are no links
                self.path.replace(target)
            else:
                raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST))
            sync_folder(target.parent)
        except (OSError, ValueError) as error:
            raise Error(
                _("{path} cannot be put in place: {reason}.", path=target, reason=reason(error)),
                _("Remove what is in the way, then start the program again. It puts the file in place."),
            ) from None
        self._file.close()

    def discard(self) -> None:
        """Remove it."""
        with contextlib.suppress(OSError):
            self.path.unlink()
        self._file.close()

    def leave(self) -> None:
        """Leave it to the next start of the program."""
        self._file.close()


def write_pending(path: Path, data: bytes) -> PendingFile:
    """Write a new file that gets its name when it is placed: what a kill has left is found by `pending_files`.

    Raises:
        Error: a file of that name exists, or it cannot be written.

    """
    check_name(path)
    _sweep_once(path.parent.absolute())
    try:
        if os.path.lexists(path):
            raise FileExistsError
        temporary, file = _reserve(path, 0o600, "pending")
        try:
            _write_synced(file, [data], 0o600)
            sync_folder(path.parent)  # a record may name it from now on
        except BaseException:
            PendingFile(temporary, file).discard()
            raise
    except OSError as error:
        raise _not_written(path, error) from None
    return PendingFile(temporary, file)


def pending_files(folder: Path) -> list[PendingFile]:
    """Return the pending files in a folder whose writers have died, locked for the caller."""
    found: list[PendingFile] = []
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if _PENDING.fullmatch(entry.name) and entry.is_file(follow_symlinks=False):
                with contextlib.suppress(OSError):  # its writer is alive, or it is somebody else's
                    found.append(PendingFile(Path(entry.path), _locked(Path(entry.path))))
    return found


def _locked(path: Path) -> BinaryIO:
    """Open a file that has no living writer. Another process may remove or place it, so it may have gone."""
    file = os.fdopen(os.open(path, os.O_WRONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "wb")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        raise
    return file


def _write(path: Path, pieces: Iterable[bytes], mode: int, *, replace: bool) -> None:
    check_name(path)  # a `ValueError` later on is a bug
    _sweep_once(path.parent.absolute())
    try:
        temporary, file = _reserve(path, mode, "new")
        try:
            with file:  # its lock is held until the file has its name
                _write_synced(file, pieces, mode)
                if replace:
                    temporary.replace(path)
                else:
                    _place_new(temporary, path)
            sync_folder(path.parent)
        except BaseException:
            with contextlib.suppress(OSError):
                temporary.unlink()
            raise
    except OSError as error:
        raise _not_written(path, error) from None


def _not_written(path: Path, error: OSError) -> Error:
    if isinstance(error, FileExistsError):
        return Error(_("{path} already exists.", path=path), _("Choose another name, or move the existing file."))
    return Error(_("{path} cannot be written: {reason}.", path=path, reason=reason(error)), _hint(error))


def _reserve(path: Path, mode: int, ending: str) -> tuple[Path, BinaryIO]:
    """Open a file for what will be `path`; its lock says that its writer is alive, until the system takes it back."""
    import secrets  # with OpenSSL's hashes, 15 ms

    start = os.fsencode(path.name)[:_LONGEST_START].decode(errors="ignore")
    while True:
        temporary = path.with_name(f".{start}.{secrets.token_hex(8)}.{ending}")
        file = os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb")
        with contextlib.suppress(OSError):  # where there are no locks, nothing is swept
            fcntl.flock(file, fcntl.LOCK_EX)
        if temporary.exists():
            return temporary, file
        file.close()  # it was swept before it was locked


def _sweep_once(folder: Path) -> None:
    """Remove what killed processes have left half written; once for each folder, as it may have many files."""
    if folder in _swept:
        return
    _swept.add(folder)
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if _TEMPORARY.fullmatch(entry.name) and entry.is_file(follow_symlinks=False):
                with contextlib.suppress(OSError):  # it is being written, or somebody else's
                    _remove_unlocked(Path(entry.path))


def _remove_unlocked(path: Path) -> None:
    with _locked(path):
        path.unlink()


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
    except (OSError, ValueError) as error:
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


def reason(error: OSError | ValueError) -> str:
    """Return why an operation on a file failed, without the file's name. A `ValueError` is of a null in the name."""
    return (getattr(error, "strerror", None) or str(error) or type(error).__name__).lower()


def _write_synced(file: BinaryIO, pieces: Iterable[bytes], mode: int) -> None:
    file.writelines(pieces)
    os.fchmod(file.fileno(), mode)  # regardless of the umask
    file.flush()
    os.fsync(file.fileno())


def _hint_to_read(error: OSError | ValueError) -> str:
    match getattr(error, "errno", None):
        case errno.EISDIR:
            return _("Specify a file, not a folder.")
        case errno.EACCES | errno.EPERM:
            return _("Check who can read the file.")
        case _:
            return _("Check the file name.")


def _hint(error: OSError | ValueError) -> str:
    match getattr(error, "errno", None):
        case errno.ENOSPC | errno.EDQUOT | errno.EFBIG:
            return _("Free up disk space and try again; nothing was changed.")
        case errno.EROFS | errno.EACCES | errno.EPERM:
            return _("Choose a folder that you can write to.")
        case errno.ENOENT:
            return _("Create the folder, or choose another one.")
        case _:
            return _("Choose another name.")

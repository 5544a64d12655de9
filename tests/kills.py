"""Kills a process at every step in which it writes: before and after each fsync, link, rename, removal and commit.

Each try works on its own copy of a data directory. It runs in a program of its own that forks: the keys are opened once.
"""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path

PROGRAM = textwrap.dedent(
    """
    import os, shutil, signal, sys
    from contextlib import contextmanager
    from pathlib import Path
    from dominoadmin import application
    from dominoadmin.services.domain import Actor
    from dominoadmin.services.identities import identifying
    from dominoadmin.store.database import Store
    from tests.conftest import ADMIN_PASSWORD, NO_KEYCHAIN, copy_data

    template, folder = Path(sys.argv[1]), Path(sys.argv[2])
    domain = application.open_domain(template, NO_KEYCHAIN)
    opened = identifying.open_id(domain, template / sys.argv[3], ADMIN_PASSWORD)
    domain.store.close()
    steps, last, names = 0, 0, []

    def step(name):
        global steps
        steps += 1
        names.append(name)
        if steps == last:
            os.write(1, f"{last} {name}\\n".encode())
            os.kill(os.getpid(), signal.SIGKILL)

    def watch(place, name):
        real = getattr(place, name)

        def watched(*given, **named):
            step(f"before {name}")
            result = real(*given, **named)
            step(f"after {name}")
            return result

        setattr(place, name, watched)

    @contextmanager
    def transaction(store, real=Store.transaction):
        with real(store) as db:
            yield db
            step("before commit")
        step("after commit")

    def act(domain):
        ACT

    def child(root):
        domain = application.open_domain(root, NO_KEYCHAIN)
        for name in ("fsync", "link", "replace", "rename", "unlink"):
            watch(os, name)
        Store.transaction = transaction
        act(domain)
        os._exit(0)

    while True:
        last += 1
        root = folder / str(last)
        copy_data(template, root)
        root.chmod(0o700)
        if (process := os.fork()) == 0:
            try:
                child(root)
            finally:
                os._exit(1)
        status = os.waitpid(process, 0)[1]
        if os.WIFEXITED(status):
            sys.exit(os.WEXITSTATUS(status))
    """
)


def killed(template: Path, folder: Path, id_file: str, act: str) -> dict[Path, str]:
    """Return the data directories of all tries with the step at which each was killed; the last one was not killed.

    `act` is Python that uses `domain`, and `opened`, the ID in `id_file` of the template.
    """
    program = PROGRAM.replace("ACT", textwrap.indent(textwrap.dedent(act), " " * 4).strip())
    command = [sys.executable, "-c", program, str(template), str(folder), id_file]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    found = dict(line.split(" ", 1) for line in done.stdout.splitlines())
    return {folder / number: found.get(number, "not killed") for number in sorted((path.name for path in folder.iterdir() if path.name.isdigit()), key=int)}

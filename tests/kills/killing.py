"""Kills a process at every step in which it writes: before and after each fsync, link, rename, removal and commit.

Each try works on its own copy of a data directory. It runs in a program of its own that forks: the keys are opened once.
"""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path

STEPS = textwrap.dedent(
    """
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

    def watch_steps():
        for name in ("fsync", "link", "replace", "rename", "unlink"):
            watch(os, name)
        Store.transaction = transaction
    """
).strip()
PROGRAM = textwrap.dedent(
    """
    import os, signal, sys
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
    STEPS

    def act(domain):
        ACT

    def child(root):
        domain = application.open_domain(root, NO_KEYCHAIN)
        watch_steps()
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
RANDOM = textwrap.dedent(
    """
    import os, random, shutil, signal, sys, time
    from contextlib import contextmanager
    from pathlib import Path
    from dominoadmin import application, paths
    from dominoadmin.services.identities import identifying
    from dominoadmin.store.database import Store
    from tests.kills import acts
    from tests.conftest import ADMIN_PASSWORD, NO_KEYCHAIN, SERVER_PASSWORD, copy_data

    folder, tries, chance = Path(sys.argv[1]), int(sys.argv[2]), random.Random(sys.argv[3])
    template, published = folder / "template" / "data", folder / "published"
    ids = {}
    if template.exists():
        domain = application.open_domain(template, NO_KEYCHAIN)
        files = {"ann": ("ann-admin.id", ADMIN_PASSWORD), "server": ("server.id", SERVER_PASSWORD),
                 "certifier": ("cert.id", ADMIN_PASSWORD)}
        ids = {name: identifying.open_id(domain, template / file, password) for name, (file, password) in files.items()}
        ids["rob"] = ids["ann"]  # no act needs Rob
        domain.store.close()
    STEPS

    def child(root):
        paths._swept.clear()
        if not ids:
            watch_steps()
            acts.set_up(root)
            return
        office = acts.opened(root, ids)
        watch_steps()
        acts.ACTS[sys.argv[4]].do(office)

    def run(number, kill_after=None):
        root = folder / str(number) / "data"
        root.parent.mkdir()
        if ids:
            copy_data(template, root)
            if published.exists():
                shutil.copytree(published, folder / "before")
        began = time.monotonic()
        if (process := os.fork()) == 0:
            try:
                child(root)
                os.write(counted, str(steps).encode())
                os._exit(0)
            finally:
                os._exit(1)
        if kill_after is not None:
            time.sleep(kill_after)
            os.kill(process, signal.SIGKILL)
        status = os.waitpid(process, 0)[1]
        if os.WIFEXITED(status) and os.WEXITSTATUS(status):
            sys.exit(os.WEXITSTATUS(status))
        if published.exists():
            published.rename(root.parent / "published")
            (folder / "before").rename(published)
        return time.monotonic() - began

    read, counted = os.pipe()
    duration = run(0)
    number_of_steps = int(os.read(read, 20))
    for number in range(1, tries + 1):
        if number % 2:
            last, moment = chance.randint(1, number_of_steps), None
        else:
            last, moment = 0, chance.uniform(0, duration)
        os.write(1, f"{number} step {last} of {number_of_steps}, after {moment} s of {duration:.2f}\\n".encode())
        run(number, moment)
    """
).replace("STEPS\n", STEPS + "\n")
PROGRAM = PROGRAM.replace("STEPS\n", STEPS + "\n")


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


def killed_at_random(folder: Path, act: str, tries: int, seed: str) -> dict[Path, str]:
    """Return data directories in which an act of `tests.acts` was killed, with the moment: a random step, or any time.

    `folder` has the store of the first try in `template/data`; without one, a domain is set up.
    """
    command = [sys.executable, "-c", RANDOM, str(folder), str(tries), f"{seed} {act}", act]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60 + 10 * tries)
    assert done.returncode == 0, done.stdout + done.stderr
    moments = dict(line.split(" ", 1) for line in done.stdout.splitlines() if " step " in line)
    return {folder / number / "data": moment for number, moment in moments.items()}

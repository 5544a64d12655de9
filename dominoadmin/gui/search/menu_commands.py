"""The commands of the menu bar, for the search: whatever a menu shows can be found."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget

from dominoadmin.gui.menus import Menus
from dominoadmin.i18n import text as _
from dominoadmin.viewmodels.search.rows import WindowCommand


def in_menus(menus: Menus) -> dict[str, tuple[WindowCommand, QAction]]:
    """Return all commands of the menus by their names, in the order of the menus, as they are switched now."""
    menus.switch()
    bar = menus.parent()
    assert isinstance(bar, QWidget)
    return {found.name: (found, action) for found, action in _below(bar, ())}


def _below(holder: QWidget, path: tuple[str, ...]) -> Iterator[tuple[WindowCommand, QAction]]:
    """Yield the commands of a menu, then those of the menus below it. Their own actions have no command."""
    below = [child for child in holder.children() if isinstance(child, QMenu) and child.title()]
    titles = {menu.title() for menu in below}
    for action in holder.actions():
        if path and action.text() and action.text() not in titles and action.isVisible():
            yield _command(action, path), action
    for menu in below:
        yield from _below(menu, (*path, _plain(menu.title())))


def _command(action: QAction, path: tuple[str, ...]) -> WindowCommand:
    text = _plain(action.text())
    why_off = "" if action.isEnabled() else action.toolTip()
    return WindowCommand(
        name="\n".join((*path, text)),
        text=text,
        path=path,
        keys=action.shortcut().toString(action.shortcut().SequenceFormat.NativeText),
        why_off=_("This command cannot be used now.") if why_off == text else why_off,
    )


def _plain(text: str) -> str:
    """Return the label of a menu or action without its mnemonic."""
    return text.replace("&&", "\0").replace("&", "").replace("\0", "&")

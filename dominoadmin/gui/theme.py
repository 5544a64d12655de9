"""Colours and pictures: light, dark or as the system has it; icons are tinted from the palette."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QByteArray, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QGuiApplication, QIcon, QPainter, QPainterPath, QPalette, QPen, QPixmap
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QApplication

from dominoadmin.resources import resource

SYSTEM, LIGHT, DARK = "system", "light", "dark"

# Okabe and Ito's colours, told apart by people who see fewer of them; the shape says it once more.
_BADGES: Final = {"ok": "#009E73", "wait": "#E69F00", "bad": "#D55E00"}
_SIZE: Final = 16
_ROOMY: Final = "QTreeView::item { padding: 2px 0; }"
_applied: list[str] = []  # what was asked for until now, beside the system's own
_icons: dict[tuple[str, str], QIcon] = {}
_badges: dict[str, QIcon] = {}

_DARK: Final = {
    QPalette.ColorRole.Window: "#2b2d30",
    QPalette.ColorRole.WindowText: "#e6e6e6",
    QPalette.ColorRole.Base: "#1e1f22",
    QPalette.ColorRole.AlternateBase: "#26282b",
    QPalette.ColorRole.Text: "#e6e6e6",
    QPalette.ColorRole.Button: "#3a3d41",
    QPalette.ColorRole.ButtonText: "#e6e6e6",
    QPalette.ColorRole.BrightText: "#ffffff",
    QPalette.ColorRole.ToolTipBase: "#3a3d41",
    QPalette.ColorRole.ToolTipText: "#e6e6e6",
    QPalette.ColorRole.PlaceholderText: "#a8adb3",
    QPalette.ColorRole.Link: "#7ab7ff",
    QPalette.ColorRole.LinkVisited: "#c9a3ff",
    QPalette.ColorRole.Highlight: "#2f65ca",
    QPalette.ColorRole.HighlightedText: "#ffffff",
    QPalette.ColorRole.Light: "#4b4f54",
    QPalette.ColorRole.Midlight: "#43464b",
    QPalette.ColorRole.Mid: "#1b1c1e",
    QPalette.ColorRole.Dark: "#17181a",
    QPalette.ColorRole.Shadow: "#000000",
}
_DISABLED: Final = (QPalette.ColorRole.WindowText, QPalette.ColorRole.Text, QPalette.ColorRole.ButtonText)


def apply(scheme: str) -> None:
    """Use a colour scheme: `system`, `light` or `dark`."""
    application = QApplication.instance()
    assert isinstance(application, QApplication)
    if scheme != SYSTEM or _applied:  # at the start there is nothing to take back
        _colour(application, scheme)
        _applied.append(scheme)
    application.setStyleSheet(_ROOMY)


def _colour(application: QApplication, scheme: str) -> None:
    schemes = {LIGHT: Qt.ColorScheme.Light, DARK: Qt.ColorScheme.Dark}
    QGuiApplication.styleHints().setColorScheme(schemes.get(scheme, Qt.ColorScheme.Unknown))
    # Offscreen and on a bare X server Qt does not know colour schemes: then the palette is ours.
    unknown = QGuiApplication.styleHints().colorScheme() == Qt.ColorScheme.Unknown
    palette = _dark_palette() if scheme == DARK else application.style().standardPalette()
    application.setStyleSheet("")
    application.setPalette(palette if unknown else QPalette())
    for widget in application.allWidgets():  # those that are shown already do not follow by themselves
        widget.setPalette(application.palette(widget) if unknown else QPalette())
    _icons.clear()


def is_dark() -> bool:
    """Say whether text is lighter than what it stands on."""
    palette = QGuiApplication.palette()
    return palette.windowText().color().lightness() > palette.window().color().lightness()


def icon(name: str) -> QIcon:
    """Return an icon of resources/icons in the colour of the text."""
    colour = QGuiApplication.palette().buttonText().color().name()
    if (name, colour) not in _icons:
        svg = resource(f"icons/{name}.svg").read_bytes().replace(b"currentColor", colour.encode())
        _icons[name, colour] = _painted(svg)
    return _icons[name, colour]


def badge(kind: str) -> QIcon | None:
    """Return the shape of a state: a tick, a clock's circle, a cross."""
    if kind not in _BADGES:
        return None
    if kind not in _badges:
        pixmap = QPixmap(_SIZE * 2, _SIZE * 2)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.scale(2, 2)
        _draw_badge(painter, kind)
        painter.end()
        _badges[kind] = QIcon(pixmap)
    return _badges[kind]


def _draw_badge(painter: QPainter, kind: str) -> None:
    painter.setBrush(QColor(_BADGES[kind]))
    painter.setPen(Qt.PenStyle.NoPen)
    box = QRectF(1, 1, 14, 14)
    if kind == "bad":
        painter.drawRoundedRect(box, 3, 3)
    else:
        painter.drawEllipse(box)
    painter.setPen(QPen(Qt.GlobalColor.white, 2, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    lines = {
        "ok": ((4.5, 8.5), (7, 11), (11.5, 5.5)),
        "wait": ((8, 4.5), (8, 8.5), (10.5, 10)),
        "bad": ((5, 5), (11, 11)),
    }[kind]
    path = QPainterPath(QPointF(*lines[0]))
    for point in lines[1:]:
        path.lineTo(QPointF(*point))
    painter.drawPath(path)
    if kind == "bad":
        painter.drawLine(QPointF(11, 5), QPointF(5, 11))


def _painted(svg: bytes) -> QIcon:
    renderer = QSvgRenderer(QByteArray(svg))
    found = QIcon()
    for scale in (1, 2, 3):
        pixmap = QPixmap(QSize(_SIZE, _SIZE) * scale)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        renderer.render(painter)
        painter.end()
        found.addPixmap(pixmap)
    return found


def _dark_palette() -> QPalette:
    palette = QPalette()
    for role, colour in _DARK.items():
        palette.setColor(role, QColor(colour))
    for role in _DISABLED:
        palette.setColor(QPalette.ColorGroup.Disabled, role, QColor("#8a8f96"))
    return palette

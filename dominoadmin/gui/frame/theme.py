"""Colors and pictures: light, dark or the system's scheme; icons are tinted from the palette."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QByteArray, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QGuiApplication, QIcon, QPainter, QPainterPath, QPalette, QPen, QPixmap
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QApplication

from dominoadmin.resources import resource
from dominoadmin.viewmodels.badges import Badge

SYSTEM, LIGHT, DARK = "system", "light", "dark"

# Okabe and Ito's colors, which color-blind people can distinguish; the shape has the same meaning.
_BADGES: Final[dict[str, str]] = {
    Badge.OK: "#009E73",
    Badge.WAIT: "#E69F00",
    Badge.BAD: "#D55E00",
    Badge.ALTERED: "#D55E00",
}
_SIZE: Final = 16
_ROOMY: Final = "QTreeView::item { padding: 2px 0; }"
_applied: list[str] = []  # the scheme chosen until now, other than the system's
_style: list[str] = []  # the name of the style
_strong: list[str] = []  # the colors for which the frames were made
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
_FRAMED: Final = (
    "QCheckBox", "QRadioButton", "QGroupBox", "QLineEdit", "QAbstractSpinBox", "QComboBox", "QPlainTextEdit",
    "QListWidget", "QTableWidget", "QPushButton",
)  # fmt: skip
"""The colors that Fusion derives from the window's for frames."""
_FRAME_CONTRASTS: Final = (3.2, 4.0)  # on light, on dark; WCAG 2.2, 1.4.11 requires 3, and the edges are softened
_KNEE: Final = 0.04045  # where sRGB changes from linear to a curve
_LEAST_OFF, _OFF_CONTRAST = 2.5, 3.0
_DARKER, _LIGHTER = 1.4, 1.1  # Fusion's factors on the window's color for a frame, and again for a check box


def apply(scheme: str) -> None:
    """Use a color scheme: `system`, `light` or `dark`."""
    application = QApplication.instance()
    assert isinstance(application, QApplication)
    if scheme != SYSTEM or _applied:  # at the start there is nothing to reset
        _colour(application, scheme)
        _applied.append(scheme)
    else:
        follow()
    application.setStyleSheet(_ROOMY)


def follow() -> None:
    """Strengthen what is too faint in the palette: the frames of editors and boxes, and disabled widgets.

    Call again when the system changes its colors. This affects only Fusion: other styles draw like their system.
    """
    application = QApplication.instance()
    assert isinstance(application, QApplication)
    if application.style().name():  # a style sheet hides the name
        _style[:] = [application.style().name()]
    palette = QPalette(application.palette())
    colours = (palette.window().color().name(), palette.windowText().color().name())
    if _style != ["fusion"] or tuple(_strong) == colours:
        return
    _strong[:] = colours
    if _contrast(_colour_of(palette, QPalette.ColorGroup.Disabled), palette.window().color()) < _LEAST_OFF:
        faint = _mixed(palette, _OFF_CONTRAST)
        for role in _DISABLED:
            palette.setColor(QPalette.ColorGroup.Disabled, role, faint)
        application.setPalette(palette)
    frame = _mixed(palette, _FRAME_CONTRASTS[is_dark()])
    factor = _DARKER if is_dark() else _DARKER / _LIGHTER
    palette.setColor(QPalette.ColorRole.Window, QColor(*(min(255, int(part * factor)) for part in _parts(frame))))
    for kind in _FRAMED:
        application.setPalette(palette, kind)  # type: ignore[arg-type] # takes only str, despite its stubs


def _colour_of(palette: QPalette, group: QPalette.ColorGroup) -> QColor:
    return palette.color(group, QPalette.ColorRole.WindowText)


def _mixed(palette: QPalette, contrast: float) -> QColor:
    """Return the color nearest to the window's with at least this contrast to it."""
    window, text = palette.window().color(), palette.windowText().color()
    for step in range(1, 101):
        parts = zip(_parts(window), _parts(text), strict=True)
        colour = QColor(*(back + (front - back) * step // 100 for back, front in parts))
        if _contrast(colour, window) >= contrast:
            return colour
    return text


def _parts(colour: QColor) -> tuple[int, int, int]:
    return colour.red(), colour.green(), colour.blue()


def _contrast(one: QColor, other: QColor) -> float:
    """Return the contrast ratio of WCAG 2, from 1 to 21."""
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: QColor) -> float:
    red, green, blue = (
        part / 12.92 if part <= _KNEE else ((part + 0.055) / 1.055) ** 2.4
        for part in (colour.redF(), colour.greenF(), colour.blueF())
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _colour(application: QApplication, scheme: str) -> None:
    schemes = {LIGHT: Qt.ColorScheme.Light, DARK: Qt.ColorScheme.Dark}
    QGuiApplication.styleHints().setColorScheme(schemes.get(scheme, Qt.ColorScheme.Unknown))
    # Offscreen and on a bare X server Qt has no color schemes: then the palette is ours.
    unknown = QGuiApplication.styleHints().colorScheme() == Qt.ColorScheme.Unknown
    palette = _dark_palette() if scheme == DARK else application.style().standardPalette()
    application.setStyleSheet("")
    application.setPalette(palette if unknown else QPalette())
    _strong.clear()  # the palette has reset it
    follow()
    for widget in application.allWidgets():  # visible widgets do not follow automatically
        widget.setPalette(application.palette(widget) if unknown else QPalette())
    _icons.clear()


def is_dark() -> bool:
    """Return whether text is lighter than its background."""
    palette = QGuiApplication.palette()
    return palette.windowText().color().lightness() > palette.window().color().lightness()


def icon(name: str) -> QIcon:
    """Return an icon of resources/icons in the color of the text."""
    colour = QGuiApplication.palette().buttonText().color().name()
    if (name, colour) not in _icons:
        svg = resource(f"icons/{name}.svg").read_bytes().replace(b"currentColor", colour.encode())
        _icons[name, colour] = _painted(svg)
    return _icons[name, colour]


def badge(kind: str) -> QIcon | None:
    """Return the shape of a state: a tick, a clock's circle, a cross, a triangle with an exclamation mark."""
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
    if kind == Badge.BAD:
        painter.drawRoundedRect(box, 3, 3)
    elif kind == Badge.ALTERED:
        painter.drawPolygon([QPointF(8, 0.5), QPointF(15.5, 15), QPointF(0.5, 15)])
    else:
        painter.drawEllipse(box)
    line = Qt.GlobalColor.black if kind == Badge.WAIT else Qt.GlobalColor.white  # white on orange is hard to see
    painter.setPen(QPen(line, 2, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    lines: dict[str, tuple[tuple[float, float], ...]] = {
        Badge.OK: ((4.5, 8.5), (7, 11), (11.5, 5.5)),
        Badge.WAIT: ((8, 4.5), (8, 8.5), (10.5, 10)),
        Badge.BAD: ((5, 5), (11, 11)),
        Badge.ALTERED: ((8, 5.5), (8, 9.5)),
    }
    first, *others = lines[kind]
    path = QPainterPath(QPointF(*first))
    for point in others:
        path.lineTo(QPointF(*point))
    painter.drawPath(path)
    if kind == Badge.BAD:
        painter.drawLine(QPointF(11, 5), QPointF(5, 11))
    elif kind == Badge.ALTERED:
        painter.drawPoint(QPointF(8, 12.7))


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

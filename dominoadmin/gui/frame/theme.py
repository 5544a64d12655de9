"""Colors and pictures: three palettes, chosen or as the system asks for; icons are tinted from the palette."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QByteArray, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QGuiApplication, QIcon, QPainter, QPainterPath, QPalette, QPen, QPixmap
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QApplication, QWidget

from dominoadmin.resources import resource
from dominoadmin.viewmodels.badges import Badge

SYSTEM, LIGHT, DARK, CONTRAST = "system", "light", "dark", "contrast"

# Okabe and Ito's colors, which color-blind people can distinguish; the shape has the same meaning.
_BADGES: Final[dict[str, str]] = {
    Badge.OK: "#009E73",
    Badge.WAIT: "#E69F00",
    Badge.BAD: "#D55E00",
    Badge.ALTERED: "#D55E00",
}
_SIZE: Final = 16
_SIDES: Final = (16, 32, 48)  # pixels of an icon: in rows, in the tool bar, and both at 200 %
# Rows of trees with some air; and no colored pictures on OK and Cancel, which many desktops ask for.
_SHEET: Final = "QTreeView::item { padding: 2px 0; } QDialogButtonBox { dialogbuttonbox-buttons-have-icons: 0; }"
_applied: list[str] = []  # the scheme chosen until now, other than the system's
_style: list[str] = []  # the name of the style
_strong: list[str] = []  # the colors for which the frames were made
_icons: dict[tuple[str, str], QIcon] = {}
_badges: dict[str, QIcon] = {}

_LIGHT: Final = {
    QPalette.ColorRole.Window: "#f2f4f7",
    QPalette.ColorRole.WindowText: "#1a222e",
    QPalette.ColorRole.Base: "#ffffff",
    QPalette.ColorRole.AlternateBase: "#f6f8fa",
    QPalette.ColorRole.Text: "#1a222e",
    QPalette.ColorRole.Button: "#fbfcfd",
    QPalette.ColorRole.ButtonText: "#1a222e",
    QPalette.ColorRole.BrightText: "#ffffff",
    QPalette.ColorRole.ToolTipBase: "#ffffff",
    QPalette.ColorRole.ToolTipText: "#1a222e",
    QPalette.ColorRole.PlaceholderText: "#5c6675",
    QPalette.ColorRole.Link: "#1d59c4",
    QPalette.ColorRole.LinkVisited: "#6b3fb5",
    QPalette.ColorRole.Highlight: "#1d5fd0",
    QPalette.ColorRole.HighlightedText: "#ffffff",
    QPalette.ColorRole.Light: "#ffffff",
    QPalette.ColorRole.Midlight: "#e9ecf0",
    QPalette.ColorRole.Mid: "#b9c0ca",
    QPalette.ColorRole.Dark: "#98a1ad",
    QPalette.ColorRole.Shadow: "#6d7683",
}
_DARK: Final = {
    QPalette.ColorRole.Window: "#22262d",
    QPalette.ColorRole.WindowText: "#e7eaee",
    QPalette.ColorRole.Base: "#191c22",
    QPalette.ColorRole.AlternateBase: "#1f2329",
    QPalette.ColorRole.Text: "#e7eaee",
    QPalette.ColorRole.Button: "#31363f",
    QPalette.ColorRole.ButtonText: "#e7eaee",
    QPalette.ColorRole.BrightText: "#ffffff",
    QPalette.ColorRole.ToolTipBase: "#31363f",
    QPalette.ColorRole.ToolTipText: "#e7eaee",
    QPalette.ColorRole.PlaceholderText: "#b4bcc8",
    QPalette.ColorRole.Link: "#7db2ff",
    QPalette.ColorRole.LinkVisited: "#c6a3ff",
    QPalette.ColorRole.Highlight: "#2f6fe0",
    QPalette.ColorRole.HighlightedText: "#ffffff",
    QPalette.ColorRole.Light: "#454b56",
    QPalette.ColorRole.Midlight: "#3b414b",
    QPalette.ColorRole.Mid: "#15181d",
    QPalette.ColorRole.Dark: "#111318",
    QPalette.ColorRole.Shadow: "#000000",
}
_CONTRAST: Final = dict.fromkeys(_DARK, "#000000") | {
    QPalette.ColorRole.WindowText: "#ffffff",
    QPalette.ColorRole.Text: "#ffffff",
    QPalette.ColorRole.ButtonText: "#ffffff",
    QPalette.ColorRole.BrightText: "#ffffff",
    QPalette.ColorRole.ToolTipText: "#ffffff",
    QPalette.ColorRole.PlaceholderText: "#e6e6e6",
    QPalette.ColorRole.Link: "#8ec8ff",
    QPalette.ColorRole.LinkVisited: "#e3b8ff",
    QPalette.ColorRole.Highlight: "#ffe14d",
    QPalette.ColorRole.HighlightedText: "#000000",
    QPalette.ColorRole.Light: "#ffffff",
    QPalette.ColorRole.Midlight: "#c0c0c0",
    QPalette.ColorRole.Mid: "#c0c0c0",
    QPalette.ColorRole.Dark: "#e0e0e0",
}
_OFF: Final = {LIGHT: "#8a93a0", DARK: "#858d98", CONTRAST: "#a8a8a8"}  # the text of disabled widgets
_ACCENTS: Final = ("#1a56bf", "#8ab8ff")  # text in the color of the highlight, contrast at least 4.5 on its tint
_PROBLEMS: Final = ("#b3261e", "#ffa399")  # text about what is wrong, contrast at least 4.5 on all grounds
_WRONG_FRAMES: Final = ("#b3261e", "#b6645c")  # the second is the lightest red that Fusion's factor leaves red
_PRIMARY: Final = "#093791"  # Fusion makes it lighter, to about #3162b4; white on that has a contrast of more than 4.5
_TINTS: Final = (0.07, 0.14)  # of the highlight in the ground of a row under the pointer, and of the current one
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
    """Use a color scheme: `system`, `light`, `dark` or `contrast`. The palettes are ours; the system chooses one."""
    application = QApplication.instance()
    assert isinstance(application, QApplication)
    _colour(application, scheme)
    application.setStyleSheet(_SHEET)


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
    hints = QGuiApplication.styleHints()
    schemes = {LIGHT: Qt.ColorScheme.Light, DARK: Qt.ColorScheme.Dark, CONTRAST: Qt.ColorScheme.Dark}
    if scheme != SYSTEM or _applied:  # at the start there is nothing to reset
        hints.setColorScheme(schemes.get(scheme, Qt.ColorScheme.Unknown))
    _applied[:] = [scheme]
    # Offscreen and on a bare X server Qt has no color schemes: what was chosen counts.
    chosen = _system_s() if scheme == SYSTEM else scheme
    widgets = application.allWidgets()
    if widgets:
        application.setStyleSheet("")
    application.setPalette(_palette({LIGHT: _LIGHT, DARK: _DARK, CONTRAST: _CONTRAST}[chosen], _OFF[chosen]))
    _strong.clear()  # the palette has reset it
    follow()
    for widget in widgets:  # visible widgets do not follow automatically
        widget.setPalette(application.palette(widget))
    _icons.clear()


def _system_s() -> str:
    """Return the scheme that the system asks for."""
    hints = QGuiApplication.styleHints()
    if hints.accessibility().contrastPreference() == Qt.ContrastPreference.HighContrast:
        return CONTRAST
    return DARK if hints.colorScheme() == Qt.ColorScheme.Dark else LIGHT


def is_dark() -> bool:
    """Return whether text is lighter than its background."""
    palette = QGuiApplication.palette()
    return palette.windowText().color().lightness() > palette.window().color().lightness()


def accent() -> QColor:
    """Return the color for a text that stands out; its contrast is at least 4.5 on all grounds, tinted ones too."""
    return QColor(_ACCENTS[is_dark()])


def problem() -> QColor:
    """Return the color for a text that says what is wrong."""
    return QColor(_PROBLEMS[is_dark()])


def mark(editor: QWidget, *, is_wrong: bool) -> None:
    """Draw an editor's frame in the color of problems, or as usual. Call again when the palette changes."""
    palette = QPalette(QApplication.palette(editor))
    if is_wrong:
        parts = (min(255, int(part * _DARKER)) for part in _parts(QColor(_WRONG_FRAMES[is_dark()])))
        palette.setColor(QPalette.ColorRole.Window, QColor(*parts))
    if editor.palette() != palette:
        editor.setPalette(palette)


def make_primary(button: QWidget) -> None:
    """Give a button the accent's color: it carries out what its dialog is for. Call again when the palette changes."""
    palette = QPalette(QApplication.palette(button))
    for group in (QPalette.ColorGroup.Active, QPalette.ColorGroup.Inactive):
        palette.setColor(group, QPalette.ColorRole.ButtonText, palette.color(group, QPalette.ColorRole.BrightText))
        for role in (QPalette.ColorRole.Button, QPalette.ColorRole.Highlight):  # a default button is mixed of both
            palette.setColor(group, role, QColor(_PRIMARY))
    button.setPalette(palette)


def tint(*, strong: bool = False) -> QColor:
    """Return the ground of a row under the pointer, or of the current one (`strong`)."""
    palette = QGuiApplication.palette()
    ground, colour, share = palette.window().color(), palette.highlight().color(), _TINTS[strong]
    parts = zip(_parts(ground), _parts(colour), strict=True)
    return QColor(*(round(back + (front - back) * share) for back, front in parts))


def icon(name: str, *, accented: bool = False) -> QIcon:
    """Return an icon of resources/icons in the color of the text, or in the accent's."""
    colour = (accent() if accented else QGuiApplication.palette().buttonText().color()).name()
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
        _badges[kind].addPixmap(pixmap, QIcon.Mode.Selected)  # or the style tints it in a selected row
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
    renderer, found = QSvgRenderer(QByteArray(svg)), QIcon()
    for side in _SIDES:
        pixmap = QPixmap(QSize(side, side))
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        renderer.render(painter)
        painter.end()
        found.addPixmap(pixmap)
    return found


def _palette(colours: dict[QPalette.ColorRole, str], off: str) -> QPalette:
    palette = QPalette()
    for role, colour in colours.items():
        palette.setColor(role, QColor(colour))
    for role in _DISABLED:
        palette.setColor(QPalette.ColorGroup.Disabled, role, QColor(off))
    return palette

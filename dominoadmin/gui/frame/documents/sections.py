"""Documents: sections of labelled values, forms one above the other."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtWidgets import QVBoxLayout, QWidget

from dominoadmin.gui.frame.forms.form import Form
from dominoadmin.gui.frame.forms.values import add_node
from dominoadmin.viewmodels.certificates.viewing import Section


def sections_form(sections: Iterable[Section], parent: QWidget | None = None) -> Form:
    """Return a form that shows the sections."""
    form = Form(parent)
    for section in sections:
        form.heading(section.title)
        for node in section.rows:
            add_node(form, node)
    return form


def stacked(*forms: QWidget, stretched: bool = False) -> QWidget:
    """Return forms one above the other; the last one may take the remaining room."""
    page = QWidget()
    column = QVBoxLayout(page)
    column.setContentsMargins(0, 0, 0, 0)
    for form in forms:
        column.addWidget(form, int(stretched and form is forms[-1]))
    if not stretched:
        column.addStretch(1)
    return page

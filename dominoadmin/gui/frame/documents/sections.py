"""Documents that are only read: sections of labelled values, whoever wrote them."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtWidgets import QWidget

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

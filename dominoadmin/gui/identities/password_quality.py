"""Shows the quality of a password under its field: the score on Domino's scale from 0 to 16, a word, and the reason."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QProgressBar, QSizePolicy, QVBoxLayout, QWidget

from dominoadmin.gui.frame.jobs import Job
from dominoadmin.i18n import text as _
from dominoadmin.i18n import translated
from dominoadmin.services.identities import password_quality
from dominoadmin.services.identities.password_quality import Quality
from dominoadmin.services.progress import Progress

_PAUSE: Final = 120  # milliseconds without typing
Words = Callable[[], Sequence[str]]


class PasswordQuality(QWidget):
    """A bar with text beside and under it. Rating takes up to 50 ms, so it runs in a job after a pause."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._edit: QLineEdit | None = None
        self._words: Words = tuple
        self._bar = QProgressBar(self, minimum=0, maximum=password_quality.HIGHEST, textVisible=False)
        self._bar.setAccessibleName(_("Password quality"))
        self._bar.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._bar.setMaximumHeight(self.fontMetrics().height())
        self._word = QLabel(self)
        self._reason = QLabel(self, wordWrap=True)
        self._reason.setTextFormat(Qt.TextFormat.PlainText)  # it may contain text typed elsewhere
        self._lay_out()
        self._pause = QTimer(self, singleShot=True, interval=_PAUSE)
        self._pause.timeout.connect(self._judge)
        self._show(Quality(0, _("No password"), ""))

    def watch(self, edit: QLineEdit, words: Sequence[str] | Words = ()) -> None:
        """Rate the password typed in `edit`. `words` are the user's own, or a function that returns them."""
        self._edit = edit
        self._words = words if callable(words) else partial(tuple, words)
        edit.textChanged.connect(self._pause.start)
        self._pause.start()

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.addWidget(self._bar, 1)
        row.addWidget(self._word)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(row)
        column.addWidget(self._reason)
        widest = max(_("Very weak"), _("No password"), _("Strong"), key=len)
        self._word.setMinimumWidth(self.fontMetrics().horizontalAdvance(_said(password_quality.HIGHEST, widest)))
        self._reason.setMinimumHeight(2 * self.fontMetrics().lineSpacing())  # typing must not move the widgets below

    def _judge(self) -> None:
        if self._edit is None:
            return
        typed, words = self._edit.text(), tuple(self._words())
        job = Job(partial(_judged, typed, words), waits=True)
        job.done.connect(self._take)
        job.start()

    def _take(self, judged: tuple[str, Quality]) -> None:
        typed, found = judged
        if self._edit is not None and self._edit.text() == typed:
            self._show(found)

    def _show(self, found: Quality) -> None:
        self._bar.setValue(found.score)
        self._word.setText(_said(found.score, translated(found.word)))
        self._reason.setText(translated(found.reason))
        self._bar.setAccessibleDescription(f"{self._word.text()}. {self._reason.text()}")


def _said(score: int, word: str) -> str:
    return _("{word} ({score} of 16)").format(word=word, score=score)


def _judged(typed: str, words: tuple[str, ...], _progress: Progress) -> tuple[str, Quality]:
    return typed, password_quality.quality(typed, words)

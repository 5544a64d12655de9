"""Rates passwords on Domino's password quality scale, and gives the reason in words.

Domino publishes an outline of the scale and examples, but not its dictionary: a password starts with its length;
words and repetitions count for less; one kind of variety adds 25 percent, two or more add 50; the maximum is 16.
The value of a word is fitted to the published examples, all of which are reproduced
(tests/services/identities/test_password_quality.py). The scale alone is misleading ("D0lph!n$7x" is at its upper end
but quickly guessed), so zxcvbn, which models how passwords are guessed, adds the reason. Neither knows phrases, and
both count each word of "to be or not to be" as if it was any: phrases and words that are used often limit the score.
"""

from __future__ import annotations

import math
import re
import string
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Any, Final

from dominoadmin.i18n import marked as _
from dominoadmin.services.identities import known_phrases

HIGHEST: Final = 16
WEAK: Final = 6
"""The highest score of a weak password."""
FAIR: Final = 12
"""The highest score of a password that an automated attack may find."""

_WORD_COUNTS: Final = 3  # fits every published example: lakestreampondriverocean, five words, is 15
_SHORTEST_WORD: Final = 4
_LONGEST_WORD: Final = 24
_COMMON: Final = 20_000  # of each of zxcvbn's lists; later entries are typing errors
_SEQUENCE: Final = 4
_ZXCVBN_LIMIT: Final = 72
_CONSIDERED: Final = 128
_WORDS: Final = re.compile(r"[^\W\d_]+|\d+")
_VOWEL: Final = re.compile("[aeiouyäöü]")
_PHRASE: Final = 3  # words, from which on a password is a phrase
_FEW: Final = 5  # letters and digits beside a phrase that do not make it much better
_EASY: Final = 1e8  # guesses: zxcvbn's limit for what is guessed online
_SAFE: Final = 1e10  # guesses: zxcvbn's limit for what its author calls safely unguessable
_REPETITION: Final = 2
_OWN_RANK: Final = 10
_STRANGE: Final = 30  # for each character that is neither a letter, a digit, nor usual between words
_REPEATED: Final = re.compile(r"(.{1,16}?)\1{2,}", re.DOTALL)
_OWN: Final = "user_inputs"  # zxcvbn's list of the user's words
_alone = threading.Lock()  # zxcvbn keeps the user's words in a module variable


@dataclass(frozen=True)
class Quality:
    """A password's score, the word for it, and a sentence with the reason or an improvement."""

    score: int
    word: str
    reason: str


def quality(password: str, words: Sequence[str] = ()) -> Quality:
    """Rate a password. `words` are the user's own (names, the organization), as easy to guess as a dictionary's.

    It is weak whatever its characters are if zxcvbn names a pattern of it. The result contains no part of the password.
    """
    feedback = _feedback(password[:_ZXCVBN_LIMIT], words) if password else None
    score = rating(password, words)
    limit, why = _limit_by_words(password, words)
    if feedback and feedback["warning"]:
        limit = WEAK
    is_said = bool(why) and score >= limit and not (feedback and feedback["warning"])
    score = min(score, limit)
    return Quality(score, _word(score), why if is_said else _reason(password, feedback))


def _limit_by_words(password: str, words: Sequence[str]) -> tuple[int, str]:
    """Return the highest score that the phrase or the words in a password allow, and why."""
    beside = known_phrases.beside_phrase(password)
    if beside is not None and beside <= _FEW:
        return WEAK, _("This is a well-known phrase.")
    guesses, is_repeated = _guesses(password[:_CONSIDERED], _own_words(words))
    if guesses >= _SAFE:
        return HIGHEST, ""
    limit = WEAK if guesses < _EASY else FAIR
    if is_repeated:
        return limit, _("A word that is repeated adds almost nothing.")
    return limit, _("It consists of words that are used often. Uncommon words are better.")


def _guesses(password: str, own: frozenset[str]) -> tuple[float, bool]:
    """Return how many passwords of such words there are before this one, and whether a word is repeated.

    Only for words with something between them; what zxcvbn says of other passwords is better.
    """
    found = [part.casefold() for part in _WORDS.findall(password)]
    is_phrase = len(found) >= _PHRASE and sum(part.isalpha() for part in found) > 1
    if not is_phrase or any(map(_is_no_word, found)):
        return math.inf, False
    guesses = 1.0
    for number, part in enumerate(found):
        guesses *= _REPETITION if part in found[:number] else _rank(part, own)
    strange = sum(not each.isalnum() and each not in " -_.,'" for each in password)
    return guesses * _STRANGE**strange, len({*found}) < len(found)


def _is_no_word(part: str) -> bool:
    """Return whether a few letters are no word, as in a random password: they have no vowel."""
    return part.isalpha() and len(part) < _SHORTEST_WORD and part not in _ranks() and not _VOWEL.search(part)


def _rank(part: str, own: frozenset[str]) -> int:
    """Return how many words are tried before this one. Of short words there are few."""
    if part.isdigit():
        return int(10 ** len(part))
    if part in own:
        return _OWN_RANK
    unknown = int((26 if len(part) < _SHORTEST_WORD else 10) ** len(part))
    short = {1: 26, 2: 50, 3: 500}.get(len(part), unknown)
    return min(_ranks().get(part, unknown), short)


@cache
def _ranks() -> Mapping[str, int]:
    """Return the words that zxcvbn knows, each with its lowest place in one of the lists."""
    from zxcvbn.matching import RANKED_DICTIONARIES  # type: ignore[import-untyped]  # late: 40 ms

    ranks: dict[str, int] = {}
    with _alone:
        lists: list[Mapping[str, int]] = [ranked for name, ranked in RANKED_DICTIONARIES.items() if name != _OWN]
    for ranked in lists:
        for word, rank in ranked.items():
            if rank < ranks.get(word, rank + 1):
                ranks[word] = rank
    return ranks


def rating(password: str, words: Sequence[str] = ()) -> int:
    """Return the score on Domino's password quality scale, 0 to 16 (HCL help, "The password quality scale")."""
    considered = _REPEATED.sub(r"\1\1", password[:_CONSIDERED])
    length = _effective_length(considered.lower(), _own_words(words))
    return min(HIGHEST, int(length * _variety(password)))


def _variety(password: str) -> float:
    kinds = (
        password != password.lower() and password != password.upper(),
        any(c.isdigit() for c in password),
        any(not c.isalnum() for c in password),
    )
    return (1.0, 1.25, 1.5, 1.5)[sum(kinds)]


def _effective_length(text: str, own: frozenset[str]) -> int:
    """Return the lowest length of the text over all ways to split it into words, sequences and single characters."""
    least = [0] * (len(text) + 1)
    for end in range(1, len(text) + 1):
        least[end] = least[end - 1] + 1
        for start in range(max(0, end - _LONGEST_WORD), end - _WORD_COUNTS):
            if least[start] + _WORD_COUNTS < least[end] and _is_predictable(text[start:end], own):
                least[end] = least[start] + _WORD_COUNTS
    return least[-1]


def _is_predictable(part: str, own: frozenset[str]) -> bool:
    return part in own or part in _dictionary() or _is_sequence(part)


def _is_sequence(part: str) -> bool:
    steps = {ord(after) - ord(before) for before, after in pairwise(part)}
    return len(part) >= _SEQUENCE and steps in ({1}, {-1})


def _own_words(words: Sequence[str]) -> frozenset[str]:
    parts = (part for word in words for part in re.split(r"[\W_]+", word.lower()))
    return frozenset(part for part in parts if len(part) >= _SHORTEST_WORD)


@cache
def _dictionary() -> frozenset[str]:
    letters = frozenset(string.ascii_lowercase)
    known = (word for word, rank in _ranks().items() if rank <= _COMMON)
    return frozenset(word for word in known if len(word) >= _SHORTEST_WORD and letters.issuperset(word))


def _word(score: int) -> str:
    if score <= 1:
        return _("Very weak") if score else _("No password")
    if score <= WEAK:
        return _("Weak")
    return _("Fair") if score <= FAIR else _("Strong")


def _reason(password: str, feedback: Mapping[str, Any] | None) -> str:
    if not password:
        return _("Several words that do not belong together are easy to remember and hard to guess.")
    known = _sentences()
    if feedback is None:
        return _("It was not found among common passwords and well-known phrases, and follows no simple pattern.")
    said = [feedback["warning"], *feedback["suggestions"]]
    sentences = [known[sentence] for sentence in said if sentence in known]
    return next(iter(sentences), _("Add another word or two. Uncommon words are better."))


def _feedback(password: str, words: Sequence[str]) -> Any:  # noqa: ANN401 - zxcvbn is untyped
    """Return zxcvbn's warning and suggestions, or None if it finds nothing wrong."""
    from zxcvbn import zxcvbn  # type: ignore[import-untyped]

    own = [word for word in words if word]
    with _alone:
        result = zxcvbn(password, user_inputs=[*own, *_own_words(words)])
    return None if result["score"] > _GOOD_ENOUGH else result["feedback"]


_GOOD_ENOUGH: Final = 2  # of zxcvbn's 0 to 4; from 3 on it gives no feedback


def _sentences() -> dict[str, str]:
    """Return zxcvbn's sentences in the current language."""
    return {
        "Straight rows of keys are easy to guess.": _("Straight rows of keys are easy to guess."),
        "Short keyboard patterns are easy to guess.": _("Short keyboard patterns are easy to guess."),
        'Repeats like "aaa" are easy to guess.': _('Repeats like "aaa" are easy to guess.'),
        'Repeats like "abcabcabc" are only slightly harder to guess than "abc".': _(
            'Repeats like "abcabcabc" are only slightly harder to guess than "abc".'
        ),
        'Sequences like "abc" or "6543" are easy to guess.': _('Sequences like "abc" or "6543" are easy to guess.'),
        "Recent years are easy to guess.": _("Recent years are easy to guess."),
        "Dates are often easy to guess.": _("Dates are often easy to guess."),
        "This is a top-10 common password.": _("This is one of the ten most common passwords."),
        "This is a top-100 common password.": _("This is one of the hundred most common passwords."),
        "This is a very common password.": _("This is a very common password."),
        "This is similar to a commonly used password.": _("This is similar to a commonly used password."),
        "A single word is easy to guess.": _("A single word is easy to guess."),
        "Names and surnames by themselves are easy to guess.": _("Names by themselves are easy to guess."),
        "Common names and surnames are easy to guess.": _("Common names are easy to guess."),
    }

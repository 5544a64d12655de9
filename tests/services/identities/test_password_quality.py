"""The password quality scale: HCL's published examples, and zxcvbn's feedback."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dominoadmin.services.identities import password_quality
from dominoadmin.services.identities.password_quality import quality, rating

# HCL Domino 14 help, "The password quality scale"; "Understanding password quality" (developerWorks) for the last two.
PUBLISHED = {
    "b": 1, "3": 1, "password": 3, "doughnut": 3, "lightferret": 6, "b 4D": 6, "pqlrtmxr": 8, "wefourkings": 8,
    "4891spyONu": 13, "lakestreampondriverocean": 15, "stRem2pO()": 15, "stream8pond1river7lake2ocean": 16,
    "pwd46dwp": 10, "pAssw0rd": 10,
}  # fmt: skip


@pytest.mark.parametrize(("password", "score"), PUBLISHED.items())
def test_every_published_example_comes_out_as_published(password, score):
    assert rating(password) == score


def test_a_word_and_mixed_characters_of_one_length_differ():
    """The help's own comparison: `password` and `1168Acme`, eight characters each."""
    assert rating("password") < rating("1168Acme")


@pytest.mark.parametrize(
    ("password", "word"),
    [("", "No password"), ("b", "Very weak"), ("doughnut", "Weak"), ("pqlrtmxr", "Fair"), ("4891spyONu", "Strong")],
)
def test_each_band_has_its_word(password, word):
    assert quality(password).word == word


@pytest.mark.parametrize("password", ["aaaaaaaaaaaaaaaa", "abababababababab", "1111111111111111", "12345678"])
def test_repetitions_and_sequences_are_weak_however_long(password):
    assert rating(password) <= password_quality.WEAK


def test_the_user_s_own_words_count_as_words():
    assert rating("pqlrtmxr") == 8
    assert rating("pqlrtmxr", ["Pqlrtmxr Q/MyCompany"]) == 3
    assert quality("qlrtmxcompany", ["O=Qlrtmxcompany"]).score < quality("qlrtmxcompany").score


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("password", "This is one of the ten most common passwords."),
        ("zeppelin", "This is a very common password."),
        ("aaaaaaaa", 'Repeats like "aaa" are easy to guess.'),
        ("abcdefghij", 'Sequences like "abc" or "6543" are easy to guess.'),
        ("D0lph!n$7x", "This is similar to a commonly used password."),
        ("doughnut", "Add another word or two. Uncommon words are better."),
        ("stream8pond1river7lake2ocean", "It was not found among common passwords and well-known phrases, and follows no simple pattern."),
        ("", "Several words that do not belong together are easy to remember and hard to guess."),
    ],
)
def test_the_reason_is_a_sentence_of_zxcvbn_s(password, reason):
    assert quality(password).reason == reason


@pytest.mark.parametrize("password", ["D0lph!n$7x", "Summer2026!", "Password123!", "pAssw0rd"])
def test_what_looks_strong_on_the_scale_is_weak_if_it_is_quickly_guessed(password):
    """Summer2026! was rated 12 of 16, and called fair."""
    assert rating(password) > password_quality.WEAK, "by Domino's scale"
    judged = quality(password)
    assert (judged.score <= password_quality.WEAK, judged.word) == (True, "Weak")
    assert "commonly used" in judged.reason


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("correct horse battery staple", "This is a well-known phrase."),
        ("CorrectHorseBatteryStaple1!", "This is a well-known phrase."),
        ("to be or not to be", "This is a well-known phrase."),
        ("Sein oder nicht sein", "This is a well-known phrase."),
        ("May the Force be with you!", "This is a well-known phrase."),
        ("password password password", 'Repeats like "abcabcabc" are only slightly harder to guess than "abc".'),
        ("hello world hello world", "A word that is repeated adds almost nothing."),
        ("giraffe-giraffe-giraffe", "A word that is repeated adds almost nothing."),
        ("monkey dragon shadow master", "It consists of words that are used often. Uncommon words are better."),
        ("my dog is brown", "It consists of words that are used often. Uncommon words are better."),
    ],
)
def test_what_everybody_knows_is_weak_however_long_and_says_so(password, reason):
    judged = quality(password)
    assert (judged.word, judged.reason) == ("Weak", reason)
    assert judged.score <= password_quality.WEAK


@pytest.mark.parametrize(
    "password", ["kestrel umbrella fourteen violet", "lake stream pond river ocean", "Xk29-mvQ8-zzt4", "correct horse battery staple 41 giraffes in kenya"]
)
def test_rare_words_and_random_characters_are_strong(password):
    assert quality(password).word == "Strong"


def test_no_sentence_says_more_than_was_checked():
    """It said "no common word" of everything that zxcvbn liked, such as of words that it has in its lists."""
    assert "no common word" not in quality("lake stream pond river ocean").reason


def test_the_user_s_own_words_in_a_phrase_are_guessed_first():
    assert quality("zebra qlrtmxcompany quartz").word == "Strong"
    assert quality("zebra qlrtmxcompany quartz", ["O=Qlrtmxcompany"]).word == "Fair"


def test_more_than_zxcvbn_takes_is_judged_too():
    judged = quality("stream8pond1river7lake2ocean" * 30)
    assert judged.score == password_quality.HIGHEST
    assert judged.reason


@settings(max_examples=80, deadline=None)
@given(st.text(max_size=100), st.lists(st.text(max_size=20), max_size=3))
def test_any_text_is_judged(password, words):
    judged = quality(password, words)
    assert 0 <= judged.score <= 16
    assert judged.word
    assert judged.reason
    assert len(password) < 9 or password not in repr(judged)


def test_nothing_of_the_password_reaches_a_log(caplog):
    caplog.set_level(0)
    quality("a secret of 41 giraffes", ["giraffe"])
    assert caplog.records == []


def test_the_longest_password_is_judged_in_time():
    quality("warm up")
    started = time.process_time()
    quality("correct horse battery staple 41 " * 40)
    assert time.process_time() - started < 2

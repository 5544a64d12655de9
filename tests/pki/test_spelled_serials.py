"""Serial numbers as people type and paste them."""

import pytest

from dominoadmin.pki import serial_numbers
from dominoadmin.pki.serial_numbers import SpelledNumber


@pytest.mark.parametrize(
    ("text", "beginning", "whole"),
    [
        ("5f3a", "5f3a", ""),
        ("5F:3A", "5f3a", ""),
        (" 5f 3a\n", "5f3a", ""),
        ("0x005f3a", "5f3a", ""),
        ("00-5F-3A", "5f3a", ""),
        ("5f3", "", ""),
        ("24378", "24378", "5f3a"),
        ("7", "", "7"),
        ("0000", "", "0"),
        ("10.0.0.1", "", ""),
        ("www.example.com", "", ""),
        ("cafe", "cafe", ""),
        ("1" * 49, "1" * 49, f"{int('1' * 49):x}"),
        ("1" * 5_000, "1" * 5_000, ""),
        ("٣٤٥٦٧", "", ""),
        ("", "", ""),
    ],
)
def test_what_a_text_may_be(text, beginning, whole) -> None:
    assert serial_numbers.spelled(text) == SpelledNumber(beginning, whole)


def test_every_number_is_found_by_its_own_spellings() -> None:
    for _ in range(100):
        number = serial_numbers.new()
        text = serial_numbers.text(number)
        assert serial_numbers.spelled(text).beginning == text
        assert serial_numbers.spelled(str(number)).whole == text

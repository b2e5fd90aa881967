"""A code counts however it is typed or pasted."""

import pytest

from core.codes import clean_code, clean_digits


@pytest.mark.parametrize(
    "typed",
    [
        "482913",
        " 482 913 ",
        "482-913",
        "４８２９１３",
        "４８２　９１３",
        "482\u200b913",
        "482—913\n",
    ],
)
def test_digits_of_a_seat(typed):
    assert clean_code(typed) == clean_digits(typed) == "482913"


def test_letters_of_a_slip():
    assert clean_code("k7mpq - ３xw9a") == "K7MPQ3XW9A"


def test_digits_out_of_a_whole_message():
    assert clean_digits("【家桥】您的验证码：482913") == "482913"


@pytest.mark.parametrize("typed", [None, "", "　", "\x00"])
def test_nothing_is_nothing(typed):
    assert clean_code(typed) == ""

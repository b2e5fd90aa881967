import pytest

from core.phones import parse_phone, readable


@pytest.mark.parametrize(
    ("written", "address"),
    [
        ("13893510001", "+8613893510001"),
        ("138 9351 0001", "+8613893510001"),
        ("138-9351-0001", "+8613893510001"),
        ("１３８９３５１０００１", "+8613893510001"),
        ("+8613893510001", "+8613893510001"),
        ("008613893510001", "+8613893510001"),
        ("8613893510001", "+8613893510001"),
        (13893510001, "+8613893510001"),
        (13893510001.0, "+8613893510001"),
        ("13893510001.0", "+8613893510001"),
        ("1.3893510001E10", "+8613893510001"),
        ("0935-5112233", "+869355112233"),
        ("+7 701 234 5678", "+77012345678"),
        ("00 82 10 1234 5678", "+821012345678"),
    ],
)
def test_numbers_as_schools_write_them(written, address):
    phone = parse_phone(written)
    assert (phone.address, phone.problem) == (address, "")
    assert phone.is_good


@pytest.mark.parametrize(
    ("written", "problem"),
    [
        ("", "empty"),
        (None, "empty"),
        ("   ", "empty"),
        ("没有", "letters"),
        ("问奶奶", "letters"),
        ("1389351000", "too_short"),
        ("138935100011", "too_long"),
        ("12", "too_short"),
        ("10000000000", "not_a_number"),
        ("nan", "letters"),
        ("inf", "letters"),
        ("1e999", "letters"),
        ("++++", "not_a_number"),
        ("13893510001 13893510002", "too_long"),
    ],
)
def test_what_is_no_number_says_why(written, problem):
    phone = parse_phone(written)
    assert (phone.address, phone.problem) == ("", problem)
    assert not phone.is_good


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("+869355112233", "0935 511 2233"),  # a landline
        ("+8613893510001", "138 9351 0001"),
        ("13893510001", "138 9351 0001"),
        ("+8617912345678", "179 1234 5678"),
        ("+8675588888888", "755 8888 8888"),
        ("0935-5112233", "0935-5112233"),
        ("12345", "12345"),
        ("+77012345678", "+7 701 234 5678"),
        ("", ""),
    ],
)
def test_a_number_is_read_in_groups(address, shown):
    assert readable(address) == shown

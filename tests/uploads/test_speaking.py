"""How a voice is to read numbers. A browser's voice: tests/journeys/test_family_elder.py."""

import pytest

from uploads.speaking import spelled

# A number to ring is told digit by digit; a count, a year, a time is not.
NUMBERS = {
    "打12356，": "打1 2 3 5 6，",
    "打120、110。": "打1 2 0、1 1 0。",
    "妈妈138 9351 0003": "妈妈1 3 8 9 3 5 1 0 0 0 3",
    "爸爸13893510003": "爸爸1 3 8 9 3 5 1 0 0 0 3",
    "村里0935-5121100。": "村里0 9 3 5 5 1 2 1 1 0 0。",
    "2026年11月29日": "2026年11月29日",
    "19:00，112页": "19:00，112页",
    "1200步": "1200步",
    "1234567": "1234567",
}


@pytest.mark.parametrize(("written", "told"), NUMBERS.items())
def test_a_number_to_ring_is_told_digit_by_digit(written, told):
    assert spelled(written) == told

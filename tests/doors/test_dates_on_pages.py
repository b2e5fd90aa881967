"""A screen says 今天 9:38 and 11月24日, with the year only where it is another one; a paper its full date."""

import re
from pathlib import Path

from django.conf import settings
from django.template import Context, Template
from django.utils import timezone

TEMPLATES = Path(settings.BASE_DIR) / "templates"
FULL = ('|date:"DATE', '|date:"SHORT_DATE', '|date:"Y-', '|date:"n-j', '|date:"MONTH_DAY')
# Papers, receipts and what the law asks to be told in writing: they are read years later.
PAPERS = {
    "counselling/plan_print.html",
    "counselling/referral_letter.html",
    "doors/staff/file_print.html",
    "guardians/entrusted.html",
    "messaging/call_sheet_print.html",
    "notices/paper.html",
    "privacy/receipt.html",
    "transfers/family.html",
    "transfers/paper.html",
}


def test_screens_take_the_words_of_core_days():
    found = {
        str(path.relative_to(TEMPLATES))
        for path in TEMPLATES.rglob("*.html")
        for line in path.read_text().splitlines()
        if any(one in line.replace('value|date:"Y-m-d"', "") for one in FULL)
        and "print-line" not in line
    }
    assert found == PAPERS


# Django's own formats of dates, in Python, and why not the words of core.days.
FORMATS = re.compile(r"\bdate_format\(|\btime_format\(|WEEKDAYS_ABBR|DATE_FORMAT\"|DAY_FORMAT\"")
OWN_FORMATS = {
    "core/days.py": "it makes the words",
    "delivery/channels/wechat/channel.py": "as WeChat's templates want a day",
    "doors/family/data_copy/pages.py": "a copy to keep says each day in full and in figures",
    "dashboards/presenters.py": "ends of weeks below a trend, without a year",
    "dashboards/weekly/presenters.py": "the Sunday of a mail",
}


def test_python_takes_the_words_of_core_days():
    root = Path(settings.BASE_DIR)
    found = {
        str(path.relative_to(root))
        for room in root.glob("*/__init__.py")
        if room.parent.name != "tests"
        for path in room.parent.rglob("*.py")
        if FORMATS.search(path.read_text("utf-8"))
    }
    assert found == set(OWN_FORMATS)


def test_a_year_only_where_it_is_another_one():
    now = timezone.localtime()
    long_ago = now.replace(year=now.year - 2, month=3, day=5)
    page = Template("{{ now|moment }} / {{ then|moment }} / {{ day|day }} / {{ then|day }}")
    said = page.render(Context({"now": now, "then": long_ago, "day": now.date()}))
    today, then, day, then_day = said.split(" / ")
    assert today.startswith("今天")
    assert str(long_ago.year) in then
    assert str(long_ago.year) in then_day
    assert day == f"{now.month}月{now.day}日"

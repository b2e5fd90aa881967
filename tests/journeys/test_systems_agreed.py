"""Two people let a system do something: an administrator makes the token, a counsellor agrees."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from core import clock
from surveys.actions import close_round
from surveys.models import Seat, Study
from tests.api.conftest import ROSTER, note_of, send
from tests.factories.api import system
from tests.factories.cast import Cast
from tests.factories.studies import classmate, say
from tests.factories.surveys import answer, begin, keep_scale, open_round, say_yes
from tests.journeys.conftest import look, sign_in, two_sizes

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
NOTES, RESPONSES = "/api/v1/observations/", "/api/v1/surveys/responses/"


def made_token(page, name: str, *scopes: str) -> str:
    """By an administrator, on the page; shown once."""
    sign_in(page, "admin")
    page.goto("/settings/systems/new/")
    page.fill("[name=name]", name)
    for scope in scopes:
        page.check(f"[name=scopes][value='{scope}']")
    page.click("main form .btn-primary")
    secret = page.locator("code").inner_text()
    page.goto("/settings/systems/")
    assert secret not in page.content()
    assert name in page.content()
    return secret


def in_language(cast: Cast, language: str) -> None:
    for role in ("admin", "counsellor", "teacher"):
        cast.users[role].language = language
        cast.users[role].save()


@two_sizes
def test_a_library_notes_what_it_sees_while_a_counsellor_agrees(
    cast, open_browser, viewport, language
):
    in_language(cast, language)
    size = f"{viewport['width']}-{language}"
    page = open_browser(viewport, language=language)
    secret = made_token(page, "图书馆", "observations.write", "roster.read")
    library = system(secret)

    def note(name: str) -> int:
        return send(library, NOTES, {"observations": [note_of(cast, id=name)]}).status_code

    refused = send(library, NOTES, {"observations": [note_of(cast)]})
    assert refused.status_code == 403
    assert "has yet to agree" in refused.json()["detail"]

    colleague = open_browser(viewport, language=language)
    sign_in(colleague, "counsellor")
    colleague.goto("/systems/")
    look(colleague, f"agreed-asks-{size}")
    colleague.click("form[action$='/agree/'] button")
    look(colleague, f"agreed-given-{size}")
    assert cast.users["counsellor"].name in colleague.locator("main").inner_text()
    assert note("book-1") == 200

    # A system that read of the child stands beside the people who did.
    assert library.get(f"{ROSTER}/students").status_code == 200
    teacher = open_browser(viewport, language=language)
    sign_in(teacher, "teacher")
    teacher.goto(f"/children/{cast.students['mengyao'].pk}/readers/")
    look(teacher, f"agreed-readers-{size}")
    assert "API · 图书馆" in teacher.locator("main").inner_text()

    colleague.click("form[action$='/end/'] button")
    assert note("book-2") == 403


@two_sizes
def test_a_university_reads_one_study_until_the_counsellor_ends_it(
    cast, open_browser, viewport, language
):
    in_language(cast, language)
    size = f"{viewport['width']}-{language}"
    mates = [classmate(cast, number) for number in range(10)]
    say_yes(cast, *mates)
    round_ = open_round(cast, str(keep_scale(cast).pk))
    begin(cast, round_)
    for seat in Seat.objects.filter(round=round_, student__in=mates):
        answer(seat, {"one": "2", "two": "1", "three": "0"})

    page = open_browser(viewport, language=language)
    secret = made_token(page, "师范大学", "responses.read")
    university = system(secret)

    colleague = open_browser(viewport, language=language)
    sign_in(colleague, "counsellor")
    colleague.goto("/surveys/studies/new/")
    colleague.select_option("[name=round]", str(round_.pk))
    colleague.fill("[name=recipient]", "师范大学 周教授")
    colleague.fill("[name=purpose]", "了解孩子们在学校过得怎么样。")
    colleague.fill("[name=ethics]", "师范大学伦理委员会 2026-118")
    colleague.fill("[name=until]", str(timezone.localdate() + timedelta(days=200)))
    look(colleague, f"study-new-{size}")
    colleague.click("main form .btn-primary")
    study = Study.objects.get()
    assert university.get(RESPONSES).status_code == 403
    for child in mates:
        say(study, child)
    colleague.goto("/systems/")
    look(colleague, f"study-asks-{size}")
    colleague.select_option("[name=study]", str(study.pk))
    colleague.click("form[action$='/agree/'] button")
    assert "entry" not in university.get(RESPONSES).json()  # the round goes on

    close_round(round_=round_, by=cast.users["counsellor"], at=clock.now())
    told = university.get(RESPONSES).json()
    assert told["resourceType"] == "Bundle"
    assert len(told["entry"]) == 10
    text = json.dumps(told, ensure_ascii=False)
    assert not any(child.name in text for child in mates)
    assert "three" not in text  # it may need an adult at once

    colleague.goto(f"/surveys/studies/{study.pk}/")
    look(colleague, f"study-{size}")
    colleague.click("form[action$='/end/'] button")
    assert university.get(RESPONSES).status_code == 403

"""Rounds of questions in the class of 徐梦瑶, with her family's yes; for tests of every room."""

import base64
import json
import os
from collections.abc import Mapping
from datetime import timedelta
from uuid import uuid4

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.utils import timezone

from core import clock
from privacy.actions import record_consent
from privacy.models import Purpose
from students.models import Student
from surveys import actions, envelopes, links, policies, queries
from surveys.files import actions as file_actions
from surveys.models import Edition, InstrumentFile, PlannedRound, Round, Seat, Sitting
from surveys.own import actions as own_actions
from tests.factories import pulses
from tests.factories.cast import Cast

# A scale of our own for tests: three questions, of which the last needs an adult from 1 on.
SCALE = {
    "key": "try-3",
    "version": 1,
    "names": {"en": "Three questions", "zh-hans": "三个问题"},
    "about": {"en": "For tests.", "zh-hans": "测试用。"},
    "is_validated": True,
    "follow_up_share": 0.1,
    "item": [
        {
            "id": name,
            "texts": {"en": f"Question {name}", "zh-hans": f"问题{name}"},
            "options": [
                {"code": str(n), "value": n, "texts": {"en": f"answer {n}", "zh-hans": f"答{n}"}}
                for n in range(4)
            ],
        }
        for name in ("one", "two", "three")
    ],
    "scale": [
        {
            "id": "total",
            "names": {"en": "Total", "zh-hans": "总分"},
            "items": "all",
            "band": [{"at_most": 4, "level": "usual"}, {"at_least": 5, "level": "look"}],
        }
    ],
    "urgent": [{"item": "three", "at_least": 1}],
}


def say_yes(cast: Cast, *children: Student, decision: str = "given") -> None:
    """The word of a parent of each child about questions on feelings."""
    for child in children or (cast.students["mengyao"],):
        tie = child.guardianships.filter(kind="parent", adult__blocked_at=None).first()
        record_consent(
            adult=tie.adult,
            student=child,
            purpose=Purpose.SCREENING,
            decision=decision,
            via="family_page",
            key=uuid4(),
            at=clock.now(),
        )


def keep_scale(cast: Cast, **change) -> Edition:
    return actions.keep_edition(
        school=cast.school, definition=SCALE | change, by=cast.users["counsellor"], at=clock.now()
    )


def gad_file(**change) -> bytes:
    """A REDCap dictionary of seven questions, with words of our own."""
    rows = [
        {
            "field_name": f"gad7_{n}",
            "form_name": "gad7",
            "field_type": "radio",
            "field_label": f"Words {n}",
            "section_header": "How often?" if n == 1 else "",
            "select_choices_or_calculations": "0, never | 1, seldom | 2, often | 3, always",
            "branching_logic": "",
        }
        | change
        for n in range(1, 8)
    ]
    return json.dumps(rows).encode()


def keep_file(cast: Cast, content: bytes | None = None) -> InstrumentFile:
    return file_actions.keep_file(
        school=cast.school,
        file_name="gad7.json",
        content=content or gad_file(),
        by=cast.users["counsellor"],
        at=clock.now(),
    )


def open_round(cast: Cast, choice: str = "weekly-mood", classes=None, **fields) -> Round:
    at = clock.now()
    given = {
        "due_on": timezone.localdate(at) + timedelta(days=7),
        "talks_per_week": 50,
        "again": True,
    }
    return actions.open_round(
        school=cast.school,
        choice=choice,
        classes=classes or [cast.school_class],
        key=uuid4(),
        by=cast.users["counsellor"],
        at=at,
        **given | fields,
    )


def ask_at_home(cast: Cast, **fields) -> Round:
    """ "Is the school listening?", asked of the parents and carers of the class."""
    return open_round(cast, "school-listens", how="home", **fields)


def home_token(round_: Round, adult) -> str:
    return links.path_for(round_.pk, adult.pk).rstrip("/").rpartition("/")[2]


def form_of(cast: Cast, how: str = "interview", by: str = "teacher") -> Seat:
    """Begun by the class teacher: a talk with the grandmother, or what 徐梦瑶 does well."""
    choice = "carer-wellbeing" if how == "interview" else "strengths"
    round_ = open_round(cast, choice, how=how)
    asked = next(
        one
        for one in queries.asked_in(round_, clock.now())
        if one.student_id == cast.students["mengyao"].pk
    )
    return actions.take_form(round_=round_, asked=asked, by=cast.users[by], at=clock.now())


ONLY_AFTER = [{"when": [{"item": "one", "operator": "=", "answer": "3"}]}]


def conditional_form(cast: Cast) -> Seat:
    """Of three questions about 徐梦瑶 the second is asked only after a 3 to the first."""
    items = [one | ({"rules": ONLY_AFTER} if one["id"] == "two" else {}) for one in SCALE["item"]]
    choice = str(keep_scale(cast, item=items, respondents=["staff"], needs_consent=False).pk)
    round_ = open_round(cast, choice, how="staff")
    asked = next(
        one
        for one in queries.asked_in(round_, clock.now())
        if one.student_id == cast.students["mengyao"].pk
    )
    return actions.take_form(round_=round_, asked=asked, by=cast.users["teacher"], at=clock.now())


def begin(cast: Cast, round_: Round, duty: str = "counsellor") -> Sitting:
    return actions.begin_sitting(
        round_=round_,
        school_class=cast.school_class,
        duty_adult=cast.users[duty],
        by=cast.users["teacher"],
        at=clock.now(),
    )


def seat_of(
    cast: Cast, child: str = "mengyao", choice: str = "weekly-mood", **round_fields
) -> Seat:
    """The seat of a child whose family agreed, in a lesson that runs."""
    say_yes(cast, cast.students[child])
    begin(cast, open_round(cast, choice, **round_fields))
    return Seat.objects.get(student=cast.students[child])


def answer(seat: Seat, answers: Mapping[str, str], *, finish: bool = True) -> Seat:
    for item, option in answers.items():
        actions.save_answer(seat=seat, item=item, option=option, at=clock.now())
    return actions.finish(seat=seat, at=clock.now()) if finish else seat


def kept(seat: Seat, *, tapped: float = 0.0, **words) -> dict:
    """One thing that a tablet kept, as static/src/family/seat.js seals it. `words`: act, item, option."""
    key = words.setdefault("key", str(uuid4()))
    token = policies.seat_token(seat)
    said = TabletPage(envelopes.public_key(seat.sitting_id)).seal(token, words)
    return {"key": key, "seat": token, "said": said, "at": tapped}


class TabletPage:
    """Seals as static/src/family/sealed_taps.js does. `lesson`: the public key that the page was given."""

    def __init__(self, lesson: str):
        theirs = ec.EllipticCurvePublicKey.from_encoded_point(
            envelopes.CURVE, base64.b64decode(lesson)
        )
        own = ec.generate_private_key(envelopes.CURVE)
        self.point = envelopes.point_of(own)
        self.cipher = AESGCM(envelopes.shared_key(own, theirs, self.point))

    def seal(self, token: str, words: dict) -> str:
        nonce = os.urandom(12)
        sealed = self.cipher.encrypt(nonce, json.dumps(words).encode(), token.encode())
        return base64.b64encode(self.point + nonce + sealed).decode()


def send_kept(client, *entries: dict, now: float = 0.0, seat: str = ""):
    """As a tablet sends them, all at once."""
    posted = {"kept": json.dumps({"now": now, "kept": entries}), "seat": seat}
    return client.post("/p/questions/", posted, headers={"X-Offline": "1"})


def plan_part(cast: Cast) -> PlannedRound:
    """A part of a plan that is due today."""
    on = timezone.localdate(clock.now())
    part = PlannedRound.objects.create(
        school=cast.school,
        plan=uuid4(),
        key=uuid4(),
        instrument_key="weekly-mood",
        how="class",
        opens_on=on,
        due_on=on,
        talks_per_week=50,
        planned_by=cast.users["counsellor"],
        planned_at=clock.now(),
    )
    part.classes.set([cast.school_class])
    return part


OF_STUDIES = ("studies", "study", "study_new", "study_end")  # tests.factories.studies


def matrix_objects(cast: Cast, name: str) -> dict:
    space, _, page = name.partition(":")
    if space not in ("surveys", "seat", "family_surveys") or page in OF_STUDIES:
        return {}
    if page in pulses.PAGES:
        return pulses.matrix_objects(cast, page)
    if page.startswith("own"):
        told = {"by": cast.users["counsellor"], "at": clock.now()}
        own = own_actions.begin(school=cast.school, title="午休", key=uuid4(), **told)
        return {"pk": own.pk}
    if page == "hear":
        return {"digest": "x", "language": "zh-hans"}
    if space == "family_surveys":
        return {"token": home_token(ask_at_home(cast), cast.adults["mother"])}
    if page == "form":
        return {"pk": form_of(cast).pk}
    if page.endswith("_planned"):
        return {"pk": plan_part(cast).pk}
    seat = seat_of(cast)
    if page == "file":
        return {"pk": keep_file(cast).pk}
    if name == "surveys:done":
        words = {"words": "看看", "by": cast.users["counsellor"], "at": clock.now()}
        return {"pk": actions.write_to_do(seat=seat, **words).pk}
    is_child = page in ("child", "to_do", "looked")
    return {
        "pk": seat.pk if is_child else seat.round_id,
        "class_id": cast.school_class.pk,
        "name": "weekly-mood",
    }

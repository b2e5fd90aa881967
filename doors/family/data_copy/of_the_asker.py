"""The part of the data copy about the adult who asks. No query here reads anybody else's rows."""

from collections import defaultdict
from typing import Any

from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import CredentialEvent, User
from calls.models import CallSlot, CallWish, ThreeThings
from classroom.models import FamilyRequest, HomeworkHelp, LeaveRequest, Thanks
from counselling.models import Measure
from counselling.plans.family import agreed_with
from counselling.plans.presenters import plain_words
from delivery.models import Device, OutboxMessage, WechatLink
from doors.family.data_copy.section import Asker, Section
from guardians.models import (
    Adult,
    Contact,
    ContactPoint,
    DetailsCheck,
    Guardianship,
    Migration,
    NearbyAdult,
    NumberChange,
    SentHome,
)
from learning.models import LessonSent
from meetings.models import MeetingInvitation
from messaging.models import AdultRhythm, CheckInLine, Reply
from nights.models import Asking
from notices.models import NoticeAnswer
from postcards.models import Postcard
from postcards.policies import copies_for
from privacy.models import Consent, ConsentAsk, DataRequest
from privacy.rules import OF_THE_ADULT
from reunions.models import InfoAsked, ReunionPlan
from surveys.models import Answer, Pulse, StudyWord
from surveys.wording import answers_in_words
from threads.models import CallBack, ThreadMessage
from threads.policies import own_places, threads_of
from threads.presenters import relation_of, relations_of
from threads.queries import people_of
from transfers.models import TransferWord
from visits.models import CallLog, Visit

# A report by a carer or the child about a parent is their statement, not this adult's data.
OWN_REPORTS = (Contact.ReportedBy.PARENT, Contact.ReportedBy.STAFF, Contact.ReportedBy.LINE)
WENT = (OutboxMessage.State.ACCEPTED, OutboxMessage.State.DELIVERED)


def _mine(asker: Asker) -> Q:
    return Q(adult__in=asker.adults)


def _about(asker: Asker) -> Q:
    return Q(adult__in=asker.adults, student=asker.student)


def _requests(asker: Asker) -> list[dict[str, Any]]:
    rows = FamilyRequest.objects.filter(_about(asker)).order_by("asked_at")
    names = "asked_at words due_on answer answer_words answered_at".split()
    return [
        {name: getattr(row, name) for name in names}
        | {
            "asked_by__name": row.asked_by.name,
            "photo": [photo.upload_id for photo in row.photos.all()],
        }
        for row in rows.select_related("asked_by").prefetch_related("photos")
    ]


def _messages(asker: Asker) -> list[dict[str, Any]]:
    """Return this adult's conversations about the child or about no child, as their own pages show them.

    Other members of the family appear by relation, not by name.
    """
    about = Q(student=asker.student) | Q(student=None)
    found = []
    own = {adult.pk for adult in asker.adults}
    for thread in threads_of(asker.adults, asker.on).filter(about).order_by("opened_at"):
        people = people_of(thread)
        relations, names = relations_of(thread, people), {one.pk: one for one in people}
        messages = thread.messages.select_related("user").prefetch_related("machine_texts")
        for message in messages.order_by("at", "pk"):
            is_own = message.adult_id in own
            who = None if is_own or message.adult_id is None else names.get(message.adult_id)
            found.append(
                {
                    "at": message.at,
                    "thread": thread.pk,
                    "from": "you" if is_own else "family" if who else "school",
                    "written_by__name": relation_of(who, relations)
                    if who
                    else message.user.name
                    if message.user
                    else "",
                    "text": message.text,
                    "wants_call": message.wants_call or None,
                    "back_at": message.back_at,
                    "photo": message.photo_id,
                    "voice": message.voice_id,
                    "machine_texts__text": [
                        f"{one.get_kind_display()}: {one.text}"
                        for one in message.machine_texts.all()
                        if one.text
                    ],
                }
            )
    return found


def _postcards(asker: Asker) -> list[dict[str, Any]]:
    copies = copies_for(asker.adults, asker.on).filter(postcard__student=asker.student)
    came = [
        {
            "sent_at": one.postcard.sent_at,
            "direction": one.postcard.direction,
            "heard_at": one.heard_at,
            "voice": one.postcard.voice_id,
        }
        for one in copies
    ]
    sent = Postcard.objects.filter(
        student=asker.student, sender__in=asker.adults, withdrawn_at=None
    ).values("sent_at", "direction", "heard_at", "voice")
    return sorted([*came, *map(dict, sent)], key=lambda row: row["sent_at"])


def _three_things(asker: Asker) -> list[dict[str, Any]]:
    rows = ThreeThings.objects.filter(_about(asker)).order_by("chosen_at", "pk")
    names = "chosen_at sentences answered_at answer_picture answer_words".split()
    return [
        {name: getattr(row, name) for name in names}
        | {"answer_photo": row.answer_photo_id}
        | {"pictures": [label for _key, label in row.picture_labels]}
        for row in rows
    ]


def _agreed(asker: Asker) -> list[dict[str, Any]]:
    """Return this adult's own part of what was agreed, as their page shows it, with the days they ticked it
    off.
    """
    found = [
        one.measure
        for one in agreed_with(asker.adults, asker.at)
        if one.measure.student_id == asker.student.pk
    ]
    return [
        {
            "words": plain_words(measure),
            "starts_on": measure.starts_on,
            "due_on": measure.due_on,
            "days": [tick.on for tick in measure.ticks.all() if tick.undone_at is None],
        }
        for measure in found
    ]


def _questionnaires(asker: Asker) -> list[dict[str, Any]]:
    """Return this adult's own answers about the child, never the child's answers."""
    rows = Answer.objects.filter(
        seat__adult__in=asker.adults, seat__student=asker.student, seat__finished_at__isnull=False
    )
    latest: dict[int, dict[str, Answer]] = defaultdict(dict)
    for row in rows.select_related("seat__round__edition").order_by("pk"):
        latest[row.seat_id][row.item] = row
    found = []
    for answers in latest.values():
        seat = next(iter(answers.values())).seat
        found.append(
            {
                "finished_at": seat.finished_at,
                "answers": answers_in_words(
                    seat.round.edition.instrument,
                    {item: row.option for item, row in answers.items()},
                ),
            }
        )
    return found


def _lessons(asker: Asker) -> list[dict[str, Any]]:
    """Return the lessons they were sent or chose themselves; the school does not record which of the two it
    was.
    """
    rows = LessonSent.objects.filter(_mine(asker)).select_related("lesson").order_by("sent_at")
    return [
        {
            "sent_at": row.sent_at,
            "lesson": row.lesson.text(asker.adults[0].language)["title"],
            "seen_at": row.opened_at,
            "answered_at": row.answered_at,
            "is_of_use": row.is_of_use,
        }
        for row in rows
    ]


ABOUT_YOU = (
    Section(
        "you",
        _("You"),
        Adult,
        "name language literacy prefers_audio time_zone shift shift_since shift_turn_days quiet_from "
        "quiet_until legal_basis opted_out_at created_at",
        lambda asker: Adult.objects.filter(pk__in=[adult.pk for adult in asker.adults]),
    ),
    Section(
        "your_account",
        _("Your account"),
        User,
        "username name phone email language joined_at last_login",
        lambda asker: User.objects.filter(pk=asker.user.pk),
    ),
    Section(
        "your_account_changes",
        _("What changed on your account"),
        CredentialEvent,
        "at kind",
        lambda asker: CredentialEvent.objects.filter(user=asker.user).order_by("at"),
        "user",
    ),
    Section(
        "your_devices",
        _("Where you are signed in"),
        Device,
        "name opened_by opened_at last_used_at",
        lambda asker: Device.objects.filter(user=asker.user).order_by("opened_at"),
        "user",
    ),
    Section(
        "your_wechat",
        _("Your WeChat"),
        WechatLink,
        "linked_at",
        lambda asker: WechatLink.objects.filter(user=asker.user),
        "user",
    ),
    Section(
        "your_part",
        _("Your relationship to the child"),
        Guardianship,
        "relation kind may_decide may_see_file starts_on ends_on",
        lambda asker: Guardianship.objects.filter(_about(asker)),
        "student adult",
    ),
    Section(
        "your_contacts",
        _("How the school reaches you"),
        ContactPoint,
        "kind address as_written by_call agreed_key verified_at failing_since last_delivered_at"
        " last_replied_at",
        lambda asker: ContactPoint.objects.filter(_mine(asker)),
        "adult",
    ),
    Section(
        "your_number_changes",
        _("When your numbers were changed"),
        NumberChange,
        "changed_at what",
        lambda asker: NumberChange.objects.filter(_mine(asker)).order_by("changed_at"),
        "adult",
    ),
    Section(
        "your_places",
        _("Where you live and work"),
        Migration,
        "is_away place work starts_on ends_on",
        lambda asker: Migration.objects.filter(_mine(asker)),
        "adult",
    ),
    Section(
        "your_details",
        _("When you looked through your details"),
        DetailsCheck,
        "asked_at confirmed_at changes asks_teacher",
        lambda asker: DetailsCheck.objects.filter(_mine(asker)).order_by("asked_at"),
        "adult",
    ),
    Section(
        "your_rhythm",
        _("How often we may ask you"),
        AdultRhythm,
        "every_days paused_until",
        lambda asker: AdultRhythm.objects.filter(_mine(asker)),
        "adult",
    ),
)

TOGETHER = (
    Section(
        "messages",
        _("Conversations with the school"),
        ThreadMessage,
        "at text wants_call back_at photo voice machine_texts__text user__name thread__student",
        _messages,
        "adult thread__people__adult",
        files="photo voice",
        is_read=True,
    ),
    Section(
        "postcards",
        _("Voice postcards"),
        Postcard,
        "sent_at direction heard_at voice copies__heard_at",
        _postcards,
        "student sender withdrawn_at copies__adult",
        files="voice",
    ),
    Section(
        "thanks",
        _("When you said thank you"),
        Thanks,
        "at",
        lambda asker: Thanks.objects.filter(
            Q(note__student=asker.student) | Q(note=None), _mine(asker)
        ).order_by("at"),
        "adult",
    ),
    Section(
        "talks",
        _("Talks with the child"),
        Contact,
        "happened_on kind minutes reported_by recorded_at",
        lambda asker: Contact.objects.filter(
            _about(asker), retracted_at=None, reported_by__in=OWN_REPORTS
        ),
        "student adult retracted_at",
    ),
    Section(
        "sent_home",
        _("What you sent home"),
        SentHome,
        "arrived_on kind words reported_by recorded_at",
        lambda asker: SentHome.objects.filter(
            _about(asker), retracted_at=None, reported_by__in=OWN_REPORTS
        ),
        "student adult retracted_at",
    ),
    Section(
        "check_ins",
        _("Our questions and your answers"),
        CheckInLine,
        "check_in__due_on check_in__asked_at check_in__answered_at answer mood words",
        lambda asker: CheckInLine.objects.filter(
            check_in__adult__in=asker.adults, student=asker.student
        ).order_by("check_in__due_on"),
        "student check_in__adult",
    ),
    Section(
        "replies",
        _("Each answer you gave"),
        Reply,
        "at answer mood words wants_call voice",
        lambda asker: Reply.objects.filter(
            line__check_in__adult__in=asker.adults, line__student=asker.student
        ).order_by("at", "pk"),
        files="voice",
    ),
    Section(
        "messages_sent",
        _("Messages that were sent to you"),
        OutboxMessage,
        "created_at kind state finished_at",
        lambda asker: OutboxMessage.objects.filter(_mine(asker), state__in=WENT).order_by(
            "created_at"
        ),
        "adult",
    ),
    Section(
        "calls",
        _("Calls at the school's phone"),
        CallSlot,
        "starts_at ends_at state booked_by booked_at confirmed_at join_key started_at settled_at "
        "talked_seconds missed_side mood",
        lambda asker: CallSlot.objects.filter(_about(asker)).order_by("starts_at"),
        "student adult",
    ),
    Section(
        "call_wishes",
        _("Times for a call that you asked for"),
        CallWish,
        "asked_at words by_key settled_at",
        lambda asker: CallWish.objects.filter(_about(asker)).order_by("asked_at"),
        "student adult",
    ),
    Section(
        "three_things",
        _("What your child wanted you to ask, and what you answered"),
        ThreeThings,
        "chosen_at pictures sentences answered_at answer_picture answer_words answer_photo",
        _three_things,
        "student adult",
        files="answer_photo",
    ),
    Section(
        "nearby",
        _("People near by to whom you agreed"),
        NearbyAdult,
        "adult__name minutes agreed_at agreed_how village_told_on",
        lambda asker: NearbyAdult.objects.filter(
            student=asker.student, agreed_by__in=asker.adults, adult__blocked_at=None
        ).order_by("pk"),
        "student agreed_by",
    ),
    Section(
        "evenings",
        _("When you were asked who is with the child in the evening"),
        Asking,
        "evening part asked_at answer answered_at answered_how",
        lambda asker: Asking.objects.filter(_mine(asker)).order_by("pk"),
        "adult",
    ),
    Section(
        "call_backs",
        _("When you asked to be called"),
        CallBack,
        "asked_at done_at",
        lambda asker: CallBack.objects.filter(
            Q(thread__student=asker.student) | Q(thread__student=None),
            _mine(asker),
            thread__in=own_places(asker.adults, asker.on).values("thread"),
        ).order_by("asked_at"),
        "adult",
    ),
    Section(
        "school_calls",
        _("Calls of the school to you"),
        CallLog,
        "started_at ended_at minutes outcome",
        lambda asker: CallLog.objects.filter(_about(asker)).order_by("started_at"),
        "student adult",
    ),
    Section(
        "visits",
        _("Visits of the school to you"),
        Visit,
        "visited_on kind",
        lambda asker: (
            Visit.objects.filter(
                student=asker.student, met__in=asker.adults, visited_on__isnull=False
            )
            .order_by("visited_on")
            .distinct()
        ),
        "student",
    ),
    Section(
        "holidays",
        _("Holidays together"),
        ReunionPlan,
        "season__starts_on travel arrives_on leaves_on has_ticket words said_by said_at outcome",
        lambda asker: ReunionPlan.objects.filter(_about(asker)),
        "student adult",
    ),
    Section(
        "asked_about_living_together",
        _("What you asked about living together"),
        InfoAsked,
        "asked_at topic words answer answered_at",
        lambda asker: InfoAsked.objects.filter(_about(asker)).order_by("asked_at"),
        "student adult",
    ),
    Section(
        "requests_of_the_school",
        _("What the school asked of you"),
        FamilyRequest,
        "asked_at words due_on answer answer_words answered_at asked_by__name photos__at",
        _requests,
        "student adult",
        files="photo",
        is_read=True,
    ),
    Section(
        "leave",
        _("Leave that you asked for"),
        LeaveRequest,
        "asked_at starts_on ends_on reason words photo collects collector__name collector_words "
        "state answer",
        lambda asker: LeaveRequest.objects.filter(_about(asker)).order_by("starts_on"),
        "student adult",
        files="photo",
        is_read=True,
    ),
    Section(
        "homework_help",
        _("Homework that you help with"),
        HomeworkHelp,
        "weekdays starts_at words starts_on ended_at",
        lambda asker: HomeworkHelp.objects.filter(_about(asker)).order_by("starts_on"),
        "student adult",
    ),
    Section(
        "agreed",
        _("What was agreed with you"),
        Measure,
        "sealed starts_on due_on ticks__on",
        _agreed,
        "student adult",
    ),
    Section(
        "signatures",
        _("What you confirmed and signed"),
        NoticeAnswer,
        "at notice_title via is_refused words signed_as statement digest withdrawn_at",
        lambda asker: (
            NoticeAnswer.objects.filter(_mine(asker), child__student=asker.student)
            .annotate(notice_title=F("child__notice__title"))
            .order_by("at")
        ),
        "adult",
        is_read=True,
    ),
    Section(
        "questionnaires",
        _("Questionnaires that you answered"),
        Answer,
        "option seat__finished_at",
        _questionnaires,
        "seat__student seat__adult",
        is_read=True,
    ),
    Section(
        "your_weeks",
        _("Your own questions of the week"),
        Pulse,
        "week_on answers",
        lambda asker: [
            {
                "week_on": row.week_on,
                "answers": answers_in_words(row.edition.instrument, row.answers),
            }
            for row in Pulse.objects.filter(_mine(asker), finished_at__isnull=False)
            .select_related("edition")
            .order_by("week_on")
        ],
        "adult finished_at",
        is_read=True,
    ),
    Section(
        "lessons",
        _("Two-minute lessons"),
        LessonSent,
        "sent_at lesson opened_at answered_at is_of_use",
        _lessons,
        "adult",
    ),
    Section(
        "meetings",
        _("Meetings to which you were invited"),
        MeetingInvitation,
        "meeting__title meeting__starts_at invited_at reply replied_at wish slot_at came_at",
        lambda asker: MeetingInvitation.objects.filter(_mine(asker)).order_by("meeting__starts_at"),
        "adult",
    ),
    Section(
        "consents",
        _("What you agreed to or refused"),
        Consent,
        "at purpose decision text_version via receipt",
        lambda asker: Consent.objects.filter(
            _mine(asker), Q(student=asker.student) | Q(student=None)
        ),
        "adult student",
    ),
    Section(
        "study_words",
        _("What you said about answers for studies"),
        StudyWord,
        "at study__recipient study__purpose decision pupil_agrees via receipt",
        lambda asker: StudyWord.objects.filter(_about(asker)),
        "adult student",
    ),
    Section(
        "transfer_words",
        _("What you said about the file going to another school"),
        TransferWord,
        "at decision parts words via receipt",
        lambda asker: TransferWord.objects.filter(_mine(asker), transfer__student=asker.student),
        "adult transfer__student",
    ),
    Section(
        "consents_asked",
        _("When we asked for your yes or no"),
        ConsentAsk,
        "asked_at purpose",
        lambda asker: (
            ConsentAsk.objects.filter(student=asker.student)
            .exclude(purpose__in=OF_THE_ADULT)
            .order_by("asked_at")
        ),
        "student",
    ),
    Section(
        "your_requests",
        _("Your requests about the data"),
        DataRequest,
        "kind words state asked_at due_on answer answered_at",
        lambda asker: DataRequest.objects.filter(_about(asker)),
        "adult student",
    ),
)

"""What each figure means, in words: pages, workbooks and other readers use the same definitions.

How a fact is decided (connected, confirmed, reachable, needs an adult now) is defined in the package that
owns it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Words = str | Promise


@dataclass(frozen=True)
class Definition:
    """`counts` out of `out_of` (empty for a number that is not a share).

    `missing`: what happens to what nobody recorded.
    """

    key: str
    name: Words
    counts: Words
    window: Words
    source: Words
    missing: Words
    out_of: Words = ""


SEVEN_DAYS = _("today and the six days before")
AS_OF_NOW = _("as of now")
AWAY = _("all children in a class with a parent away who is in touch")
FAMILIES_FILE = _("the family's file: contact points, and what came back when messages were sent")
TRIED = _("A number that was never tried counts as working.")
CONCERNS = _("the school's concerns; without children whose file is closed to the reader")

THIS_TERM = _("from the term's first day until now")
SCHOOL_YEAR = _("this school year, until today")
LESSONS = _("what was sent, opened and answered; without names")
TOO_FEW = _("Fewer than three are not shown, because one person could be recognised.")

_ALL = (
    Definition(
        "connected",
        _("Talked with a parent"),
        _("children with at least one talk with a parent on record"),
        SEVEN_DAYS,
        _("talks that parents, the adults at home, the child or staff told us about, and calls at school"),
        _("A talk that nobody recorded does not count: the true share is at least this high."),
        AWAY,
    ),
    Definition(
        "confirmed",
        _("Confirmed by both sides"),
        _("children for whom the parent and the child's side both told us about a talk, or the "
"school saw it"),
        SEVEN_DAYS,
        _("the same talks, by who told us about them"),
        _("What only one side told us counts under “talked”, not here."),
        _("children who talked with a parent"),
    ),
    Definition(
        "trend",
        _("Week by week"),
        _("the same share; of each week until its Sunday, and of the last seven days"),
        _("eleven weeks that are over, or those of the chosen term, and the last seven days"),
        _(
            "talks, and who was away and in a class on that day; counted once when a week is over, "
"and visibly corrected if something changes later"
        ),
        _("A week without any talk on record shows nothing: nobody knows, which is not zero."),
        AWAY,
    ),
    Definition(
        "silence",
        _("No talk in the last 7 days"),
        _("children with a parent away who are not connected; the longest silence beside it"),
        SEVEN_DAYS,
        _("talks"),
        _("Children without any talk on record are counted separately and come before the longest silence."),
    ),
    Definition(
        "changes",
        _("Since a week ago"),
        _("children who talked in one of the two weeks and not in the other; ways that broke since then"),
        _("the last seven days beside the seven before"),
        _("talks, and what came back when messages were sent"),
        _("Children without a parent away today are left out of both weeks."),
    ),
    Definition(
        "reachable",
        _("Ways to a family"),
        _("children by how many phone numbers and addresses of the adults around them still work"),
        AS_OF_NOW,
        FAMILIES_FILE,
        _("Families without any number on record are counted apart."),
        AWAY,
    ),
    Definition(
        "reachable_parents",
        _("A parent can be reached"),
        _("children with a working number or address of a parent"),
        AS_OF_NOW,
        FAMILIES_FILE,
        TRIED,
        AWAY,
    ),
    Definition(
        "reachable_carers",
        _("A carer can be reached"),
        _("children with a working number or address of somebody who looks after them at home"),
        AS_OF_NOW,
        FAMILIES_FILE,
        TRIED,
        _("the same children, if a carer is on record"),
    ),
    Definition(
        "unreachable",
        _("Family not reachable"),
        _("children around whom no number or address works, or none is on record"),
        AS_OF_NOW,
        FAMILIES_FILE,
        TRIED,
        AWAY,
    ),
    Definition(
        "now",
        _("Needs an adult now"),
        _("open concerns whose urgency says so"),
        AS_OF_NOW,
        CONCERNS,
        _("What nobody reported is not known. Always for the whole school."),
    ),
    Definition(
        "open",
        _("Open concerns in all"),
        _("concerns that are not closed"),
        AS_OF_NOW,
        CONCERNS,
        _("What nobody reported is not known. Always for the whole school."),
    ),
    Definition(
        "not_taken",
        _("Not taken on yet"),
        _("open concerns that no adult has taken on"),
        AS_OF_NOW,
        CONCERNS,
        _("What nobody reported is not known. Always for the whole school."),
    ),
    Definition(
        "looked_for",
        _("The teacher is looking for the family"),
        _("families that a teacher was asked to find because no message was answered"),
        AS_OF_NOW,
        _("the weekly questions and what became of them"),
        _("Families who were never asked are not among them. Always for the whole school."),
    ),
    Definition(
        "visits_overdue",
        _("Home visits overdue"),
        _("home visits of this term that were due before today and were not made"),
        AS_OF_NOW,
        _("what is due this term by the school's calendar, and what was recorded"),
        _("A visit that nobody recorded counts as not made. Between terms nothing is due."),
    ),
    Definition(
        "balance",
        _("Who starts the conversation"),
        _("exchanges whose first message came from the family"),
        _("today and the 27 days before"),
        _("conversations between families and staff"),
        _("Talks by phone that nobody wrote down do not count. Always for the whole school."),
        _("all exchanges of these four weeks"),
    ),
    Definition(
        "whereabouts",
        _("A parent's whereabouts are not known"),
        _("children with a parent in touch who is recorded neither as away nor as at home"),
        AS_OF_NOW,
        _("the family's file"),
        _("They are in no other figure of this page until somebody says where the parent is."),
    ),
    Definition(
        "no_parent",
        _("No parent on record"),
        _("children in a class without any parent in their file"),
        AS_OF_NOW,
        _("the family's file"),
        _("They are in no other figure of this page."),
    ),
    Definition(
        "absent",
        _("Absent"),
        _("children marked as absent, without those on leave, late or who left early"),
        _("the last day with a register, of today and the six days before"),
        _("the classes' registers"),
        _("Classes without a register of that day are left out, and counted."),
        _("children who are in a register of that day"),
    ),
    Definition(
        "good_news",
        _("Families told something good"),
        _("children whose family was told at least one good thing"),
        _("today and the 28 days before"),
        _("what staff noted and meant for the family"),
        _("What was only said, and noted nowhere, does not count."),
        _("children in a class"),
    ),
    Definition(
        "screening",
        _("Asked how they feel"),
        _("children who finished a form of a survey round, or of whom an adult did; in steps"),
        THIS_TERM,
        _("survey rounds"),
        _("Children who refused or were not asked count as not asked. Always for the whole school."),
        _("children in a class"),
    ),
    Definition(
        "consents",
        _("Families who allow these questions"),
        _("children whose family agrees to questions about how they feel; in steps"),
        AS_OF_NOW,
        _("what families said"),
        _("An unanswered question does not count as a yes. Always for the whole school."),
        _("children in a class"),
    ),
    Definition(
        "first_look",
        _("Until the first adult"),
        _("half of all concerns waited at most this long until an adult took them on"),
        THIS_TERM,
        CONCERNS,
        _("What nobody has taken on counts as waiting until now. Nothing is shown for fewer than ten."),
    ),
    Definition(
        "learning_reached",
        _("Lessons with families"),
        _("lessons that an adult of a family was sent or chose, each adult and lesson once"),
        SCHOOL_YEAR,
        LESSONS,
        TOO_FEW,
    ),
    Definition(
        "learning_done",
        _("Opened"),
        _("of these, lessons that the adult opened or answered"),
        SCHOOL_YEAR,
        LESSONS,
        _("What was read on paper or heard at a meeting is not counted: the true number is higher."),
        _("lessons with families"),
    ),
    Definition(
        "learning_of_use",
        _("Found useful"),
        _("of these, lessons that the adult called useful"),
        SCHOOL_YEAR,
        LESSONS,
        _("Who did not answer is in neither number."),
        _("lessons that were answered"),
    ),
    Definition(
        "lessons_held",
        _("Lessons held in class"),
        _("lessons of classes that the class teacher noted as held"),
        SCHOOL_YEAR,
        _("the plan of the classes"),
        _("A lesson that nobody recorded counts as not held."),
        _("lessons that were planned"),
    ),
    Definition(
        "staff_trained",
        _("Staff with a training"),
        _("members of staff with at least one training on the list"),
        SCHOOL_YEAR,
        _("the list of trainings"),
        _("A training that nobody wrote down does not count."),
        _("staff of today"),
    ),
)  # fmt: skip
WEEK = _("the week until the Sunday that is named")
END_OF_WEEK = _("at the end of that week")
TERM = _("from the term's first day to the end of that week")
ROSTER = _("the school's roster")
DUTIES = _("what is due this term by the school's calendar, and what was recorded")
CONCERNS_OF_CHILDREN = _(
    "the school's concerns; without children whose file is closed to an officer"
)
QUEUE = _("the shared queue of the county's counsellors")
NOBODY_ASKED = _("What nobody reported is not known.")
NOT_RECORDED_VISIT = _(
    "A visit that nobody recorded counts as not made. Between terms nothing is due."
)

# What a county publishes for a week, in addition to "connected".
_OF_COUNTY = (
    Definition(
        "pupils",
        _("Pupils"),
        _("children in a class"),
        END_OF_WEEK,
        ROSTER,
        _("A child who is not on the roster is in no figure."),
    ),
    Definition(
        "away",
        _("With a parent away"),
        _("children in a class with a parent away who is in touch"),
        END_OF_WEEK,
        _("the family's file"),
        _("Where nobody recorded where a parent is, the child is not counted."),
    ),
    Definition(
        "reached",
        _("Can be reached"),
        _("children around whom at least one number or address works"),
        _("as of the day on which the week was published"),
        FAMILIES_FILE,
        _("A number that was never tried counts as working. Not shown for a week published late."),
        AWAY,
    ),
    Definition(
        "visits",
        _("Homes visited"),
        _("home visits of this term that were made"),
        TERM,
        DUTIES,
        NOT_RECORDED_VISIT,
        _("home visits due this term"),
    ),
    Definition(
        "overdue",
        _("Visits overdue"),
        _("home visits of this term that were due before that day and were not made"),
        END_OF_WEEK,
        DUTIES,
        NOT_RECORDED_VISIT,
    ),
    Definition(
        "calls",
        _("Parents called"),
        _("calls to a parent of this month that were made"),
        _("the calendar month, until that day"),
        DUTIES,
        _("A call that nobody recorded counts as not made. A month begins with none."),
        _("calls due this month"),
    ),
    Definition(
        "screened",
        _("Screened this term"),
        _("children who finished a form of a survey round, or of whom an adult did"),
        TERM,
        _("survey rounds"),
        _("Children who refused or were not asked count as not screened. Nothing is shown between terms."),
        _("all children in a class"),
    ),
    Definition(
        "with_concern",
        _("Children with an open concern"),
        _("children with at least one concern that is not closed"),
        END_OF_WEEK,
        CONCERNS_OF_CHILDREN,
        NOBODY_ASKED,
    ),
    Definition(
        "long_concern",
        _("Open for four weeks or longer"),
        _("of these, children whose oldest open concern is four weeks old or older"),
        END_OF_WEEK,
        CONCERNS_OF_CHILDREN,
        NOBODY_ASKED,
    ),
    Definition(
        "left_behind",
        _("Left-behind children by law"),
        _(
            "children under 16 whose parents are both away, or one is and the other cannot act as guardian "
            "(State Council 2016 no. 13)"
        ),
        END_OF_WEEK,
        _("the family's file"),
        _("Children for whom a deciding fact is not known are counted separately."),
    ),
    Definition(
        "left_behind_unknown",
        _("Status not known yet"),
        _("children whose status by law depends on something that is not known"),
        END_OF_WEEK,
        _("the family's file"),
        _("The school's ledger says what to ask about each of them."),
    ),
    Definition(
        "counsellor",
        _("Counsellor"),
        _("whether somebody at the school holds the post of counsellor"),
        END_OF_WEEK,
        _("posts"),
        _("A counsellor who comes without a post here is not known."),
    ),
    Definition(
        "access",
        _("Access confirmed this term"),
        _("whether somebody responsible looked at who has access at the school, and said that it is right"),
        TERM,
        _("the school's page on data protection"),
        _("A list on paper is not known here. During holidays, last term counts."),
    ),
    Definition(
        "in_queue",
        _("In the shared queue"),
        _("whether the school has joined the shared queue, and in which week"),
        END_OF_WEEK,
        QUEUE,
        _("A school that has a counsellor may join as well."),
    ),
    Definition(
        "sending",
        _("Sending"),
        _("how messages to families went: one in ten or more that did not go out is trouble"),
        WEEK,
        _("the school's outbox"),
        _("Messages that nobody wrote cannot fail."),
    ),
    Definition(
        "used",
        _("In use"),
        _("whether staff opened a child's file, noted something or took attendance"),
        WEEK,
        _("the access log, observations, attendance"),
        _("Without any sign of use a low share of talks is a lack of records: it is not shown."),
    ),
    Definition(
        "waiting",
        _("Children waiting"),
        _("children whom a school put into the queue and nobody has accepted"),
        END_OF_WEEK,
        QUEUE,
        NOBODY_ASKED,
    ),
    Definition(
        "waiting_long",
        _("Waiting for three days or longer"),
        _("of these, children who have waited for three days or longer"),
        END_OF_WEEK,
        QUEUE,
        NOBODY_ASKED,
    ),
    Definition(
        "taken_running",
        _("With a counsellor from another school"),
        _("children accepted since the term began, each once as it was accepted last"),
        TERM,
        QUEUE,
        NOBODY_ASKED,
    ),
    Definition(
        "taken_closed",
        _("Case closed"),
        _("of the children accepted since the term began"),
        TERM,
        QUEUE,
        NOBODY_ASKED,
    ),
    Definition(
        "taken_given_back",
        _("Given back to the school, or without a counsellor"),
        _("of the children accepted since the term began"),
        TERM,
        QUEUE,
        NOBODY_ASKED,
    ),
    Definition(
        "taken_back",
        _("Back with the school's own counsellor"),
        _("of the children accepted since the term began"),
        TERM,
        QUEUE,
        NOBODY_ASKED,
    ),
    Definition(
        "middle_wait",
        _("Median wait"),
        _("the median wait of the children accepted since the term began"),
        TERM,
        QUEUE,
        _("It is not shown for fewer than ten children."),
    ),
)  # fmt: skip
# For the page of what has changed since the beginning, in addition to those of the school's own page.
_SINCE_START = (
    Definition(
        "begun",
        _("Who starts the conversation"),
        _("exchanges about a child whose first message came from the family"),
        WEEK,
        _("conversations between families and staff"),
        _("Talks by phone that nobody wrote down do not count."),
        _("all exchanges of the week about a child"),
    ),
    Definition(
        "pulses",
        _("Answered the week's questions"),
        _("children who finished the questions of the week"),
        WEEK,
        _("the children's weekly questions; what they answered is not counted here"),
        _("Answers are deleted after a year, and after a no: weeks long past may show fewer."),
        _("children in a class"),
    ),
)
# On pages of their own rooms, which count them.
_ELSEWHERE = (
    Definition(
        "cases",
        _("Cases by state"),
        _("cases by the state to which their counsellor moved them last; closed ones apart"),
        AS_OF_NOW,
        _("the cases"),
        _("A case that nobody moved on keeps its last state. Cases of others are not among them."),
        _("cases that the reader keeps or may read"),
    ),
    Definition(
        "plans",
        _("What was agreed and done"),
        _("times on which somebody ticked off what a party was to do"),
        _("since the plan began, until today or until it ended"),
        _("the ticks of family, school and village"),
        _("What nobody ticked off counts as not done. What was dropped is left out."),
        _("times on which it was due, also the one that runs now"),
    ),
    Definition(
        "heard_by_step",
        _("Answered, by step"),
        _("questions that were answered, or after which child and parent talked, by the step it followed"),
        _("the 18 weeks until ten days ago; the ladders of later questions may still climb"),
        _("the weekly questions, the steps after them, answers and talks"),
        _("A talk that nobody recorded does not count. Nobody knows who would have answered anyhow."),
        _("all questions of these weeks"),
    ),
    Definition(
        "on_duty",
        _("Staff on duty"),
        _("people with a shift that runs, as long as they hold a post at the school"),
        _("the week that is shown"),
        _("the duty roster"),
        _("Time without anybody is shown as a gap, day and night apart. What was only said does not count."),
    ),
    Definition(
        "outbox",
        _("Messages now"),
        _("messages to families and staff by state: due, late, being sent, planned; not sent by cause"),
        _("as of now; of those not sent, the last 24 hours"),
        _("the school's outbox, and what providers report"),
        _("Those of which no provider said anything are listed apart, for somebody to settle."),
    ),
)  # fmt: skip
DEFINITIONS = {one.key: one for one in (*_ALL, *_OF_COUNTY, *_SINCE_START, *_ELSEWHERE)}


def definitions() -> Sequence[Definition]:
    """Return the definitions in the order of a school's page."""
    return _ALL


def county_definitions() -> Sequence[Definition]:
    """Return the definitions in the order of the county's tables; for talks, the school's own definition."""
    return (*_OF_COUNTY[:2], DEFINITIONS["connected"], *_OF_COUNTY[2:], *_SINCE_START)

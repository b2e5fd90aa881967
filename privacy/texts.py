"""The text that a family reads before it says yes or no, in plain words, one for each purpose.

A text that changes in meaning gets the next `version`, and everybody who agreed to an older one is asked
again (privacy.rules.is_to_be_asked). Receipts name the version.
"""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from privacy.models import Purpose


@dataclass(frozen=True)
class ConsentText:
    """A text about one purpose: `title` names the question, the other fields answer what anybody
    would ask.
    """

    version: int
    title: Promise
    what: Promise
    why: Promise
    who: Promise
    how_long: Promise
    if_no: Promise


TEXTS: dict[str, ConsentText] = {
    Purpose.PHOTO: ConsentText(
        version=2,
        title=_("Pictures for my family"),
        what=_(
            "A teacher may take a picture of your child alone now and then: at work, with a drawing, at"
            " play. It shows no place and no time."
        ),
        why=_("So that you see how your child is doing."),
        who=_(
            "You, the other adults of the family who may see the file, and the child's teachers. Only"
            " signed in."
        ),
        how_long=_(
            "Until the child leaves the school, or until you say no: from then on nobody sees them."
        ),
        if_no=_("No picture of your child alone is kept. You still get all the news in words."),
    ),
    Purpose.CLASS_PHOTO: ConsentText(
        version=1,
        title=_("Pictures that the class's families see"),
        what=_(
            "Your child may be in a picture of the class: in a game, at a festival, with classmates. It shows"
            " no place and no time, and no name stands beside it."
        ),
        why=_(
            "So that all families see how the class is doing, and yours sees your child among friends."
        ),
        who=_(
            "The families of the children in the class, and the class's teachers. Only signed in. Everybody"
            " can keep what they see on their phone, so please think it over."
        ),
        how_long=_(
            "Until the child leaves the school, or until you say no: from then on nobody sees the picture,"
            " the other families neither."
        ),
        if_no=_(
            "The teacher puts no picture with your child on the class's page. Your child takes part in"
            " everything all the same."
        ),
    ),
    Purpose.VOICE: ConsentText(
        version=1,
        title=_("The child's recorded voice"),
        what=_("The child may record a short voice message for you on the school's computer."),
        why=_("A voice is closer than a letter."),
        who=_("The parents to whom the child sends it. Nobody at school listens to it."),
        how_long=_(
            "Until the child leaves the school, or until you say no: from then on nobody hears it."
        ),
        if_no=_("Nothing is recorded. You can still book calls and write."),
    ),
    Purpose.VILLAGE: ConsentText(
        version=3,
        title=_("What the village worker is told"),
        what=_(
            "For a visit: the child's name, the address, who is at home, and what is to be done."
        ),
        why=_(
            "The village's child-welfare worker lives nearby and can look in when nobody else can."
        ),
        who=_("The child-welfare worker of your village only. No marks, no talks, no illnesses."),
        how_long=_("While the visit is open. Afterwards only that it took place."),
        if_no=_(
            "We tell the village worker nothing, and the teacher makes the visits instead. Only for the"
            " child's safety may the school's counsellor decide otherwise for a time, or the principal if no"
            " counsellor can."
        ),
    ),
    Purpose.OTHER_PARENT: ConsentText(
        version=1,
        title=_("Where you are and when you travel"),
        what=_("The town where you live and the days when you come home."),
        why=_("So that the two of you can arrange who is with the child, and when."),
        who=_("The child's other parent. Nobody else."),
        how_long=_("Until you say no: then it is hidden at once."),
        if_no=_("The other parent sees nothing of it. The school still helps you to plan."),
    ),
    Purpose.SCREENING: ConsentText(
        version=1,
        title=_("Questions about how the child feels"),
        what=_("Once or twice a year the child answers questions about mood, sleep and friends."),
        why=_("So that somebody notices in time when a child is not well."),
        who=_("The school's counsellor. Teachers learn only how they can help, no answers."),
        how_long=_("Until the child leaves the school, or until you ask us to delete it."),
        if_no=_("The child does something else in that hour. Nobody asks why."),
    ),
    # The pupil reads the same text in templates/pupil/week_agree.html; change both together.
    Purpose.WEEKLY: ConsentText(
        version=1,
        title=_("How the week was"),
        what=_(
            "Once a week the child may tap how the week was and whether somebody listened. From 14 on we"
            " ask the child for its own yes too; at any age it may stop."
        ),
        why=_("A hard time shows in small steps. So somebody notices early."),
        who=_(
            "The school's counsellor. If the mood stays low for weeks, we ask the class teacher to talk"
            " with the child, and show no answer; with a second sign the counsellor is asked to look."
            " Nobody sees a figure for the class."
        ),
        how_long=_("For a year, or until you or the child say no: then we delete it."),
        if_no=_("The question does not appear. Nobody asks why."),
    ),
    Purpose.CARER: ConsentText(
        version=1,
        title=_("How you are yourself"),
        what=_(
            "Every four weeks at most: five short questions about your sleep, strength and help."
        ),
        why=_("Anyone who looks after a child needs strength too. So the school can lend a hand."),
        who=_("The school's counsellor. Not the teachers, and nobody in the family."),
        how_long=_("For a year, or until you say no: then we delete it."),
        if_no=_("You are not asked. Nothing changes for you or the child."),
    ),
}


def version_of(purpose: str) -> int:
    return TEXTS[purpose].version


@dataclass(frozen=True)
class Duty:
    """Something a school does because the law requires it: the family is told, and cannot refuse."""

    what: Promise
    why: Promise
    source: str


DUTIES = (
    Duty(
        _("The child's file at school"),
        _(
            "A school keeps a file for each child whose parents are away, so that help comes in time."
        ),
        "国务院〔2016〕13 号；家庭教育促进法第 21、30 条",
    ),
    Duty(
        _("The weekly question: have you talked?"),
        _("Parents who are away keep in touch with child and carer at least once a week."),
        "未成年人保护法第 21—23 条",
    ),
    Duty(
        _("Help when a child is in danger"),
        _("Anyone at school who suspects harm must report it at once."),
        "未成年人保护法第 11 条",
    ),
)

"""Text for figures and bands. It never names an illness: a band asks an adult to look."""

from collections.abc import Iterable, Mapping
from fractions import Fraction

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from core import languages
from core.days import full_day
from core.names import joined
from core.phones import on_one_line
from core.sentences import in_a_row
from schools.models import School
from surveys import queries, rules, scoring
from surveys.instruments import (
    LOOK,
    POINTS_OUT,
    SOON,
    USUAL,
    WATCH,
    Instrument,
    Item,
    Texts,
    text_in,
)

LEVEL_WORDS: Mapping[str, Promise] = {
    USUAL: gettext_lazy("as usual"),
    WATCH: gettext_lazy("keep an eye on"),
    LOOK: gettext_lazy("please look"),
    SOON: gettext_lazy("please look soon"),
}
VOID = "void"  # a column beside the levels: answers that may not be used

STEP_WORDS: Mapping[str, Promise] = {
    "turned": gettext_lazy("Reverse-scored items: %(items)s"),
    "sum": gettext_lazy("Sum of %(count)s answers: %(value)s"),
    "blank_zero": gettext_lazy("Blank items count as zero: %(blank)s"),
    "too_many_blanks": gettext_lazy(
        "Blank items: %(blank)s; at most %(most)s are allowed, so there is no score."
    ),
    "mean_filled": gettext_lazy(
        "Blank items: %(blank)s. Each gets the mean of the others: %(exact)s, rounded to %(value)s"
    ),
    "mean": gettext_lazy("Divided by %(count)s items: %(value)s"),
    "times": gettext_lazy("Times %(times)s: %(value)s"),
    "sum_of_scales": gettext_lazy("Sum of %(count)s parts: %(value)s"),
    "part_missing": gettext_lazy("One part has no score, so there is no sum."),
    "not_asked": gettext_lazy("None of its questions were asked."),
    "void_blanks": gettext_lazy(
        "Do not use: %(blanks)s items are blank; with %(limit)s or more the form means nothing."
    ),
    "void_validity": gettext_lazy(
        "Do not use: the validity check of the answers is %(sum)s; at %(limit)s or more they are"
        " not reliable."
    ),
}


# The two sources that are not publications; a publication keeps its name in every language.
SOURCE_WORDS = {
    "our own; not a validated scale": gettext_lazy("our own; not a validated scale"),
    "owner's sheet": gettext_lazy("owner's sheet"),
}


def source_words(source: str) -> str:
    return str(SOURCE_WORDS.get(source, source))


def words(texts: Texts) -> str:
    """Return the text in the reader's language."""
    return text_in(texts, languages.active())


def name_of(instrument: Instrument) -> str:
    return words(instrument.names)


def item_name(item: Item, instrument: Instrument) -> str:
    """Return the item's id with what it is about: its topic, else the scales to which it belongs."""
    parts = [words(one.names) for one in instrument.scales if item.id in one.items]
    if item.id in instrument.validity_items:
        parts = [_("check of the answers")]
    about = words(item.topic) if item.topic else joined(parts)
    return _("%(name)s: %(text)s") % {"name": item.id, "text": about} if about else item.id


def level_words(level: str) -> str:
    return str(LEVEL_WORDS.get(level, ""))


def step_words(step: scoring.Step) -> str:
    return str(STEP_WORDS[step.what]) % dict(step.facts)


def highest(scale_score: scoring.ScaleScore, instrument: Instrument) -> Fraction:
    """Return the highest possible value of the scale."""
    scale = scale_score.scale
    if scale.of:
        parts = [one for one in instrument.scales if one.id in scale.of]
        ids = [name for one in parts for name in one.items]
    else:
        ids = list(scale.items)
    total = Fraction(sum(max(item.values) for item in instrument.items if item.id in ids))
    return total / len(ids) if scale.method == "mean" else total * scale.times


def open_words(one: scoring.ScaleScore) -> str:
    """Say what blanks, or an unknown age or sex, leave open; "" if a band applies or there are none."""
    if one.possible is None or not (one.may_ask_for_look or (one.value is None and one.level)):
        return ""
    if one.value is not None:
        return _("whether to look depends on an age or sex that we do not know")
    low, high = (scoring.figure(end) for end in one.possible)
    told = {"low": low, "high": high, "level": level_words(one.level)}
    if one.level:
        return _("between %(low)s and %(high)s, whatever the blanks: %(level)s") % told
    return _("between %(low)s and %(high)s because of blanks, so it may ask for a look") % told


def sums(score: scoring.Score, instrument: Instrument) -> str:
    return together(
        f"{words(one.scale.names)} {scoring.figure(one.value)}/{scoring.figure(highest(one, instrument))}"
        for one in score.scales
        if one.value is not None
    )


def option_words(item: Item, code: str) -> str:
    option = item.option(code)
    return (words(option.texts) or option.code) if option else ""


def answers_in_words(instrument: Instrument, answers: Mapping[str, str]) -> list[str]:
    """Return each question with its answer, for the person who gave it."""
    return [
        _("%(question)s: %(answer)s")
        % {"question": words(item.texts) or item.id, "answer": answer_words(item, answers)}
        for item in instrument.items
    ]


def answer_words(item: Item, answers: Mapping[str, str]) -> str:
    """Return the answer to an item as text, or that it was skipped or never reached."""
    if item.id not in answers:
        return _("not reached")
    return option_words(item, answers[item.id]) or _("skipped")


def mark_words(marks: scoring.Marks) -> list[str]:
    found = []
    if marks.too_fast:
        found.append(_("answered faster than anybody can read"))
    if marks.straight_line:
        found.append(_("the same answer throughout"))
    return found


def reasons(result, instrument: Instrument) -> list[str]:
    """Say briefly why somebody should look: bands that ask for it, answers of a pulse."""
    found = [
        _("%(scale)s %(value)s of %(most)s: %(level)s")
        % {
            "scale": words(one.scale.names),
            "value": scoring.figure(one.value),
            "most": scoring.figure(highest(one, instrument)),
            "level": level_words(one.level),
        }
        for one in result.score.scales
        if one.level in POINTS_OUT and one.value is not None
    ]
    found += [
        _("%(scale)s: %(words)s") % {"scale": words(one.scale.names), "words": open_words(one)}
        for one in result.score.scales
        if one.may_ask_for_look or (one.level in POINTS_OUT and one.value is None)
    ]
    found += [step_words(step) for step in result.score.void]
    for item in instrument.items:
        if item.id in result.score.to_look_at:
            told = {"item": words(item.texts), "answer": answer_words(item, result.answers)}
            found.append(_("%(item)s “%(answer)s”") % told)
    if result.score.urgent:
        found.insert(0, _("An answer needed an adult at once"))
    return found


def too_large(load: rules.Load, fitting: int) -> str:
    """Say why a round is refused, with the figures."""
    told = {
        "children": load.children,
        "share": load.of_hundred,
        "talks": load.talks,
        "capacity": load.capacity,
        "weeks": rules.FOLLOW_UP_WEEKS,
        "fitting": fitting,
    }
    return (
        _(
            "About %(share)s in 100 of %(children)s children will need a talk, which means %(talks)s"
            " talks. The school can hold %(capacity)s in %(weeks)s weeks. Choose fewer classes"
            " (%(fitting)s children at most), or find more time first."
        )
        % told
    )


def how_often(instrument: Instrument) -> str:
    """Say what is published on how often it may be given; else that nothing is, and what we do."""
    days = rules.again_after_days(instrument)
    if not instrument.again_after_days:
        return _(
            "Nothing is published on how often it may be given. If the same children were asked within"
            " %(days)s days, we ask you first: the talks after one round come before the next."
        ) % {"days": days}
    return _("Again after %(days)s days at the earliest: %(why)s.") % {
        "days": days,
        "why": words(instrument.again_source),
    }


def asked_lately(lately: queries.Lately, instrument: Instrument) -> str:
    """Say why we ask before a second round."""
    told = {"n": lately.children, "day": full_day(lately.last_on)}
    if lately.is_open:
        found = ngettext(
            "A round of the same questions is still open for %(n)s of these children, since %(day)s.",
            "A round of the same questions is still open for %(n)s of these children, since %(day)s.",
            lately.children,
        )
    else:
        found = ngettext(
            "%(n)s of these children last answered the same questions on %(day)s.",
            "%(n)s of these children last answered the same questions on %(day)s.",
            lately.children,
        )
    return _("%(found)s %(rule)s") % {"found": found % told, "rule": how_often(instrument)}


def asked_lately_now(lately: queries.Lately, instrument: Instrument) -> str:
    """Say why a part of a plan is refused, for instance for a child who has changed classes."""
    instead = _("If they should be asked again anyway, open a new round for these classes instead.")
    return in_a_row([asked_lately(lately, instrument), instead])


def or_as_a_plan() -> str:
    return _("Or begin with the plan at the end of this page.")


def too_large_now(load: rules.Load) -> str:
    """Say why a part of a plan is refused: more children than when it was planned."""
    return _(
        "About %(talks)s of %(children)s children will need a talk, and the school can hold"
        " %(capacity)s. Open a round for fewer classes instead."
    ) % {"talks": load.talks, "children": load.children, "capacity": load.capacity}


def nobody_to_ask() -> str:
    return _(
        "No child in these classes has both the right age and the family's consent. Ask the"
        " families first."
    )


def bring_the_words_again() -> str:
    return _(
        "These questions were imported before we corrected their rules: which answers need an"
        " adult at once, or from which score somebody looks. Import the wording again, then open"
        " the round."
    )


def honest_words(one: rules.Honesty) -> str:
    return _(
        "From %(at_least)s points on: of %(of)s children about %(flagged)s are pointed out."
        " If %(prevalence)s in 100 really need help, of 100 who are pointed out about %(rightly)s do,"
        " and %(wrongly)s do not."
    ) % {
        "at_least": one.at_least,
        "of": one.of,
        "flagged": one.flagged,
        "prevalence": f"{one.prevalence_percent:g}",
        "rightly": one.rightly_of_hundred,
        "wrongly": 100 - one.rightly_of_hundred,
    }


WAY_WORDS: Mapping[str, Promise] = {
    rules.IN_CLASS: gettext_lazy("in class"),
    rules.AT_HOME: gettext_lazy("at home"),
    rules.INTERVIEW: gettext_lazy("in a talk"),
    rules.BY_STAFF: gettext_lazy("by the class teacher"),
}
WAY_NOTES: Mapping[str, Promise] = {
    rules.IN_CLASS: gettext_lazy(
        "Each child answers at school on a tablet, with an adult named for the lesson."
    ),
    rules.AT_HOME: gettext_lazy(
        "Parents or carers get a message with a link; they answer on their own phone."
    ),
    rules.INTERVIEW: gettext_lazy(
        "A member of staff asks the parent or carer. The questions can be read aloud and"
        " answered with pictures."
    ),
    rules.BY_STAFF: gettext_lazy("The class teacher answers about each child of the class."),
}


def ways_words(ways: Iterable[str]) -> str:
    return joined(str(WAY_WORDS[one]) for one in ways)


def other_ways(ways: Iterable[str]) -> str:
    return _("These questions can be asked only in this way: %(ways)s.") % {
        "ways": ways_words(ways)
    }


def children_words(count: int) -> str:
    return ngettext("%(n)s child", "%(n)s children", count) % {"n": count}


def reminded(count: int) -> str:
    return ngettext(
        "We will send a second message to %(n)s adult, at a time that suits them.",
        "We will send a second message to %(n)s adults, at a time that suits them.",
        count,
    ) % {"n": count}


def together(pieces: Iterable[str]) -> str:
    return _("; ").join(pieces)


# --- Three renderings of one result ---------------------------------------------------------------


def for_teacher(level: str, name: str) -> str:
    """Draft a task for the class teacher; the counsellor sends their own words."""
    if level in POINTS_OUT:
        return _(
            "This week, find ten quiet minutes with %(name)s and ask how things are."
            " Listen more than you talk."
            " Say one thing that went well. Tell me if anything worries you."
        ) % {"name": name}
    return _("Tell %(name)s one thing that went well this week.") % {"name": name}


def for_teacher_of(level: str, name: str) -> str:
    """Draft a task for the class teacher, after an adult of the family has answered."""
    if level in POINTS_OUT:
        return _(
            "This week, find a quiet moment to talk with %(name)s. Ask what would help."
            " Listen more than you talk, and tell me if anything worries you."
        ) % {"name": name}
    return _("When you next talk with %(name)s, say thank you for the answers.") % {"name": name}


def for_adult(level: str, school: School) -> list[str]:
    """Return plain words for the adult who answered at home or in a talk."""
    said = [_("Thank you for telling us. There are no right or wrong answers.")]
    if level in POINTS_OUT:
        said.append(_("We would like to hear more. When is a good time to call you?"))
        if school.phone:
            said.append(
                _("You can phone the school at any time: %(phone)s.")
                % {"phone": on_one_line(school.phone)}
            )
    return said


def for_family(level: str, name: str, school: School) -> list[str]:
    """Return plain words for a parent or carer, to be said or written: no score, no answer."""
    said = [
        _("%(name)s answered some questions at school about how the weeks have been.")
        % {"name": name}
    ]
    if level in POINTS_OUT:
        said.append(
            _(
                "We would like to talk with you about how %(name)s is."
                " Nothing is certain, and nobody is to blame."
            )
            % {"name": name}
        )
        said.append(
            _("Until then: ask how the day was, listen, and do not scold for what you hear.")
        )
        if school.phone:
            said.append(
                _("You can phone the school at any time: %(phone)s.")
                % {"phone": on_one_line(school.phone)}
            )
    else:
        said.append(
            _("There is nothing you need to do. When you talk, ask what was good this week.")
        )
    return said


def for_child(level: str, adult: str) -> list[str]:
    said = [_("Thank you for answering. There are no right or wrong answers.")]
    if level in POINTS_OUT:
        said.append(
            _("%(adult)s would like to hear more from you and will come to see you.")
            % {"adult": adult}
        )
    else:
        said.append(_("If something is on your mind, you can always ask for somebody."))
    return said

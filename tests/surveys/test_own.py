"""A school's own questions: written without script, looked at as a child sees them, given out, asked."""

from dataclasses import replace
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from surveys import queries
from surveys.instruments import read, text_in
from surveys.models import Edition, OwnQuestionnaire
from surveys.own import rules as own_rules
from surveys.own.forms import QuestionForm
from surveys.own.rules import About, OnlyIf, OwnAnswer, OwnQuestion
from tests.factories.cast import Cast
from tests.factories.surveys import seat_of

ABOUT = About("own-1", 1, "午休", "", "pupil", None)


def question(text: str = "睡得好吗？", drawn_as: str = "words", marks=("", "look")) -> OwnQuestion:
    answers = tuple(OwnAnswer(f"答{n}", mark) for n, mark in enumerate(marks))
    return OwnQuestion("q1", text, drawn_as, answers)


def grave_answer(mark: str) -> OwnQuestion:
    answers = (OwnAnswer("还好"), OwnAnswer("我想死", mark))
    return OwnQuestion("q1", "你今天怎么样？", "words", answers)


def test_grave_words_above_the_questions_need_an_adult_at_some_answer():
    assert [one.code for one in own_rules.lacks([question()], "关于自残")] == ["needs_adult"]
    assert own_rules.lacks([question(marks=("urgent", ""))], "关于自残") == []


def test_a_row_without_words_loses_no_mark_and_no_control_character_is_kept():
    said = {"text": "睡得\x0b好吗？", "drawn_as": "words", "answer-0": "好", "answer-1": "不好"}
    form = QuestionForm(said)
    assert form.is_valid()
    assert form.cleaned_data["text"] == "睡得 好吗？"
    assert set(QuestionForm(said | {"mark-2": "urgent"}).errors) == {"answer-2"}
    faces = {"text": "好吗？", "drawn_as": "faces"}
    assert QuestionForm(faces | {"mark-4": "urgent"}).is_valid()
    assert set(QuestionForm(faces | {"mark-5": "urgent"}).errors) == {"answer-5"}


@pytest.mark.parametrize(
    ("questions", "codes"),
    [
        ([], ["no_questions"]),
        ([question()], []),
        ([question("你有没有想过伤害自己？")], ["needs_adult"]),
        ([question("你有没有想过伤害自己？", marks=("urgent", ""))], []),
        ([question("Do you want to die?")], ["needs_adult"]),
        ([question("你会死记硬背吗？")], []),
        ([grave_answer("")], ["needs_adult"]),
        ([grave_answer("look"), question(marks=("urgent", ""))], ["needs_adult"]),
        ([grave_answer("urgent")], []),
    ],
)
def test_what_is_lacking_before_it_may_be_given_out(questions, codes):
    assert [one.code for one in own_rules.lacks(questions)] == codes


def test_the_definition_measures_nothing_and_knows_what_is_urgent():
    made = read(own_rules.definition(ABOUT, [question(marks=("urgent", "look", ""))]))
    assert (made.is_validated, made.is_scored, made.needs_consent) == (False, False, True)
    assert [made.is_urgent("q1", str(n)) for n in (1, 2, 3)] == [True, False, False]
    assert [one.is_to_look_at for one in made.items[0].options] == [True, True, False]
    assert [one.value for one in made.items[0].options] == [None] * 3
    assert made.follow_up_share == own_rules.FOLLOW_UP_SHARE
    calm = read(own_rules.definition(ABOUT, [question(drawn_as="faces", marks=("", ""))]))
    assert [one.value for one in calm.items[0].options] == [2, 1]
    assert calm.follow_up_share == 0
    assert "不是经过验证的量表" in made.about["zh-hans"]


def signed_in(cast: Cast, key: str = "counsellor") -> Client:
    client = Client()
    client.force_login(cast.users[key], "django.contrib.auth.backends.ModelBackend")
    return client


def begin(client: Client) -> OwnQuestionnaire:
    form = {"title": "午休", "key": uuid4()}
    first = client.post(reverse("surveys:own_list"), form)
    assert client.post(reverse("surveys:own_list"), form).url == first.url  # sent twice: begun once
    return OwnQuestionnaire.objects.get()


def write(client: Client, own: OwnQuestionnaire, name: str = "new", **said):
    own.refresh_from_db()
    form = {"act": "question", "revision": own.revision, "drawn_as": "faces", "text": "睡得好吗？"}
    return client.post(f"{reverse('surveys:own', args=[own.pk])}?q={name}", form | said)


def act(client: Client, own: OwnQuestionnaire, name: str, **said):
    own.refresh_from_db()
    form = {"act": name, "revision": own.revision} | said
    return client.post(reverse("surveys:own", args=[own.pk]), form)


@pytest.mark.django_db
def test_written_ordered_given_out_and_asked(cast):
    client = signed_in(cast)
    own = begin(client)
    write(client, own)
    write(client, own, text="谁陪你？", drawn_as="words", **{"answer-0": "爷爷奶奶", "answer-1": "没有人",
                                                      "mark-1": "look"})  # fmt: skip
    act(client, own, "up", q="q2")
    own.refresh_from_db()
    assert [one["id"] for one in own.questions] == ["q2", "q1"]
    assert len({one["text"] for one in own.questions[1]["answers"]} - {""}) == 5  # the usual words
    act(client, own, "publish")
    act(client, own, "publish")  # tapped twice: one edition
    first = Edition.objects.get()
    write(client, own, "q1", text="中午睡得好吗？")
    act(client, own, "drop", q="q2")
    write(client, own, text="最后一题")
    act(client, own, "publish")
    second = Edition.objects.latest("pk")
    assert (first.version, second.version) == (1, 2)
    assert [one.id for one in first.instrument.items] == ["q2", "q1"]
    assert [one.id for one in second.instrument.items] == ["q1", "q3"]  # no name is given twice
    [chosen] = [one for one in queries.choices_for(cast.school) if one.instrument.key == first.key]
    assert chosen.value == str(second.pk)
    seat = seat_of(cast, choice=chosen.value)
    tablet = Client()
    tablet.post(reverse("seat:enter"), {"code": seat.code})
    assert "中午睡得好吗" in tablet.get(reverse("seat:question")).content.decode()


@pytest.mark.django_db
def test_the_preview_is_the_childs_page_and_keeps_nothing(cast):
    client = signed_in(cast, "admin")
    own = begin(client)
    address = reverse("surveys:own_preview", args=[own.pk])
    assert client.get(address).url == reverse("surveys:own", args=[own.pk])
    write(client, own)
    write(client, own, text="第二题")
    first = client.get(address)
    assert "surveys/seat/question.html" in [one.name for one in first.templates]
    assert "睡得好吗" in first.content.decode()
    following = client.post(first.context["post_url"], {"item": "q1", "option": "1"})
    assert "第二题" in client.get(following.url).content.decode()
    last = client.post(client.get(following.url).context["post_url"])
    assert last.url == reverse("surveys:own", args=[own.pk])


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"text": ""}, "text"),
        ({"text": "长" * 201}, "text"),
        ({"drawn_as": "clouds"}, "drawn_as"),
        ({"drawn_as": "words"}, "answer-0"),
        ({"answer-0": "一个"}, "answer-0"),
        ({"answer-0": "同", "answer-1": "同"}, "answer-0"),
        ({"drawn_as": "steps"} | {f"answer-{n}": f"答{n}" for n in range(5)}, "answer-4"),
        ({"answer-0": "长" * 41, "answer-1": "短"}, "answer-0"),
        ({"answer-0": "一", "answer-1": "二", "mark-1": "police"}, "mark-1"),
    ],
)
def test_bad_input_stands_at_its_field_and_loses_nothing(cast, said, field):
    client = signed_in(cast)
    own = begin(client)
    response = write(client, own, **said)
    assert response.status_code == 422
    assert field in response.context["form"].errors
    own.refresh_from_db()
    assert own.questions == []
    for words in said.values():
        assert words in response.content.decode() or words in ("", "clouds", "police")


@pytest.mark.django_db
def test_whoever_began_from_an_older_state_is_asked_to_look_again(cast):
    client = signed_in(cast)
    own = begin(client)
    write(client, own)
    late = client.post(
        f"{reverse('surveys:own', args=[own.pk])}?q=new",
        {"act": "question", "revision": 1, "drawn_as": "faces", "text": "迟到的一题"},
    )
    assert late.status_code == 409
    assert "迟到的一题" in late.content.decode()
    late = client.post(
        f"{reverse('surveys:own', args=[own.pk])}?q=q1",
        {"act": "question", "revision": 1, "drawn_as": "faces", "text": "迟到的改动"},
    )
    page = late.content.decode()
    assert "迟到的改动" in page
    assert "睡得好吗？" in page  # what is saved now
    assert "您写的在下面，还没有保存" in page
    for name in ("about", "up", "drop", "publish"):
        said = {"act": name, "revision": "x", "title": "迟到", "respondent": "pupil", "q": "q1"}
        late = client.post(reverse("surveys:own", args=[own.pk]), said)
        assert late.status_code == 409
        assert (late.context["form"]["title"].value() == "迟到") == (name == "about")
    own.refresh_from_db()
    assert (own.title, len(own.questions), own.editions) == ("午休", 1, 0)
    assert write(client, own, "gone").status_code == 404
    assert act(client, own, "nonsense").status_code == 200
    assert act(client, own, "about", title="", respondent="dog", min_age="0").status_code == 422
    assert (
        act(client, own, "about", title="午睡", respondent="parent", min_age="").status_code == 302
    )
    assert OwnQuestionnaire.objects.get().title == "午睡"


@pytest.mark.django_db
def test_what_needs_an_adult_is_not_given_out_without_one(cast):
    client = signed_in(cast)
    own = begin(client)
    write(client, own, text="你想过伤害自己吗？")
    act(client, own, "publish")
    assert not Edition.objects.exists()
    write(client, own, "q1", text="你想过伤害自己吗？", **{"answer-0": "想过", "answer-1": "没有",
                                                   "mark-0": "urgent"})  # fmt: skip
    act(client, own, "publish")
    assert Edition.objects.get().instrument.is_urgent("q1", "1")


@pytest.mark.django_db
def test_markup_stays_text(cast):
    client = signed_in(cast)
    own = begin(client)
    write(client, own, text="<script>alert(1)</script>")
    for name in ("own", "own_preview"):
        page = client.get(reverse(f"surveys:{name}", args=[own.pk])).content.decode()
        assert "<script>alert" not in page


# --- Conditions, and a second language ---------------------------------------------------------------


def asks(name: str, answers: str, only_if: str = "") -> OwnQuestion:
    """`answers` and `only_if` (question:answer) by spaces."""
    conditions = [one.split(":") for one in only_if.split()]
    return OwnQuestion(
        name,
        f"题{name}",
        "words",
        tuple(OwnAnswer(one) for one in answers.split()),
        only_if=tuple(OnlyIf(*one) for one in conditions),
    )


@pytest.mark.parametrize(
    ("questions", "lacks"),
    [
        ([asks("a", "有 没有"), asks("b", "x y", "a:没有")], []),
        ([asks("b", "x y", "a:没有"), asks("a", "有 没有")], [("later_question", "b")]),
        ([asks("a", "有 没有", "a:有")], [("later_question", "a")]),
        ([asks("b", "x y", "gone:有 gone:没有")], [("no_such_question", "b")]),
        ([asks("a", "有 没有"), asks("b", "x y", "a:有 a:不知道")], [("no_such_answer", "b")]),
    ],
)
def test_a_condition_that_cannot_hold_is_said_at_its_question(questions, lacks):
    assert [(one.code, one.question) for one in own_rules.lacks(questions)] == lacks


def test_a_condition_follows_an_answer_that_is_worded_anew_and_not_one_that_is_gone():
    first, second = asks("a", "有 没有 不知道"), asks("b", "x y", "a:没有 a:不知道")
    for words, kept in [("有 没人 不知道", "没人"), ("没有 有 不知道", "没有"), ("有", "没有")]:
        _first, changed = own_rules.renamed([first, second], first, asks("a", words))
        assert [one.answer for one in changed.only_if] == [kept, "不知道"]


def test_any_of_several_answers_brings_the_question():
    made = read(
        own_rules.definition(
            ABOUT, [asks("a", "有 没有 不知道"), asks("b", "x y", "a:没有 a:不知道")]
        )
    )
    asked = [[one.id for one in made.items_for(None, {"a": code})] for code in ("", "1", "2", "3")]
    assert asked == [["a"], ["a"], ["a", "b"], ["a", "b"]]


def test_words_that_are_missing_in_the_second_language_stand_in_the_first():
    told = replace(ABOUT, second_language="en", second_title="Noon", intro="中午")
    half = replace(
        asks("a", "好 不好"), second="Well?", answers=(OwnAnswer("好", "", "Yes"), OwnAnswer("OK"))
    )
    made = read(own_rules.definition(told, [half, asks("b", "x y")]))
    assert own_rules.untranslated([half, asks("b", "x y")]) == ["a", "b"]
    assert text_in(made.names, "en") == "Noon"
    assert text_in(made.intro, "en") == "中午"
    for item, english in zip(made.items, [["Well?", "Yes", "OK"], ["题b", "x", "y"]], strict=True):
        assert [
            text_in(one, "en") for one in (item.texts, *(o.texts for o in item.options))
        ] == english
        assert text_in(item.texts, "zh-hans") == f"题{item.id}"


@pytest.mark.django_db
def test_a_second_language_that_is_chosen_again_has_its_words_again(cast):
    client = signed_in(cast)
    own, about = begin(client), {"title": "午休", "respondent": "pupil"}
    act(client, own, "about", **about, second_language="en")
    english = {"second_title": "Noon", "second_intro": "Today"}
    act(client, own, "about", **about, second_language="en", **english)
    words = {"text": "谁陪你？", "drawn_as": "words", "answer-0": "老师", "answer-1": "没有人"}
    second = {"second": "Who is with you?", "second-0": "Teacher", "second-1": "Nobody"}
    write(client, own, **words, **second)
    # The pages no longer have the fields of the second language.
    act(client, own, "about", **about, second_language="", **english)
    act(client, own, "about", **about | {"title": "午睡"})
    write(client, own, "q1", **words | {"answer-1": "同学", "answer-2": "没有人"})
    act(client, own, "about", **about, second_language="en")
    own.refresh_from_db()
    assert (own.second_title, own.second_intro) == ("Noon", "Today")
    [kept] = own_rules.from_json(own.questions)
    assert kept.second == "Who is with you?"
    assert [one.second for one in kept.answers] == ["Teacher", "", "Nobody"]
    # Taken out while the language is chosen, they are gone.
    act(client, own, "about", **about, second_language="en", second_title="", second_intro="")
    write(client, own, "q1", **words, second="")
    own.refresh_from_db()
    assert (own.second_title, own_rules.from_json(own.questions)[0].second) == ("", "")


@pytest.mark.django_db
def test_a_condition_and_english_are_written_shown_and_asked(cast):
    client = signed_in(cast)
    own = begin(client)
    about = {"title": "午休", "respondent": "pupil", "second_language": "en"}
    act(client, own, "about", **about, second_title="Noon")
    refused = act(client, own, "about", **about, second_title="午")
    assert set(refused.context["form"].errors) == {"second_title"}
    write(
        client, own, second="Did you sleep well?"
    )  # faces with the usual words, in both languages
    two = {"text": "谁陪你？", "drawn_as": "words", "answer-0": "老师", "answer-1": "没有人"}
    for only_if in ("q2:0", "q1:9", "q9:0", "x"):
        wrong = write(client, own, **two, only_if=[only_if])
        assert set(wrong.context["form"].errors) == {"only_if"}
    wrong = write(client, own, **two | {"second-2": "Nobody", "second-0": "老师"})
    assert set(wrong.context["form"].errors) == {"answer-2", "second-0"}
    write(client, own, **two, only_if=["q1:3", "q1:4"])
    own.refresh_from_db()
    assert own.questions[0]["answers"][4] == {"text": "不开心", "mark": "", "second": "Sad"}
    page = client.get(reverse("surveys:own", args=[own.pk]))
    assert (page.context["lacking"], page.context["is_ready"]) == (1, True)
    act(client, own, "up", q="q2")
    page = client.get(reverse("surveys:own", args=[own.pk]))
    assert (page.context["is_ready"], bool(page.context["rows"][0]["lack"])) == (False, True)
    preview = reverse("surveys:own_preview", args=[own.pk])
    assert client.get(preview).status_code == 200  # a broken condition holds nothing back there
    act(client, own, "down", q="q2")
    english = client.get(preview + "?language=en").content.decode()
    assert "Did you sleep well?" in english
    assert "Very happy" in english
    first = client.get(preview)
    happy = client.post(first.context["post_url"], {"item": "q1", "option": "1"})
    assert happy.url == reverse("surveys:own", args=[own.pk])  # nothing else is asked after that
    sad = client.post(first.context["post_url"], {"item": "q1", "option": "5"})
    assert "谁陪你" in client.get(sad.url).content.decode()
    act(client, own, "publish")
    made = Edition.objects.get().instrument
    assert [one.id for one in made.items_for(None, {"q1": "4"})] == ["q1", "q2"]
    assert made.names == {"zh-hans": "午休", "en": "Noon"}

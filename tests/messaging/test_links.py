import pytest
from hypothesis import given
from hypothesis import strategies as st

from delivery import actions as delivery_actions
from delivery import links as delivery_links
from delivery.models import SignInLink
from messaging import actions, links
from messaging.models import CheckIn


@pytest.fixture
def check_in(cast, at):
    actions.ensure_plans(at=at)
    actions.ask_due_check_ins(at=at)
    return CheckIn.objects.get(adult=cast.adults["mother"])


@pytest.fixture
def token(check_in):
    return links.token_for(check_in_id=check_in.pk, adult_id=check_in.adult_id, contact_point_id=7)


def test_a_token_opens_its_check_in(check_in, token, at):
    link = links.read_token(token=token)
    assert (link.check_in, link.adult, link.contact_point_id) == (check_in, check_in.adult, 7)
    assert link.is_open(at)
    assert len(token) <= 26


def test_any_changed_character_is_refused(check_in, token):
    for place in range(len(token)):
        for other in "0aZ-":
            forged = token[:place] + other + token[place + 1 :]
            if forged != token:
                assert links.read_token(token=forged) is None, forged


@pytest.mark.parametrize(
    "text", ["", "-", "--", "a-b-c", "0-0-0", "é-é-é", "9" * 50, "1-1-" + "a" * 13]
)
def test_rubbish_is_refused(db, text):
    assert links.read_token(token=text) is None
    assert delivery_links.read_sign_in_token(token=text) is None


@given(st.text(max_size=60))
def test_no_text_makes_reading_fail(text):
    assert delivery_links.split_token(text, 2)[0] is None or set(text) <= set(
        delivery_links.ALPHABET + "-"
    )


def test_a_token_is_worthless_for_another_act_adult_or_key(cast, check_in, token, at, settings):
    delivery_actions.queue_sign_in_link(phone="+8613893510001", at=at)
    link = SignInLink.objects.get()
    sign_in = delivery_links.sign_in_token_for(link_id=link.pk, adult_id=link.adult_id)
    assert delivery_links.read_sign_in_token(token=sign_in) == link
    assert links.read_token(token=sign_in) is None
    assert delivery_links.read_sign_in_token(token=token) is None
    _, _, mac = sign_in.rpartition("-")
    crossed = delivery_links.digits_of(check_in.pk) + "-0-" + mac
    assert links.read_token(token=crossed) is None
    other = links.token_for(check_in_id=check_in.pk, adult_id=cast.adults["father"].pk)
    assert links.read_token(token=other) is None
    settings.SECRET_KEY = "another" * 10
    assert links.read_token(token=token) is None


def test_open_links_outlive_a_change_of_key(cast, check_in, token, at, settings):
    delivery_actions.queue_sign_in_link(phone="+8613893510001", at=at)
    link = SignInLink.objects.get()
    sign_in = delivery_links.sign_in_token_for(link_id=link.pk, adult_id=link.adult_id)
    before, settings.SECRET_KEY = settings.SECRET_KEY, "another" * 10
    assert links.read_token(token=token) is None
    settings.SECRET_KEY_FALLBACKS = [before]
    assert links.read_token(token=token).check_in == check_in
    assert delivery_links.read_sign_in_token(token=sign_in) == link
    new = links.token_for(check_in_id=check_in.pk, adult_id=check_in.adult_id, contact_point_id=7)
    assert new != token
    assert links.read_token(token=new).check_in == check_in


def test_expired_and_blocked_are_read_but_not_open(cast, check_in, token, at):
    assert not links.read_token(token=token).is_open(check_in.expires_at)
    mother = cast.adults["mother"]
    mother.blocked_at, mother.blocked_reason = at, "x"
    mother.blocked_by = cast.users["principal"]
    mother.save()
    assert not links.read_token(token=token).is_open(at)


def test_reading_a_link_records_nothing(check_in, token, django_assert_num_queries):
    with django_assert_num_queries(1) as captured:
        links.read_token(token=token)
    assert captured[0]["sql"].startswith(("SELECT", "EXECUTE"))  # what is prepared only reads

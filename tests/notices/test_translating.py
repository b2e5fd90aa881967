"""The connection to a translation service, against a local server that implements LibreTranslate's JSON."""

import pytest
from django.test import Client
from django.urls import reverse

from core import clock
from guardians.models import Adult
from notices import actions
from notices.models import NoticeTranslation
from tests.factories.notices import sent, token_of
from tests.providers.server import Say
from tests.providers.words import Translator

pytestmark = pytest.mark.django_db


@pytest.fixture
def translator(settings):
    with Translator() as found:
        settings.TRANSLATION_URL, settings.TRANSLATION_KEY = found.url, "geheim"
        yield found


def test_off_by_default(cast, settings):
    assert settings.TRANSLATION_URL == ""
    Adult.objects.filter(name="王芳").update(language="en")
    sent(cast)
    assert actions.translate_waiting(at=clock.now()) == 0


def test_beside_the_original_with_its_label_once(cast, translator):
    Adult.objects.filter(name="王芳").update(language="en")
    notice = sent(cast)
    notice_language = notice.language
    assert actions.translate_waiting(at=clock.now()) == 1
    assert actions.translate_waiting(at=clock.now()) == 0
    assert len(translator.asked) == 2
    assert translator.texts()[0] == {
        "q": notice.title,
        "source": {"zh-hans": "zh"}.get(notice_language, notice_language),
        "target": "en",
        "format": "text",
        "api_key": "geheim",
    }
    url = reverse("family_notices:link", args=[token_of(notice, cast.adults["mother"])])
    page = Client().get(url).content.decode()
    assert "This is a machine translation" in page
    assert (
        page.index(notice.words[:6])
        < page.index("This is a machine translation")
        < page.index("EN ")
    )
    other = reverse("family_notices:link", args=[token_of(notice, cast.adults["grandmother"])])
    assert "EN " not in Client().get(other).content.decode()


def test_a_service_that_fails_holds_up_nothing_and_is_asked_again(cast, translator):
    Adult.objects.filter(name="王芳").update(language="en")
    sent(cast)
    translator.default = Say(status=500)
    assert actions.translate_waiting(at=clock.now()) == 0
    assert not NoticeTranslation.objects.exists()
    translator.default = Say()
    assert actions.translate_waiting(at=clock.now()) == 1

"""An object made quickly is the one that Django would have made, for every model."""

import pytest
from django.apps import apps
from django.db import DEFAULT_DB_ALIAS, models
from django.db.models.base import ModelState
from django.db.models.signals import post_init

from core.rows_made_objects import Maker, is_plain
from guardians.models import Guardianship
from schools.models import Post
from tests.factories.cast import make_cast

pytestmark = pytest.mark.django_db
MADE_BY_DJANGO = "django_celery_beat.CrontabSchedule"  # looks at its time zone when it gets one


def told(made):
    """All that an object keeps, and that of what was joined to it."""
    kept = dict(vars(made))
    state = kept.pop("_state")
    joined = {name: one and told(one) for name, one in vars(state).get("fields_cache", {}).items()}
    return type(made), state.adding, state.db, kept, joined


def both(rows):
    compiler = rows.query.get_compiler(DEFAULT_DB_ALIAS)
    found = [row for many in compiler.execute_sql() for row in many]
    converters = compiler.get_converters([one[0] for one in compiler.select[: compiler.col_count]])
    read = list(compiler.apply_converters(found, converters)) if converters else found
    return Maker(compiler, DEFAULT_DB_ALIAS).objects(read), list(rows)


def own_fields(model):
    return [field.attname for field in model._meta.concrete_fields]


@pytest.mark.parametrize("model", apps.get_models(), ids=lambda model: model._meta.label)
def test_every_model_is_its_values(model):
    """What a model does besides when it is made is said to `is_plain`; the values say whether that is all."""
    names = own_fields(model)
    values = [object() for _name in names]
    assert is_plain(model, names) == (model._meta.label != MADE_BY_DJANGO)
    if model._meta.label == MADE_BY_DJANGO:
        return
    by_django = model(*values)
    expected = {name: value for name, value in vars(by_django).items() if name != "_state"}
    assert expected == dict(zip(names, values, strict=True))


def test_rows_become_what_django_makes_of_them():
    make_cast()
    compared = 0
    for model in apps.get_models():
        quick, ordinary = both(model._default_manager.order_by("pk")[:5])
        assert [told(one) for one in quick] == [told(one) for one in ordinary], model
        assert all(isinstance(one._state, ModelState) for one in quick)
        compared += len(quick)
    assert compared > 50


def test_what_is_joined_added_and_left_out_comes_as_well():
    make_cast()
    ties = Guardianship.objects.select_related("adult__school", "student", "adult__user")
    quick, ordinary = both(ties.annotate(twice=models.F("pk") * 2).order_by("pk"))
    assert [told(one) for one in quick] == [told(one) for one in ordinary]
    assert any(one.adult.user is None for one in quick)
    assert quick[0].twice == 2 * quick[0].pk
    posts = Post.objects.select_related("school", "school_class").only("role", "school__name")
    quick, ordinary = both(posts.only("role", "school__name", "school_class__name").order_by("pk"))
    assert [told(one) for one in quick] == [told(one) for one in ordinary]
    assert quick[0].get_deferred_fields() == ordinary[0].get_deferred_fields() != set()
    assert quick[0].starts_on == ordinary[0].starts_on  # fetched when it is asked for


def test_what_was_read_can_be_saved():
    make_cast()
    (quick, *_rest), _ordinary = both(Post.objects.order_by("pk"))
    quick.starts_on = quick.starts_on.replace(year=2001)
    quick.save()
    assert Post.objects.get(pk=quick.pk).starts_on.year == 2001
    assert Post.objects.order_by("pk")[0].pk == quick.pk


def test_a_model_that_does_more_is_made_by_django():
    names = own_fields(Post)
    assert is_plain(Post, names)
    assert not is_plain(Post, names[::-1])  # in another order than its own

    def listens(**_: object) -> None:
        """To whatever is made."""

    post_init.connect(listens, sender=Post)
    try:
        assert not is_plain(Post, names)
    finally:
        post_init.disconnect(listens, sender=Post)
    assert is_plain(Post, names)

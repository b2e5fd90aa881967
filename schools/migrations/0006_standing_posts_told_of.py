"""The log of credentials tells of the posts that stand, so that one written by hand later is named."""

from datetime import UTC, datetime, time

from django.db import migrations

from accounts import chain

SEALED = ("user_id", "by_id", "kind", "school_id", "ip_address", "detail", "at")
TOLD_AT_ONCE = 1000  # events


def tell_of_posts(apps, schema_editor):
    event = apps.get_model("accounts", "CredentialEvent")
    event.SEALED, event.SEALED_LATER = SEALED, ()
    batch = []
    for post in apps.get_model("schools", "Post").objects.order_by("pk").iterator():
        at = datetime.combine(post.starts_on, time.min, UTC)
        facts = {"user_id": post.user_id, "school_id": post.school_id, "at": at}
        batch.append(event(**facts, kind="post_given", detail=given_detail(post)))
        if post.ends_on:
            detail = f"{post.role} #{post.pk} until {post.ends_on}"
            batch.append(event(**facts, kind="post_ended", detail=detail))
        if len(batch) >= TOLD_AT_ONCE:
            chain.append(batch, chain="credentials")
            batch = []
    chain.append(batch, chain="credentials")


def given_detail(post):
    place = [
        f"class {post.school_class_id}" if post.school_class_id else "",
        f"county {post.county_id}" if post.county_id else "",
    ]
    return " ".join(filter(None, [f"{post.role} #{post.pk} from {post.starts_on}", *place]))


class Migration(migrations.Migration):
    dependencies = [("schools", "0005_identity"), ("accounts", "0007_session_epoch")]

    operations = [migrations.RunPython(tell_of_posts, migrations.RunPython.noop)]

from django.db.models import QuerySet

from schools.models import SchoolYear


def lock_years(years: QuerySet[SchoolYear]) -> None:
    """Lock the school years, so that those who set dates of their terms wait for each other."""
    list(years.order_by("pk").select_for_update(no_key=True).values_list("pk"))

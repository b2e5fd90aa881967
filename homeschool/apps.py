from django.apps import AppConfig, apps
from django.conf import settings
from django.db.models.signals import post_migrate

from core import kept_tags


class HomeschoolConfig(AppConfig):
    name = "homeschool"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # So that every process queues tasks on this app. The package itself can still be imported without it.
        from homeschool import (  # noqa: F401
            celery,
            checks,
            drawn_models,
            trigger_functions,
            trigger_steps,
            walls,
        )

        kept_tags.keep_what_is_fixed()
        trigger_steps.draw_no_model_anew()
        drawn_models.draw_no_other_model()
        if settings.SENTRY_DSN:
            from homeschool import error_reports
            from homeschool.backups.taking import version

            error_reports.begin(settings.SENTRY_DSN, version())

        # The signal is sent once for each app that has models, when all have migrated; we need it only once.
        last = apps.get_app_config("accounts")
        post_migrate.connect(trigger_functions.install, sender=last)
        post_migrate.connect(walls.install, sender=last)

from django.apps import AppConfig


class HomeschoolConfig(AppConfig):
    name = "homeschool"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # So that every process queues tasks on this app; the package itself stays importable without it.
        from homeschool import celery  # noqa: F401

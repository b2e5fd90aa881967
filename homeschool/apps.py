from django.apps import AppConfig


class HomeschoolConfig(AppConfig):
    name = "homeschool"
    default_auto_field = "django.db.models.BigAutoField"

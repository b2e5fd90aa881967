from django.apps import AppConfig


class PostcardsConfig(AppConfig):
    name = "postcards"

"""Sentences of Django that stand in our own words: marked here, so that our catalogue holds them and wins."""

from django.utils.translation import gettext_noop

OURS = (gettext_noop("This field is required."),)

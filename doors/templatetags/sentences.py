"""{% translate "It is sent." %}{% space %}{% translate "It can be undone." %}: a space in English, none in
Chinese, where a sentence ends with a wide stop. {{ errors|in_a_row }} does the same with a list.
"""

from django import template

from core import sentences

register = template.Library()
register.simple_tag(sentences.space)
register.filter(sentences.in_a_row)

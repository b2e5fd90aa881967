from django import template

from accounts.sealing import public_key_of

register = template.Library()
register.simple_tag(public_key_of, name="sealed_to")

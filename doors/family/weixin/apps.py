from django.apps import AppConfig


class WeixinConfig(AppConfig):
    name = "doors.family.weixin"
    label = "family_weixin"

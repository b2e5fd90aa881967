from django.apps import AppConfig


class MessagingConfig(AppConfig):
    name = "messaging"

    def ready(self) -> None:
        from messaging.channels.outgoing import check_urllib3

        check_urllib3()

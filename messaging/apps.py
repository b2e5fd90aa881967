from django.apps import AppConfig


class MessagingConfig(AppConfig):
    name = "messaging"

    def ready(self) -> None:
        from delivery.channels.outgoing import check_urllib3

        check_urllib3()

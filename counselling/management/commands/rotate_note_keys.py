from django.core.management.base import BaseCommand, CommandError

from counselling import rotation, secrecy


class Command(BaseCommand):
    help = (
        "Seals every counselling note again with the first key of NOTE_KEYS. The site keeps running; "
        "stopped and started again, it goes on. Only afterwards take the old key away."
    )

    def add_arguments(self, parser) -> None:
        parser.add_argument("--batch", type=int, default=200, help="rows in one transaction")

    def handle(self, *args, **options) -> None:
        try:
            result = rotation.rotate(batch=options["batch"])
        except secrecy.NoKey as error:
            raise CommandError("NOTE_KEYS is not set: nothing was changed.") from error
        except secrecy.BadKey as error:
            words = "A key of NOTE_KEYS is not 32 bytes in URL-safe base64: nothing was changed."
            raise CommandError(words) from error
        self.stdout.write(f"{result.pop('resealed', 0)} sealed with {secrecy.current_key_id()}.")
        if result:
            left = ", ".join(f"{count} × {what}" for what, count in sorted(result.items()))
            raise CommandError(f"Left as they are: {left}. Keep the old keys.")

"""The county's help desk: what each school's set-up is waiting for. It shows steps, never children."""

"""Two runs of the tests at once on one Redis leave each other's keys alone."""

import os
import subprocess
import sys


def test_another_process_gets_another_database():
    say = "import os, tests.isolation; print(os.environ['REDIS_URL'])"
    other = subprocess.run([sys.executable, "-c", say], capture_output=True, text=True, check=True)
    ours = os.environ["REDIS_URL"]
    assert other.stdout.strip().rsplit("/", 1)[0] == ours.rsplit("/", 1)[0]
    assert other.stdout.strip() != ours

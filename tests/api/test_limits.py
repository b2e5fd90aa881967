"""How often one caller may ask: exact, whatever comes at the same time."""

from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from api.limits import PerCaller
from delivery.dispatch import redis_link
from tests.factories.api import make_token, system

FIGURES = "/api/v1/figures/"


@pytest.mark.django_db(transaction=True)
def test_of_many_requests_at_once_as_many_as_allowed_are_let_in(cast, live_server, monkeypatch):
    monkeypatch.setattr(PerCaller, "most", 40)
    secret = make_token(cast)

    headers = {"Authorization": f"Bearer {secret}"}
    with (
        httpx.Client(base_url=live_server.url, headers=headers, timeout=60) as client,
        ThreadPoolExecutor(24) as pool,
    ):
        answers = list(pool.map(client.get, [FIGURES] * 120))
    let_in = [one for one in answers if one.status_code == 200]
    refused = [one for one in answers if one.status_code == 429]
    assert (len(let_in), len(refused)) == (40, 80)
    left = sorted(int(one.headers["RateLimit-Remaining"]) for one in let_in)
    assert left == [*range(40)]
    assert {one.headers["RateLimit-Remaining"] for one in refused} == {"0"}
    assert all(0 < int(one.headers["Retry-After"]) <= 60 for one in refused)


def test_room_comes_back_as_requests_grow_old(cast, monkeypatch):
    monkeypatch.setattr(PerCaller, "most", 2)
    client = system(make_token(cast))
    assert [client.get(FIGURES).status_code for _ in range(3)] == [200, 200, 429]
    key = next(iter(redis_link.answer_of(lambda redis: redis.keys("*api:calls:*"))))
    assert 0 < redis_link.answer_of(lambda redis: redis.pttl(key)) <= 60_000
    # As if the first had come a minute earlier.
    oldest = redis_link.answer_of(lambda redis: redis.zrange(key, 0, 0))[0]
    redis_link.answer_of(lambda redis: redis.zincrby(key, -60_000_000, oldest))
    assert [client.get(FIGURES).status_code for _ in range(2)] == [200, 429]


def test_while_redis_is_away_a_system_goes_on_reading(cast, monkeypatch, settings):
    monkeypatch.setattr(PerCaller, "most", 1)
    monkeypatch.setattr(redis_link, "_away_until", float("inf"))
    client = system(make_token(cast))
    answers = [client.get(FIGURES) for _ in range(3)]
    assert [one.status_code for one in answers] == [200] * 3
    assert answers[0]["RateLimit-Limit"] == "1"

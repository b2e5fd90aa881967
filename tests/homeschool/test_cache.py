from homeschool.cache import ForgivingRedisCache

NOBODY_LISTENS = "redis://127.0.0.1:1/0"


def test_without_redis_nothing_is_found_and_nothing_fails():
    cache = ForgivingRedisCache(NOBODY_LISTENS, {})
    cache.set("k", 1)
    assert cache.get("k") is None
    assert cache.get("k", "otherwise") == "otherwise"
    assert cache.add("n", 0) is True
    assert cache.incr("n") == 1
    assert cache.get_many(["k"]) == {}


def test_with_redis_it_keeps(settings):
    cache = ForgivingRedisCache(settings.REDIS_URL, {})
    cache.set("kept", 5, 30)
    assert cache.get("kept") == 5
    assert cache.incr("kept") == 6


def test_each_command_goes_through_the_same_client(settings):
    cache = ForgivingRedisCache(settings.REDIS_URL, {})
    for write in (False, True):
        first = cache._cache.get_client("a", write=write)
        assert cache._cache.get_client("b", write=write) is first

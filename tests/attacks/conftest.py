def pytest_collection_modifyitems(config, items) -> None:
    """The whole list takes an hour: it runs where it is asked for by name (`./test attacks`)."""
    if "attacks" in config.option.markexpr:
        return
    whole = [item for item in items if item.get_closest_marker("attacks")]
    if whole:
        config.hook.pytest_deselected(items=whole)
        items[:] = [item for item in items if not item.get_closest_marker("attacks")]

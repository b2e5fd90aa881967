"""A first visit in Chromium, with nothing kept from before: bytes, requests, time until answerable."""

import os
import statistics
from typing import Any

from runtime.suite import find_chromium
from tests.benchmarks.harness import say

VISITS = 3
# A bad evening on a 2G network: what the family's pages are made for.
SLOW = {
    "offline": False,
    "latency": 500,  # ms for each request; setting up the connection is not slowed
    "downloadThroughput": 50_000 / 8,  # bytes a second
    "uploadThroughput": 50_000 / 8,
}
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# The first paint waits for the style sheet, and the form needs no script: then a tap counts.
PAINTED = "() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime"
ANSWER = "button[name=answer]"


def cold_visit(url: str) -> dict[str, Any]:
    """Empty where there is no Chromium."""
    program = os.environ.get("CHROMIUM") or find_chromium()
    if not program:
        say("no Chromium: bytes, requests and time of a first visit are left out")
        return {}
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        try:
            sizes = _visit(browser, url)
            times = [_visit(browser, url, SLOW)["painted_ms"] for _ in range(VISITS)]
        finally:
            browser.close()
    del sizes["painted_ms"]
    return sizes | {"answerable_s": round(statistics.median(times) / 1000, 2)}


def _visit(browser: Any, url: str, network: dict[str, Any] | None = None) -> dict[str, Any]:
    """In a context of its own; bytes as they went over the wire, heads included."""
    kinds: dict[str, str] = {}
    sizes: dict[str, float] = {}
    context = browser.new_context(viewport={"width": 390, "height": 844})
    page = context.new_page()
    network_log = context.new_cdp_session(page)
    network_log.on("Network.responseReceived", lambda e: kinds.update({e["requestId"]: e["type"]}))
    network_log.on(
        "Network.loadingFinished",
        lambda e: sizes.update({e["requestId"]: e["encodedDataLength"]}),
    )
    network_log.send("Network.enable")
    if network:
        network_log.send("Network.emulateNetworkConditions", network)
    page.goto(url, wait_until="load", timeout=60_000)
    page.wait_for_selector(ANSWER, state="visible")
    painted = page.wait_for_function(PAINTED).json_value()
    page.wait_for_timeout(200)  # what the page fetches after its load event
    context.close()
    first = [size for key, size in sizes.items() if kinds.get(key) in ("Document", "Stylesheet")]
    return {
        "html_css_bytes": round(sum(first)),
        "bytes": round(sum(sizes.values())),
        "requests": len(sizes),
        "painted_ms": painted,
    }

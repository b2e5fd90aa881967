"""A browser beside the server, run in its network: health | first LINK PASSWORD | sign-in NAME PASSWORD."""

import re
import sys

import httpx

SITE = "https://192.168.1.10"


def main(act: str, *values: str) -> None:
    # The certificate is Caddy's own; a bureau brings its root to its computers.
    with httpx.Client(base_url=SITE, verify=False, timeout=30, follow_redirects=True) as browser:  # noqa: S501
        if act == "health":
            answer = browser.get("/healthz")
        elif act == "first":
            answer = send(browser, values[0], {"password1": values[1], "password2": values[1]})
        else:
            answer = send(browser, "/accounts/login/", {"login": values[0], "password": values[1]})
        print(answer.status_code, answer.url.path, answer.text)  # noqa: T201


def send(browser: httpx.Client, page: str, fields: dict[str, str]) -> httpx.Response:
    found = browser.get(page)
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', found.text)
    if token is None:
        return found
    fields |= {"csrfmiddlewaretoken": token[1]}
    return browser.post(found.url, data=fields, headers={"Referer": str(found.url)})


if __name__ == "__main__":
    main(*sys.argv[1:])

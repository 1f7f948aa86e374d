"""Somebody who looks at the console, in a language, and speaks of what is on it by its texts."""

from __future__ import annotations

import re
from typing import Any

from modelwright.service.console.strings import Texts, read_strings
from modelwright.service.context import Context

SIZES = {"wide": {"width": 1280, "height": 860}, "narrow": {"width": 360, "height": 740}}
_LEFT = ("htmx:afterRequest", "htmx:sendAbort", "htmx:sendError")
"""What htmx says of a request that was under way when the page was left."""
_FITS = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"


def expect(found: Any) -> Any:
    """Playwright's assertions, which wait; imported where browsers are there."""
    from playwright.sync_api import expect as assertions

    return assertions(found)


class Visitor:
    """A page of a browser.

    Attributes:
        page: Playwright's page.
        t: The texts of the visitor's language.
        wrong: Errors of scripts, of the content security policy, and requests to other places.
    """

    def __init__(self, page: Any, address: str, language: str) -> None:
        self.page = page
        self.address = address
        self.t = Texts(read_strings(), language)
        self.wrong: list[str] = []
        page.on("pageerror", lambda error: self.wrong.append(str(error)))
        page.on("console", self._hear)
        page.on("request", self._asked)

    def _hear(self, message: Any) -> None:
        expected = message.text.startswith(_LEFT) or "the server responded with a status of" in message.text
        if message.type == "error" and not expected:
            self.wrong.append(message.text)

    def _asked(self, request: Any) -> None:
        if not request.url.startswith((self.address, "data:", "blob:")):
            self.wrong.append(f"asked {request.url}")

    def sign_in(self, context: Context) -> None:
        """Signs in by a link, as ``modelwright serve`` prints it."""
        self.go(f"/sign-in?code={context.projects.first_sign_in(5)}")
        self.button("sign_in.link_button").click()
        self.page.wait_for_url("**/tasks")

    def go(self, path: str) -> None:
        """Opens a page."""
        self.page.goto(self.address + path)

    def settled(self) -> None:
        """Waits until the page and its scripts are there: what is typed before is not heard."""
        self.page.wait_for_load_state("load")

    def button(self, key: str, **values: object) -> Any:
        """The button with this text."""
        return self.page.get_by_role("button", name=self.t(key, values), exact=True)

    def link(self, key: str, **values: object) -> Any:
        """The link with this text."""
        return self.page.get_by_role("link", name=self.t(key, values), exact=True)

    def heading(self, key: str) -> Any:
        """The heading with this text."""
        return self.page.get_by_role("heading", name=self.t(key))

    def field(self, name: str) -> Any:
        """A field of the form by its name."""
        return self.page.locator(f'[id="field-{name}"]')

    def faults(self, name: str) -> Any:
        """What stands at a field."""
        return self.page.locator(f'[id="faults-{name}"] p')

    def status(self, key: str) -> Any:
        """The task's status, when it is this one."""
        return self.page.locator("#task-status .badge", has_text=self.t(f"status.{key}"))

    def fits(self) -> bool:
        """Whether the page needs no scrolling sideways."""
        return bool(self.page.evaluate(_FITS))

    def focused(self) -> str:
        """What has the focus, as people hear it: its label or its text."""
        text = self.page.evaluate(
            "(() => { const e = document.activeElement; const l = e.labels?.[0]?.innerText;"
            " return e.getAttribute('aria-label') || l || e.innerText || e.id || ''; })()"
        )
        return re.sub(r"\s+", " ", text).strip()

    def tab_to(self, name: str, most: int = 150) -> None:
        """Presses Tab until something has the focus whose label or text begins so."""
        seen = []
        for _ in range(most):
            self.page.keyboard.press("Tab")
            seen.append(self.focused())
            if seen[-1].startswith(name):
                return
        raise AssertionError(f"Tab does not lead to {name!r}; it led to {list(dict.fromkeys(seen))}")

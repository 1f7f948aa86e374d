"""A real browser in front of a real service (``make oracle-browser``)."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from live_service import serving
from visitor import SIZES, Visitor

from modelwright.client import Client
from modelwright.service.context import Context

EXAMPLE = Path(__file__).parents[2] / "examples" / "digits"


def chromium_path() -> str:
    """Where Chromium is: ``MODELWRIGHT_CHROMIUM``, or what the path has."""
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    found = os.environ.get("MODELWRIGHT_CHROMIUM") or next(filter(None, map(shutil.which, names)), None)
    if found is None:
        pytest.fail("no Chromium: install Debian's chromium, or name one by MODELWRIGHT_CHROMIUM")
    return found


@pytest.fixture(scope="session")
def chromium() -> Iterator[object]:
    """The browser."""
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=20_000)
    unsafe = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=unsafe)
        yield browser
        browser.close()


@pytest.fixture
def service(tmp_path: Path) -> Iterator[tuple[Context, str]]:
    """A service of its own: parts and address."""
    with serving(tmp_path / "data") as found:
        yield found


@pytest.fixture
def visit(chromium: object, service: tuple[Context, str]) -> Iterator[Callable[..., Visitor]]:
    """Makes visitors; what went wrong in their pages fails the test."""
    made: list[Visitor] = []

    def make(
        language: str = "en", size: str = "wide", theme: str = "light", *, scripts: bool = True, signed_in: bool = True
    ) -> Visitor:
        context = chromium.new_context(
            locale={"en": "en-US", "zh": "zh-CN"}[language],
            viewport=SIZES[size],
            color_scheme=theme,
            java_script_enabled=scripts,
            accept_downloads=True,
        )
        context.set_default_timeout(30_000)
        found = Visitor(context.new_page(), service[1], language)
        made.append(found)
        if signed_in:
            found.sign_in(service[0])
        return found

    yield make
    for found in made:
        found.page.context.close()
        assert found.wrong == []


@pytest.fixture
def client(service: tuple[Context, str]) -> Iterator[Client]:
    """A client of the service."""
    with Client(service[1]) as stranger:
        token = stranger.sign_in(service[0].projects.first_sign_in(5))
    with Client(service[1], token=token) as found:
        yield found


@pytest.fixture
def digits(tmp_path: Path) -> Path:
    """An input folder with the shipped example."""
    folder = tmp_path / "digits"
    shutil.copytree(EXAMPLE / "saved_model", folder)
    shutil.copyfile(EXAMPLE / "reference.npz", folder / "reference.npz")
    return folder

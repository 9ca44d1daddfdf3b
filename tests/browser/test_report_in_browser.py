"""The page of `ckslab report` in a real browser: it needs nothing, hides nothing, and everybody can use it."""

from __future__ import annotations

import base64
from itertools import pairwise
from pathlib import Path

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from ckslab.render.html import report_html
from ckslab.review.of_lab import of_lab
from ckslab.store.attempt import Attempt
from tests.support.answers_on_files import left_by
from tests.support.browser import Browser
from tests.support.hostile_review import hostile_review
from tests.support.reviews import exam_review, kept_of

pytestmark = pytest.mark.browser

PAGES = ("exam", "lab", "hostile")

LIGHT, DARK = "rgb(244, 246, 249)", "rgb(14, 18, 23)"


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The page of an exam of five tasks, of a lab with hints taken, and of one that is hostile in every text."""
    folder = tmp_path_factory.mktemp("pages")
    with pytest.MonkeyPatch.context() as patch:
        (folder / "h").mkdir(mode=0o700)
        patch.setenv("CKSLAB_HOME", str(folder / "h"))
        patch.setattr("ckslab.store.labs.MAX_FOLDER_BYTES", 4000)
        exam = exam_review(folder / "exam", 5)
        attempt = Attempt("2026-11-27T14:00:00Z", hints={"plugin": 1}, causes=("A flag names no file.",))
        left = left_by("ipw-complete", "no volume mount", ())
        lab = of_lab(kept_of(left, 0, folder / "lab", attempt), with_solution=True)
    made = {}
    for name, review in {"exam": exam, "lab": lab, "hostile": hostile_review()}.items():
        made[name] = folder / f"{name}.html"
        made[name].write_text(report_html(review))
    return made


each_page = pytest.mark.parametrize("name", PAGES)


@each_page
def test_it_asks_for_nothing_and_says_nothing(browser: Browser, pages: dict[str, Path], name: str) -> None:
    browser.open(pages[name])
    assert browser.requests() == [pages[name].as_uri()]
    assert browser.said() == []


@each_page
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(browser: Browser, pages: dict[str, Path], name: str, scheme: str) -> None:
    browser.open(pages[name], scheme=scheme)
    assert browser.js("return getComputedStyle(document.body).backgroundColor") == (
        DARK if scheme == "dark" else LIGHT
    )
    browser.js("document.querySelectorAll('details').forEach(one => one.open = true)")
    assert browser.faults("critical", "serious", "moderate") == []


def test_what_is_hostile_is_text(browser: Browser, pages: dict[str, Path]) -> None:
    browser.open(pages["hostile"])
    assert browser.js("return window.broken") is None
    assert browser.js("return document.querySelectorAll('script, img, iframe, object, form, [onload]').length") == 0
    shown = browser.js("return document.querySelector('main').textContent")
    assert "<script>window.broken=1</script>" in shown
    assert "{{ 7 * 7 }}" in shown
    assert "\u202e" not in shown
    assert "/etc/⟨U+202E⟩gpj.terces" in shown
    targets = browser.js("return [...document.querySelectorAll('a')].map(one => one.getAttribute('href'))")
    assert {one for one in targets if not one.startswith("#")} == {"https://kubernetes.io/docs/"}


@each_page
@pytest.mark.parametrize("width", [1400, 480, 320])
def test_no_window_is_too_narrow(browser: Browser, pages: dict[str, Path], name: str, width: int) -> None:
    browser.open(pages[name], width=width)
    browser.js("document.querySelectorAll('details').forEach(one => one.open = true)")
    widest = browser.js(
        "return Math.max(document.documentElement.scrollWidth, ...[...document.querySelectorAll('main *')]"
        ".filter(one => one.checkVisibility()).map(one => one.getBoundingClientRect().right))"
    )
    assert widest <= width + 1


@each_page
def test_on_paper_nothing_is_folded_away(browser: Browser, pages: dict[str, Path], name: str) -> None:
    browser.open(pages[name], width=718, media="print", scheme="dark")  # A4 without its margins at 96 dpi
    hidden = browser.js(
        "return [...document.querySelectorAll('main details > :not(summary)')]"
        ".filter(one => !one.checkVisibility({contentVisibilityAuto: true})).map(one => one.outerHTML.slice(0, 200))"
    )
    assert hidden == []
    assert browser.js("return document.querySelector('.theme').checkVisibility()") is False
    assert browser.js("return getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    pdf = base64.b64decode(browser.cdp("Page.printToPDF", preferCSSPageSize=True, printBackground=True)["data"])
    assert pdf.startswith(b"%PDF")
    assert b"/MediaBox [0 0 594.95996 841.91998]" in pdf or b"/MediaBox [0 0 595" in pdf
    assert 1 <= pdf.count(b"/Type /Page\n") <= 60


@each_page
def test_the_keyboard_reaches_and_opens_everything(browser: Browser, pages: dict[str, Path], name: str) -> None:
    browser.open(pages[name])
    wanted = browser.js(
        "return [...document.querySelectorAll('summary, a')].filter(one => one.checkVisibility())"
        ".map((one, number) => (one.dataset.number = number, number))"
    )
    body, reached = browser.driver.find_element(By.TAG_NAME, "body"), set[int]()
    body.send_keys(Keys.TAB)
    for _ in range(len(wanted) + 10):
        now = browser.driver.switch_to.active_element
        number = now.get_attribute("data-number")
        if number is not None:
            reached.add(int(number))
            style = browser.js("return getComputedStyle(arguments[0]).outlineStyle", now)
            assert style == "solid", "who uses the keyboard sees where they are"
        now.send_keys(Keys.TAB)
    assert reached == {*wanted}
    first = browser.driver.find_element(By.CSS_SELECTOR, "main details:not([open]) > summary")
    first.send_keys(Keys.ENTER)
    assert browser.js("return arguments[0].parentElement.open", first) is True


def test_colours_are_chosen_without_a_script(browser: Browser, pages: dict[str, Path]) -> None:
    browser.open(pages["lab"], scheme="dark")
    colour = "return getComputedStyle(document.body).backgroundColor"
    assert browser.js(colour) == DARK
    browser.driver.find_element(By.CSS_SELECTOR, "label[for=theme-light]").click()
    assert browser.js(colour) == LIGHT
    browser.driver.find_element(By.ID, "theme-light").send_keys(Keys.ARROW_RIGHT)
    assert browser.js(colour) == DARK
    browser.open(pages["lab"], scheme="light")
    browser.driver.find_element(By.CSS_SELECTOR, "label[for=theme-dark]").click()
    assert browser.js(colour) == DARK


@each_page
def test_a_screen_reader_finds_its_way(browser: Browser, pages: dict[str, Path], name: str) -> None:
    browser.open(pages[name])
    levels = browser.js("return [...document.querySelectorAll('h1,h2,h3,h4,h5,h6')].map(one => +one.tagName[1])")
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    for landmark in ("body > header", "main", "body > footer"):
        assert browser.js("return document.querySelectorAll(arguments[0]).length", landmark) == 1
    unnamed = browser.js(
        "return [...document.querySelectorAll('svg')]"
        ".filter(one => !one.getAttribute('aria-label') && one.getAttribute('aria-hidden') !== 'true').length"
    )
    assert unnamed == 0

"""The exam is sat in a real browser: nothing of the desk is lost by a reload, a second window or a lost connection."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys

from tests.support.browser import Browser
from tests.support.exam_desk import Desk
from tests.support.web_exam import Rehearsal, Served, served

pytestmark = pytest.mark.browser

FAULTS = ("critical", "serious", "moderate", "minor")


@pytest.fixture
def exam() -> Rehearsal:
    return Rehearsal()


@pytest.fixture
def site(exam: Rehearsal) -> Iterator[Served]:
    with served(exam) as running:
        yield running


@pytest.fixture
def desk(browser: Browser, site: Served) -> Desk:
    made = Desk(browser, site)
    made.ready()
    return made


def test_a_task_is_read_and_a_command_is_typed(desk: Desk) -> None:
    assert desk.find("#task-1").text.count("Pin what the workload 1 runs") == 1
    assert not desk.sees("#task-2")
    desk.run("echo $((6 * 7))")
    desk.reads(r"^42$")
    assert desk.js("return document.title") == "Exam 2026-11-27-a · ckslab"
    assert desk.find("#clock").text.startswith(("1:59:", "2:00:"))
    assert desk.complaints() == []


def test_nothing_is_asked_of_anybody_else(desk: Desk, site: Served) -> None:
    asked = [one for one in desk.browser.requests() if not one.startswith("data:")]
    assert len(asked) > 5
    assert [one for one in asked if not one.startswith((site.origin, f"ws://{site.host}"))] == []
    assert [one for one in asked if "token" in one] == asked[:1]


def test_what_a_task_says_runs_nothing(desk: Desk) -> None:
    assert desk.js("return document.querySelectorAll('script').length") == 1
    assert desk.js("return document.querySelectorAll('.prose img, .prose a[href^=javascript]').length") == 0
    assert "<script>" in desk.find("#task-1 .prose").text
    with pytest.raises(Exception, match="TrustedHTML"):
        desk.js("document.body.innerHTML = '<b>made</b>'")


def test_tasks_are_turned_and_flagged_and_stay_so(desk: Desk, exam: Rehearsal) -> None:
    desk.click("[data-task='1'] [data-go='2']")
    assert desk.sees("#task-2")
    desk.click("[data-flag='2']")
    desk.until(lambda: exam.flags[2], "the flag")
    desk.until(lambda: desk.find("[data-flag='2']").text.endswith("Flagged"), "the word")
    words = " ".join(desk.find(".chip[data-task='2']").get_attribute("innerText").split())  # type: ignore[union-attr]
    assert words == "Task 2 Pin what the <b>API</b> 2 runs 25 % flagged"
    exam.flags[4] = True  # in a terminal, meanwhile
    desk.until(lambda: "2 flagged" in desk.find("#tally").text, "the other flag")
    desk.driver.refresh()
    desk.until(lambda: desk.sees("#task-2"), "the same task")
    desk.until(lambda: desk.find("[data-flag='2']").get_attribute("aria-pressed") == "true", "the flag")


def test_a_row_is_high_enough_for_what_stands_below_the_line(desk: Desk) -> None:
    """Rows hide what is beyond them: an underscore looked like a blank."""
    height, needed = desk.js("""
        const style = getComputedStyle(document.querySelector(".xterm-rows > div"));
        const context = document.createElement("canvas").getContext("2d");
        context.font = `${style.fontSize} ${style.fontFamily}`;
        const { fontBoundingBoxAscent: up, fontBoundingBoxDescent: down, actualBoundingBoxDescent: low }
          = context.measureText("_");
        const height = parseFloat(style.height);
        return [height, (height - up - down) / 2 + up + low]; // the font's box stands in the middle of the row
    """)
    assert needed <= height


def test_a_line_that_was_begun_is_there_after_a_reload(desk: Desk) -> None:
    desk.run("cat /dev/null; echo first")
    desk.reads(r"^first\n^base\$$")  # what is typed before stands in front of what is printed
    desk.type("echo half")
    desk.reads(r"base\$ echo half$")
    desk.driver.refresh()
    desk.reads(r"^first$\n^base\$ echo half$")
    desk.ready()
    desk.run("-done")
    desk.reads(r"^half-done$")


def test_a_question_of_a_program_is_answered_once(desk: Desk) -> None:
    """The answer to what is drawn again would be typed into whatever runs now."""
    desk.run(r"printf '\033[6n\033[c\033]10;?\007'; sleep 0.3; read -t 0.2 -n 99 -s; echo; echo asked")
    desk.reads("^asked$")
    desk.driver.refresh()
    desk.reads("^asked$")
    time.sleep(0.5)
    assert desk.screen().splitlines()[-1] == "base$"


def test_a_lost_connection_is_said_and_comes_back(desk: Desk, site: Served) -> None:
    desk.run("sleep 1; echo went-on")
    desk.network(False)
    site.cut()
    desk.alert("connection is lost")
    assert desk.sees(".lost")
    desk.network(True)
    desk.reads(r"^went-on$")
    desk.until(lambda: not desk.find("#alerts").text, "that it is back")
    desk.until(lambda: not desk.sees(".lost"), "the terminal")
    desk.live()
    desk.run("echo again")
    desk.reads(r"^again$")


def test_what_is_typed_into_a_lost_connection_is_not_run_later(desk: Desk, site: Served) -> None:
    site.cut()
    desk.type("echo ghost", Keys.ENTER)
    site.cut(0.5)
    desk.until(lambda: not desk.sees(".lost"), "the terminal")
    desk.live()
    desk.run("echo real")
    desk.reads(r"^real$")
    assert "\nghost" not in desk.screen()


def test_a_second_window_takes_the_terminal_and_gives_it_back(desk: Desk, site: Served) -> None:
    desk.type("echo shared")
    desk.reads("echo shared$")
    first = desk.driver.current_window_handle
    desk.driver.switch_to.new_window("tab")
    try:
        desk.window(1440, 900)
        desk.driver.get(f"{site.origin}/")
        desk.reads("echo shared$")
        desk.driver.switch_to.window(first)
        desk.until(lambda: "another window" in desk.find(".cover").text, "that it is elsewhere")
        desk.click(".cover button")
        desk.live()
        desk.run("-here")
        desk.reads("^shared-here$")
    finally:
        for window in desk.driver.window_handles:
            if window != first:
                desk.driver.switch_to.window(window)
                desk.driver.close()
        desk.driver.switch_to.window(first)


def test_further_terminals_have_tabs(desk: Desk) -> None:
    desk.type("echo in-the-first")
    desk.click("#open")
    desk.until(lambda: len(desk.driver.find_elements("css selector", ".tab")) == 2, "a tab")
    desk.ready()
    desk.run("echo in-the-second")
    desk.reads("^in-the-second$")
    desk.find(".tab[aria-selected='true']").send_keys(Keys.ARROW_LEFT)
    desk.reads("echo in-the-first$")
    assert desk.driver.switch_to.active_element.get_attribute("role") == "tab"
    desk.click("#close")
    desk.until(lambda: len(desk.driver.find_elements("css selector", ".tab")) == 1, "one tab")
    desk.reads("^in-the-second$")
    desk.run("exit 0")
    desk.until(lambda: desk.sees("#empty"), "that none is open")


def test_a_shell_that_failed_says_so(desk: Desk) -> None:
    desk.run("echo why; exit 7")
    desk.until(lambda: "exit code 7" in desk.find(".cover").text, "the code")
    assert "why" in desk.screen()
    desk.click(".cover button")
    desk.until(lambda: desk.sees("#empty"), "that none is open")


@pytest.mark.parametrize(("width", "least", "most"), [(2760, 200, 230), (1180, 78, 92)])
def test_programs_use_the_columns_that_are_there(desk: Desk, width: int, least: int, most: int) -> None:
    desk.window(width, 900)
    desk.run("")
    time.sleep(0.4)
    desk.run("clear; stty size; printf '%*s|\\n' $(($(tput cols) - 1)) | tr ' ' x")
    columns = int(desk.reads(r"^\d+ (\d+)$")[1])
    assert least <= columns <= most
    desk.reads(rf"^x{{{columns - 1}}}\|$")
    desk.driver.refresh()
    desk.reads(rf"^x{{{columns - 1}}}\|$")


def test_what_is_selected_is_copied_and_pasted(desk: Desk, site: Served) -> None:
    desk.browser.cdp(
        "Browser.grantPermissions",
        origin=site.origin,
        permissions=["clipboardReadWrite", "clipboardSanitizedWrite"],
    )
    desk.run("clear; echo chosen-word")
    desk.reads("^chosen-word$")
    row = next(
        one
        for one in desk.driver.find_elements("css selector", ".xterm-rows > div")
        if one.text.strip() == "chosen-word"
    )
    ActionChains(desk.driver).move_to_element_with_offset(
        row, 20 - row.size["width"] // 2, 0
    ).double_click().perform()
    desk.chord(Keys.CONTROL, Keys.SHIFT, "c")
    copied = "return navigator.clipboard.readText()"
    desk.until(lambda: desk.js(copied) == "chosen-word", "the copy")
    desk.type("echo got-")
    desk.chord(Keys.CONTROL, Keys.SHIFT, "v")
    desk.reads("echo got-chosen-word$")
    desk.run("")
    desk.reads("^got-chosen-word$")


def test_pasted_lines_wait_for_enter(desk: Desk, site: Served) -> None:
    desk.browser.cdp(
        "Browser.grantPermissions",
        origin=site.origin,
        permissions=["clipboardReadWrite", "clipboardSanitizedWrite"],
    )
    desk.js("return navigator.clipboard.writeText('echo one\\necho two\\n')")
    desk.chord(Keys.CONTROL, Keys.SHIFT, "v")
    desk.reads("echo two")
    assert "\none" not in desk.screen()
    desk.run("")
    desk.reads("^one\n(.*\n)*two")


def test_the_host_is_copied_by_a_button(desk: Desk, site: Served) -> None:
    desk.browser.cdp(
        "Browser.grantPermissions",
        origin=site.origin,
        permissions=["clipboardReadWrite", "clipboardSanitizedWrite"],
    )
    desk.click("#task-1 .copy")
    desk.alert("Copied: ssh cks-1")
    assert desk.js("return navigator.clipboard.readText()") == "ssh cks-1"


def test_output_without_end_freezes_nothing(desk: Desk) -> None:
    desk.run("yes")
    desk.reads("^y$")
    desk.js(
        "window.beats = []; const beat = now => { beats.push(now); requestAnimationFrame(beat) }; requestAnimationFrame(beat)"
    )
    before = desk.js("return performance.memory.usedJSHeapSize")
    time.sleep(6.0)
    longest = desk.js("return Math.max(...beats.slice(1).map((now, n) => now - beats[n]))")
    grown = desk.js("return performance.memory.usedJSHeapSize") - before
    assert desk.js("return beats.length") > 30
    assert longest < 1500  # milliseconds; on a machine that does other things, too
    assert grown < 64 << 20
    desk.click("[data-go='2']")
    assert desk.sees("#task-2")
    desk.click(".screen")
    desk.chord(Keys.CONTROL, "c")
    desk.reads(r"\^C\n(base\$)?")
    desk.run("clear; echo still-mine")
    desk.reads("^still-mine$")


def test_what_a_program_says_to_the_terminal_does_nothing_to_the_page(desk: Desk) -> None:
    desk.run(
        r"clear; printf '\033]0;owned\007\033]52;c;b3duZWQ=\007\033]8;;https://example.com\033\\link\033]8;;\033\\\n'"
        r" '\033[8;5;5t\033[9;1t'"
    )
    row = desk.reads("^link$")
    assert row
    desk.click(".screen")
    assert desk.js("return document.title") == "Exam 2026-11-27-a · ckslab"
    assert len(desk.driver.window_handles) == 1


def test_the_keyboard_leaves_the_terminal_and_returns(desk: Desk) -> None:
    desk.type(Keys.F6)
    assert desk.driver.switch_to.active_element.get_attribute("id") == "sheets"
    desk.type(Keys.TAB, Keys.TAB, Keys.ENTER)
    desk.until(
        lambda: desk.find("[data-flag='1']").get_attribute("aria-pressed") == "true", "a flag by the keyboard"
    )
    desk.type(Keys.F6)
    desk.run("echo back")
    desk.reads("^back$")


def test_the_line_between_is_moved_by_keys(desk: Desk) -> None:
    before = desk.find("#tasks").size["width"]
    desk.find("#split").send_keys(Keys.ARROW_RIGHT, Keys.ARROW_RIGHT)
    assert desk.find("#tasks").size["width"] > before
    desk.driver.refresh()
    desk.ready()
    assert desk.find("#tasks").size["width"] > before
    desk.js("localStorage.removeItem('tasks')")


@pytest.mark.parametrize("minutes", [30, 15, 5])
def test_it_says_when_little_time_is_left(desk: Desk, exam: Rehearsal, minutes: int) -> None:
    exam.left = minutes * 60 + 2.5
    desk.alert(f"{minutes} minutes left")
    assert desk.find("#alerts").get_attribute("role") == "alert"


def test_the_time_is_the_servers(browser: Browser, site: Served, exam: Rehearsal) -> None:
    exam.left = 3600.0
    script = "const D = Date; Date = class extends D { static now() { return 0 } }; performance.now = () => 0"
    added = browser.cdp("Page.addScriptToEvaluateOnNewDocument", source=script)
    try:
        desk = Desk(browser, site)
        desk.until(lambda: desk.find("#clock").text.startswith(("0:59:", "1:00:")), "the time")
        exam.left = 61.0
        desk.until(lambda: desk.find("#clock").text in ("0:01:01", "0:01:00"), "the new time")
    finally:
        browser.cdp("Page.removeScriptToEvaluateOnNewDocument", identifier=added["identifier"])


def test_time_is_up_while_somebody_types(desk: Desk, exam: Rehearsal) -> None:
    desk.type("echo never-")
    exam.left = 1.5
    desk.until(lambda: desk.sees("#finished"), "the end")
    desk.type("run", Keys.ENTER)
    assert desk.find("#finished-title").text == "Time is up"
    assert desk.driver.find_elements("css selector", ".xterm") == []
    desk.until(lambda: desk.find("#score").text == "72.5", "the score")
    assert desk.find("#verdict").text == "passed"
    assert desk.complaints() == []


def test_the_exam_is_ended_after_a_question_and_the_report_is_shown(desk: Desk, exam: Rehearsal) -> None:
    desk.click("[data-flag='1']")
    desk.until(lambda: exam.flags[1], "the flag")
    desk.until(lambda: "1 flagged" in desk.find("#tally").text, "the tally")
    desk.click("#end")
    assert "1 task is flagged" in desk.find("#ending-words").text
    assert desk.driver.switch_to.active_element.text == "Go on working"
    desk.type(Keys.ESCAPE)
    desk.until(lambda: not desk.sees("#ending"), "no question")
    assert not exam.ended_at
    desk.click("#end")
    desk.click("#ending .danger")
    desk.until(lambda: desk.find("#finished-title").text == "The exam has ended", "the end")
    desk.until(lambda: desk.sees("#report"), "the report")
    desk.driver.switch_to.frame(desk.find("#report"))
    desk.until(lambda: "Report of the exam" in desk.find("body").text, "its text")
    desk.driver.switch_to.default_content()
    desk.driver.refresh()
    desk.until(lambda: desk.sees("#report"), "the report after a reload")
    assert desk.complaints() == []


def test_a_practice_exam_can_be_paused(browser: Browser, site: Served, exam: Rehearsal) -> None:
    exam.practice = True
    desk = Desk(browser, site)
    desk.ready()
    desk.click("#pause")
    desk.until(lambda: desk.find("#time-name").text == "Paused", "the pause")
    before = desk.find("#clock").text
    time.sleep(1.5)
    assert desk.find("#clock").text == before
    desk.click("#pause")
    desk.until(lambda: desk.find("#time-name").text == "Time left", "the clock")


def test_a_browser_that_was_not_let_in_is_told_what_to_do(browser: Browser, site: Served) -> None:
    browser.driver.get(site.origin)
    browser.driver.delete_all_cookies()
    browser.driver.get(site.origin)
    assert "Press Enter there for another one" in browser.js("return document.body.textContent")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(browser: Browser, site: Served, exam: Rehearsal, scheme: str) -> None:
    exam.flags[3] = True
    desk = Desk(browser, site, scheme=scheme)
    desk.ready()
    desk.run(r"for c in $(seq 31 37) $(seq 91 97); do printf '\033[%sm colour \033[0m' $c; done")
    exam.left = 1801.0
    desk.alert("30 minutes")
    assert browser.faults(*FAULTS) == []
    exam.left = 250.0
    desk.click("#end")
    assert browser.faults(*FAULTS) == []
    desk.click("#ending .danger")
    desk.until(lambda: desk.sees("#report"), "the report")
    assert browser.faults(*FAULTS) == []


@pytest.mark.parametrize("width", [900, 480, 360])
def test_no_window_is_too_narrow(browser: Browser, site: Served, width: int) -> None:
    desk = Desk(browser, site, width=width)
    desk.ready()
    widest = desk.js(
        "return Math.max(document.documentElement.scrollWidth, ...[...document.querySelectorAll('main *, header *')]"
        ".filter(one => one.checkVisibility() && !one.closest('.xterm')).map(one => one.getBoundingClientRect().right))"
    )
    assert widest <= width + 1

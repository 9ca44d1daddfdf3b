"""`python -m tests.tools.pictures`: the pictures of docs/, taken in Chromium of pages that the tests make."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

from ckslab.render.html import report_html
from tests.support.browser import browser_of, missing_programs
from tests.support.reviews import exam_review

PICTURES = Path(__file__).resolve().parents[2] / "docs" / "pictures"
TASKS = 7
WIDTH, HEIGHT = 1000, 990


def main() -> int:
    """Take them anew."""
    if missing := missing_programs():
        sys.stderr.write(f"not here: {', '.join(missing)}\n")
        return 1
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="ck-") as name, browser_of(Path(name) / "chromium") as browser:
        os.environ["CKSLAB_HOME"] = name
        page = Path(name) / "report.html"
        page.write_text(report_html(exam_review(Path(name) / "files", TASKS)))
        for scheme in ("light", "dark"):
            browser.open(page, width=WIDTH, height=HEIGHT, scheme=scheme)
            browser.picture(PICTURES / f"report-{scheme}.png", width=WIDTH, height=HEIGHT)
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""How an image that was built runs as a Pod, and that what runs was compiled of the source."""

from __future__ import annotations

from ckslab.checks.built_image.params import RunsParams, VariedParams
from ckslab.evidence import Finding, failed, passed, undecided
from ckslab.image_tree.look import started
from ckslab.matching.matcher import shown
from ckslab.needs.built_image import BuiltImageFact, Looked
from ckslab.needs.built_image.pod import SECONDS
from ckslab.text_lines import lines_of


def runs(params: RunsParams, fact: BuiltImageFact) -> Finding:
    """Whether it runs and prints what it is to."""
    run = fact.run
    if run is None or run.untold:
        return undecided(run.untold if run else "the image was not run")
    text = params.varied.text if params.varied else ""
    wanted = params.prints.replace(text, fact.token) if text and fact.token else params.prints
    under = f" as a Pod under the rules {', '.join(params.under)}" if params.under else " as a Pod"
    expected = f"the image runs{under} and prints {shown(params.prints)}"
    if run.state == "never":
        return failed(expected, f"it does not start: {run.why}")
    if params.stays and run.state == "ended":
        return failed(
            f"{expected}, and stays", f"it ended with exit code {run.code}; it printed {_words(run.printed)}"
        )
    if not params.stays and run.state == "runs":
        return failed(f"{expected}, and ends", f"it still ran after {SECONDS:.0f} s")
    if run.code:
        return failed(expected, f"it ended with exit code {run.code}; it printed {_words(run.printed)}")
    if run.printed.strip() == wanted.strip():
        return passed()
    lines = [line.strip() for line in lines_of(run.printed)]
    if wanted in lines:
        return failed(f"{expected}, and nothing else", f"it printed {_words(run.printed)}")
    if params.prints in lines:
        seen = f"it prints that still where {params.varied.file if params.varied else ''} says something else"
        return failed(expected, seen, message="What is printed does not come from the program that was compiled.")
    return failed(expected, f"it printed {_words(run.printed)}")


def compiled(varied: VariedParams, fact: BuiltImageFact) -> Finding:
    """Whether what is started is another program where the source is another one."""
    expected = f"a container of the image runs the program that is compiled of {varied.file}"
    both = (fact.built, fact.varied or Looked())
    if too_large := next((looked for looked in both if looked.too_large), None):
        return failed(expected, too_large.problem)
    if unseen := next((looked for looked in both if looked.image is None), None):
        return undecided(f"the image that was built cannot be looked into: {unseen.why}")
    plain, other = both[0].image, both[1].image
    assert plain is not None
    assert other is not None
    changed = [path for path in other.differences(plain) if path in other.files]
    programs = [path for path in changed if other.files[path].form == "program"]
    if not programs:
        return failed(expected, f"the image has no program that is another one where {varied.file} is")
    if not set(started(other)) & set(programs):
        command = shown([*other.config.entrypoint, *other.config.cmd])
        return failed(expected, f"its command, {command}, does not start {programs[0]}")
    return passed()


def _words(printed: str) -> str:
    return shown(printed.strip()[:200]) if printed.strip() else "nothing"

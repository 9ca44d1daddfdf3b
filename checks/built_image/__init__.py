"""`built-image`: what a Dockerfile really makes: what is in the image, how large it is, how it runs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ckslab.checks.built_image.contents import contents, too_large_to_look
from ckslab.checks.built_image.installed import installed
from ckslab.checks.built_image.params import BuiltImageParams
from ckslab.checks.built_image.run import compiled, runs
from ckslab.checks.built_image.tagged import tagged
from ckslab.evidence import CheckType, Evidence, Finding, Need, Where, failed, passed, undecided
from ckslab.needs.built_image import BuiltImageFact
from ckslab.needs.files import FileNeed


class BuiltImage(CheckType[BuiltImageParams]):
    """An image that the grader has built itself."""

    name = "built-image"
    params = BuiltImageParams

    def needs(self, params: BuiltImageParams) -> Iterable[Need]:
        """The build, and the sources that must not be in it."""
        return [params.need, *(FileNeed(path) for path in params.sources)]

    def judge(self, params: BuiltImageParams, evidence: Evidence) -> Finding:
        """The first thing that is wrong; undecided where it cannot be looked into."""
        fact = evidence.of(params.need)
        if fact.refused:
            where = Where(params.path)
            return failed("a Dockerfile that builds", f"BuildKit says: {fact.refused}", where, root="build")
        findings = list(_findings(params, fact, evidence))
        certain = (finding for outcome in ("fail", "unknown") for finding in findings if finding.outcome == outcome)
        return next(certain, passed())


def _findings(params: BuiltImageParams, fact: BuiltImageFact, evidence: Evidence) -> Iterator[Finding]:
    image = fact.built.image
    if params.runs:
        yield runs(params.runs, fact)
        if params.runs.varied and params.runs.varied.compiled:
            yield compiled(params.runs.varied, fact)
    if not params.looks:
        return
    if fact.built.too_large:
        yield too_large_to_look(params, fact.built)
    elif image is None:
        yield undecided(f"the image that was built cannot be looked into: {fact.built.why}")
    else:
        yield from contents(params, image, evidence)
        if params.packages:
            yield from installed(params.packages, image, fact.later)
        if params.tagged and fact.tagged:
            yield tagged(params.tagged, image, fact.tagged, fact.again)

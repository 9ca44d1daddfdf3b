"""`built-image`: what a Dockerfile really makes: what is in the image, how large it is, how it runs."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal

from pydantic import Field, field_validator, model_validator

from ckslab.evidence import CheckType, Evidence, FileFact, Finding, Need, Params, Where, failed, passed, undecided
from ckslab.image_tree.image import Entry, ImageTree
from ckslab.image_tree.look import account, resolve, shells, started, writable
from ckslab.image_tree.packages import INSTALLED, packages
from ckslab.kubernetes.image_reference import parse_image_reference
from ckslab.matching.matcher import shown
from ckslab.needs.built_image import BuiltImageFact, BuiltImageNeed, Later, Looked
from ckslab.needs.built_image.pod import SECONDS, Rule
from ckslab.needs.files import FileNeed
from ckslab.strict import NodePath
from ckslab.text_lines import lines_of

COMPILERS = frozenset({"as", "c++", "c99", "cc", "clang", "g++", "gcc", "go", "ld", "rustc", "tcc"})
SHELLS = frozenset({"ash", "bash", "busybox", "csh", "dash", "fish", "ksh", "mksh", "sh", "tcsh", "toybox", "zsh"})
UNPINNED = "Whichever version the repository has at the day of the build is what is shipped."
SOURCES = (".c", ".cc", ".cpp", ".go", ".h", ".hpp", ".java", ".rs")
PACKINGS = frozenset({".br", ".bz2", ".gz", ".lzma", ".xz", ".z", ".zip", ".zst"})
MIN_SOURCE = 20
"""Less may stand in any text."""
DEVELOPMENT = (".a", ".o")
"""What a compiler needs and a program does not."""


class VariedParams(Params):
    """file: beside the Dockerfile. text: what stands in it is another text in the image that runs. compiled: the
    command of that image starts a program that is another one, too.
    """

    file: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$", max_length=100)
    text: str = Field(min_length=4, max_length=200)
    compiled: Literal[True] | None = None


class RunsParams(Params):
    """prints: its output, but for blanks around it. under: what the Pod forbids. stays: it runs on, else it ends
    with exit code 0.

    varied: the image is built of other words, which then are printed in their place.
    """

    prints: str = Field(min_length=1)
    under: tuple[Rule, ...] = ()
    stays: Literal[True] | None = None
    varied: VariedParams | None = None

    @model_validator(mode="after")
    def _prints_what_varies(self) -> RunsParams:
        if self.varied and self.varied.text not in self.prints:
            raise ValueError("the text that varies is no part of what is printed")
        return self


class PackagesParams(Params):
    """names: packages that the image lists as installed. What any step of the build installs is pinned."""

    names: tuple[str, ...] = ()


class BuiltImageParams(Params):
    """path: of the Dockerfile, whose folder is the build's context. max-bytes: of all layers, unpacked. lacks:
    `compilers`, `sources`. sources: files of the node, whose content is a source under any name. tagged: this
    name's image is what the Dockerfile makes. no-shell: no program in it is a shell, whatever it is called.
    not-root: its user is another one, and is there. not-writable: folders that nobody may write to, with nothing in
    them that its user may. packages: which it has, and that the same are installed when there are newer ones, too.
    runs: it does so as a Pod.
    """

    path: NodePath
    max_bytes: int | None = Field(None, gt=0)
    lacks: tuple[Literal["compilers", "sources"], ...] = ()
    sources: tuple[NodePath, ...] = ()
    tagged: str | None = None
    no_shell: Literal[True] | None = None
    not_root: Literal[True] | None = None
    not_writable: tuple[NodePath, ...] = ()
    packages: PackagesParams | None = None
    runs: RunsParams | None = None

    @field_validator("tagged")
    @classmethod
    def _is_a_name(cls, name: str | None) -> str | None:
        parsed = parse_image_reference(name) if name else None
        if name is not None and (parsed is None or parsed.digest or not parsed.tag):
            raise ValueError(f"{name!r} is no image's name with a tag")
        return name

    @model_validator(mode="after")
    def _says_something(self) -> BuiltImageParams:
        if not (self.runs or self.looks):
            raise ValueError("asserts nothing: say what is in the image, or that it runs")
        if self.sources and "sources" not in self.lacks:
            raise ValueError("sources says which files are sources: give lacks: [sources]")
        return self

    @property
    def looks(self) -> bool:
        """Whether anything is asked of what is in the image."""
        looked = (self.max_bytes, self.lacks, self.tagged, self.no_shell, self.not_root, self.not_writable)
        return any(looked) or self.packages is not None

    @property
    def need(self) -> BuiltImageNeed:
        """The build, with what else is asked of it."""
        runs = self.runs
        varied = runs.varied if runs else None
        return BuiltImageNeed(
            self.path,
            self.tagged or "",
            runs.under if runs else None,
            bool(runs and runs.stays),
            varied.file if varied else "",
            varied.text if varied else "",
            bool(varied and varied.compiled),
            self.packages is not None,
        )


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
        yield _runs(params.runs, fact)
        if params.runs.varied and params.runs.varied.compiled:
            yield _compiled(params.runs.varied, fact)
    if params.looks:
        if fact.built.too_large:
            yield _too_large_to_look(params, fact.built)
            return
        if image is None:
            yield undecided(f"the image that was built cannot be looked into: {_why(fact.built)}")
            return
        if params.max_bytes and image.size > params.max_bytes:
            yield _too_large(image, params.max_bytes)
        if params.lacks:
            yield _lacks(params, image, evidence)
        if params.no_shell:
            yield _no_shell(image)
        if params.not_root:
            yield _not_root(image)
        if params.packages:
            yield from _packages(params.packages, image, fact.later)
        for folder in params.not_writable:
            yield _not_writable(image, folder)
        if params.tagged and fact.tagged:
            yield _tagged(params.tagged, image, fact.tagged, fact.again)


def _too_large_to_look(params: BuiltImageParams, built: Looked) -> Finding:
    """Whoever made it so large would choose else that nobody sees what is in it."""
    if params.max_bytes:
        return failed(f"an image of {_kilo(params.max_bytes)} at most", built.problem)
    return failed("an image that is small enough to be looked into", built.problem)


def _no_shell(image: ImageTree) -> Finding:
    expected, found = "an image without a shell, under any name", shells(image, account(image))
    if found and not image.files[found[0]].executable:
        return failed(
            expected, f"{found[0]} is a shell, and belongs to the program's user, who may make it executable"
        )
    if found:
        links = [path for path in sorted(image.files) if image.files[path].kind == "link"]
        by = next((path for path in links if resolve(image.files, path)[0] == found[0] and path.endswith("sh")), "")
        return failed(expected, f"{found[0]} is a shell" + (f", and {by} leads to it" if by else ""))
    for path in sorted(image.files):
        if posixpath.basename(path) in SHELLS:
            there, entry = resolve(image.files, path)
            if entry and entry.executable:
                return undecided(f"{path} is {there}, which is called as a shell is and is none that is known")
    return passed()


def _not_root(image: ImageTree) -> Finding:
    expected, who = "the image runs as another user than root", account(image)
    written = shown(image.config.user)
    if who.problem:
        return failed(expected, f"its user is {written}: {who.problem}")
    if who.uid == 0:
        return failed(
            expected, f"its user is {written}, which is uid 0" if image.config.user else "it names no user"
        )
    for path in started(image):
        entry = image.files[path]
        if entry.executable and entry.mode & 0o4000 and entry.uid == 0:
            return failed(expected, f"{path} runs as root by its set-user-ID bit: its mode is {entry.mode:04o}")
    return passed()


def _packages(params: PackagesParams, image: ImageTree, later: Later | None) -> Iterator[Finding]:
    installed = packages(image)
    for name in params.names:
        expected = f"the package {name} is installed in the final image"
        if installed is None:
            yield failed(expected, f"{INSTALLED}, the list of its packages, is gone")
        elif name not in installed:
            yield failed(expected, f"{INSTALLED}, the list of its packages, has none of that name")
    if later is None:
        yield undecided("it was not built with newer packages")
        return
    expected = "each package that is installed is pinned to one version, as NAME=VERSION"
    for package, step in later.unpinned:
        seen = f"{package.split()[0]} is not: where the repository has {package} too, "
        seen += f"that is installed by {shown(step[:120])}" if step else "that is installed"
        yield failed(expected, seen, message=UNPINNED)
    if later.refused:
        yield failed(expected, f"with newer packages in the repository it does not build: {later.refused}")
    elif later.built.too_large:
        yield failed(expected, f"with newer packages in the repository, {later.built.problem}")
    elif later.built.image is None:
        yield undecided(f"the image with newer packages cannot be looked into: {_why(later.built)}")
    else:
        then = packages(later.built.image) or {}
        for name, version in (installed or {}).items():
            if then.get(name) != version:
                seen = f"{name} is not: it is {version} today, and {then.get(name, 'not installed')}"
                yield failed(expected, f"{seen} where the repository has newer ones", message=UNPINNED)


def _not_writable(image: ImageTree, folder: str) -> Finding:
    found = writable(image, account(image), folder)
    if found is None:
        return passed()
    return failed(f"nobody may write to {folder}, nor its user to what is in it", f"{found[0]} {found[1]}")


def _why(looked: Looked) -> str:
    return "it is not in the store" if looked.absent else looked.problem


def _too_large(image: ImageTree, most: int) -> Finding:
    there = sum(entry.size for entry in image.files.values())
    message = "What a layer removes is still in the layer below it." if there < most else ""
    return failed(f"an image of {_kilo(most)} at most", f"its layers have {_kilo(image.size)}", message=message)


def _kilo(size: int) -> str:
    return f"{size / 1000:,.0f} kB".replace(",", " ")


def _lacks(params: BuiltImageParams, image: ImageTree, evidence: Evidence) -> Finding:
    expected = "an image with what the program needs when it runs"
    own = [evidence.of(FileNeed(path)) for path in params.sources]
    for path, entry in sorted(image.files.items()):
        if what := _surplus(path, entry, params, own):
            return failed(expected, f"{path} is in it, {what}")
    for path, entry in sorted(image.covered, key=lambda one: one[0]):
        if what := _surplus(path, entry, params, own):
            removed = "What a layer removes is still in the layer below it."
            return failed(expected, f"{path} is in one of its layers, {what}", message=removed)
    return passed()


def _surplus(path: str, entry: Entry, params: BuiltImageParams, own: Sequence[FileFact]) -> str:
    if entry.kind != "file":
        return ""
    name, packing = posixpath.splitext(posixpath.basename(path))
    name = name if packing.lower() in PACKINGS else name + packing
    if "compilers" in params.lacks:
        # a program is what is in it, a script what it is called
        if entry.compiler or (entry.executable and entry.form != "program" and name in COMPILERS):
            return "a compiler"
        if entry.form in ("object", "archive") or name.endswith(DEVELOPMENT):
            return "which only a compiler needs"
    if "sources" in params.lacks and entry.size:
        for source in own:
            if source.sha256 == entry.sha256:
                return f"which is {source.path}"
            if _holds(entry.text, source.text or ""):
                return f"in which {source.path} is"
        if name.endswith(SOURCES):
            return "a source"
    return ""


def _holds(text: str, source: str) -> bool:
    """Whether a source stands in a text, whatever blanks it has there."""
    words = "".join(source.split())
    return len(words) > MIN_SOURCE and words in "".join(text.split())


def _tagged(tag: str, built: ImageTree, looked: Looked, again: Looked | None) -> Finding:
    expected = f"{tag} is the image that the Dockerfile makes now"
    if looked.absent:
        return failed(expected, f"the node's store has no image {tag}")
    if looked.too_large:
        return failed(expected, f"another one: {looked.problem}")
    if looked.image is None:
        return undecided(f"{tag} cannot be looked into: {looked.problem}")
    each_time = built.differences(again.image) if again and again.image else ()
    files = (path for path in looked.image.differences(built) if path not in each_time)
    others = (*looked.image.config.differences(built.config), *files)
    if not others:
        return passed()
    if again and again.image is None:
        return undecided(f"whether {shown(others[0])} is another one each time cannot be told: {again.problem}")
    more = f" and {len(others) - 3} more" if len(others) > 3 else ""
    return failed(expected, f"another one: {', '.join(map(shown, others[:3]))}{more} differ")


def _runs(params: RunsParams, fact: BuiltImageFact) -> Finding:
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


def _compiled(varied: VariedParams, fact: BuiltImageFact) -> Finding:
    expected = f"a container of the image runs the program that is compiled of {varied.file}"
    for looked in (fact.built, fact.varied or Looked()):
        if looked.too_large:
            return failed(expected, looked.problem)
    plain, other = fact.built.image, fact.varied.image if fact.varied else None
    if plain is None or other is None:
        return undecided(f"the image that was built cannot be looked into: {_why(fact.varied or fact.built)}")
    programs = (path for path in other.differences(plain) if path in other.files)
    compiled = [path for path in programs if other.files[path].form == "program"]
    if not compiled:
        return failed(expected, f"the image has no program that is another one where {varied.file} is")
    if not set(started(other)) & set(compiled):
        command = shown([*other.config.entrypoint, *other.config.cmd])
        return failed(expected, f"its command, {command}, does not start {compiled[0]}")
    return passed()


def _words(printed: str) -> str:
    return shown(printed.strip()[:200]) if printed.strip() else "nothing"

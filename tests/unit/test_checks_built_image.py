"""`built-image`: what is judged is the image that was built, never the words of its Dockerfile."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from pydantic import ValidationError

from ckslab.checks import CHECK_TYPES
from ckslab.evidence import Evidence, Fact, FileFact, Finding, Unavailable
from ckslab.handed_in import open_handed_in
from ckslab.image_tree.image import Config, Entry, ImageTree
from ckslab.needs.built_image import BuiltImageFact, BuiltImageNeed, Later, Looked, PodRun
from ckslab.needs.built_image.store import last_words
from ckslab.needs.collect import collect_from_files
from ckslab.needs.files import FileNeed
from tests.support.checks_evidence import judge

PATH = "/opt/lab/img/Dockerfile"
SOURCE = "/opt/lab/img/app.c"
TEXT = "int main(void)\n{\n    return 0;\n}\n"
APP = Entry("file", 0o755, size=100, sha256="a" * 64)
RUNS = {"prints": "release one-word", "varied": {"file": "app.c", "text": "one-word"}}


def image(files: Mapping[str, Entry] | None = None, size: int = 1000, **config: Any) -> ImageTree:
    return ImageTree(Config.model_validate(config), size, 1, {"/app": APP, **(files or {})})


def judged(params: dict[str, Any], fact: Fact, more: Mapping[Any, Fact] | None = None) -> Finding:
    check = CHECK_TYPES["built-image"]
    need = check.params.model_validate({"path": PATH, **params}).need  # type: ignore[attr-defined]
    return judge("built-image", {"path": PATH, **params}, Evidence({need: fact, **(more or {})}))


def built(files: Mapping[str, Entry] | None = None, **more: Any) -> BuiltImageFact:
    return BuiltImageFact("", Looked(image(files)), **more)


LEAN = {"lacks": ["compilers", "sources"], "sources": [SOURCE]}
OF_SOURCE = {
    FileNeed(SOURCE): FileFact(SOURCE, "file", sha256=hashlib.sha256(TEXT.encode()).hexdigest(), text=TEXT)
}


def test_an_image_with_the_program_alone_is_lean() -> None:
    assert judged(LEAN, built(), OF_SOURCE).outcome == "pass"
    assert judged(LEAN, built({"/bin/gcc": Entry("link", target="/nowhere")}), OF_SOURCE).outcome == "pass"
    assert (
        judged(LEAN, built({"/usr/share/gcc": APP, "/doc/gcc": Entry("file", 0o644)}), OF_SOURCE).outcome == "fail"
    )
    assert judged(LEAN, built({"/doc/gcc": Entry("file", 0o644)}), OF_SOURCE).outcome == "pass"
    program = Entry("file", 0o755, size=9, form="program")
    assert judged(LEAN, built({"/bin/go": program}), OF_SOURCE).outcome == "pass"


@pytest.mark.parametrize(
    ("path", "entry", "says"),
    [
        ("/bin/helper", Entry("file", 0o755, compiler=True), "a compiler"),
        ("/usr/bin/tcc", APP, "a compiler"),
        ("/usr/lib/libc.a", Entry("file", 0o644, size=1), "which only a compiler needs"),
        ("/lib/start", Entry("file", 0o644, size=1, form="object"), "which only a compiler needs"),
        ("/lib/runtime", Entry("file", 0o644, size=1, form="archive"), "which only a compiler needs"),
        ("/x.h", Entry("file", 0o644, size=1), "a source"),
        ("/app.c.gz", Entry("file", 0o644, size=1), "a source"),
        (
            "/NOTICE",
            Entry("file", 0o644, size=1, text=f"ours:\n{TEXT.replace(';', ' ;')}"),
            f"in which {SOURCE} is",
        ),
        (
            "/licence",
            Entry("file", 0o644, size=len(TEXT), sha256=hashlib.sha256(TEXT.encode()).hexdigest()),
            f"which is {SOURCE}",
        ),
    ],
)
def test_what_only_a_build_needs_is_found_under_any_name(path: str, entry: Entry, says: str) -> None:
    found = judged(LEAN, built({path: entry}), OF_SOURCE)
    assert found.outcome == "fail"
    assert f"{path} is in it, {says}" in found.observed


def test_what_a_later_layer_removes_is_still_in_the_image() -> None:
    covered = (("/tmp/x", APP), ("/tmp/helper", Entry("file", 0o755, compiler=True)))
    tree = ImageTree(Config(), 1000, 2, {"/app": APP}, covered)
    found = judged(LEAN, BuiltImageFact("", Looked(tree)), OF_SOURCE)
    assert found.outcome == "fail"
    assert "/tmp/helper is in one of its layers, a compiler" in found.observed
    assert "still in the layer below" in found.message


def test_an_image_that_is_too_large_to_be_looked_into_is_no_way_round() -> None:
    large = Looked(problem="the image has more than 256 MiB", too_large=True)
    for params in ({"max-bytes": 1000}, LEAN, {"no-shell": True}, {"tagged": "lab/app:slim"}):
        found = judged(params, BuiltImageFact("", large), OF_SOURCE)
        assert (found.outcome, found.observed) == ("fail", large.problem), params
    assert judged({"tagged": "lab/app:slim"}, built(tagged=large)).outcome == "fail"


def test_what_is_removed_later_counts_for_the_size() -> None:
    assert judged({"max-bytes": 1000}, built()).outcome == "pass"
    found = judged({"max-bytes": 999}, built())
    assert found.outcome == "fail"
    assert "still in the layer below" in found.message


def test_the_tag_holds_what_the_dockerfile_makes() -> None:
    tagged = {"tagged": "lab/app:slim"}
    assert judged(tagged, built(tagged=Looked(image()))).outcome == "pass"
    assert "has no image" in judged(tagged, built(tagged=Looked(absent=True))).observed
    other = judged(tagged, built(tagged=Looked(image({"/b": APP}, User="7"))))
    assert other.outcome == "fail"
    assert "its user" in other.observed
    assert judged(tagged, built(tagged=Looked(problem="why"))).outcome == "unknown"
    other = judged(tagged, built(tagged=Looked(image(others={"Labels": {"a": "b"}}))))
    assert other.outcome == "fail"


def test_a_tag_with_other_files_in_its_lower_layers_is_told() -> None:
    """A compiler that a later layer removed, in the image of before."""
    tagged, covered = {"tagged": "lab/app:slim"}, (("/usr/bin/tcc", Entry("file", 0o755, compiler=True)),)
    there = replace(image(), covered=covered)
    found = judged(tagged, built(tagged=Looked(there)))
    assert (found.outcome, "/usr/bin/tcc" in found.observed) == ("fail", True)
    same = BuiltImageFact("", Looked(there), tagged=Looked(there))
    assert judged(tagged, same).outcome == "pass"
    each_time = BuiltImageFact("", Looked(image()), tagged=Looked(there), again=Looked(there))
    assert judged(tagged, each_time).outcome == "pass"


def test_what_is_another_one_at_each_build_tells_nothing() -> None:
    tagged = {"tagged": "lab/app:slim"}

    def dated(when: str, **files: Entry) -> ImageTree:
        return image({"/built": Entry("file", 0o644, size=9, sha256=when), **files})

    def found(there: ImageTree, again: Looked) -> Finding:
        fact = BuiltImageFact("", Looked(dated("now")), tagged=Looked(there), again=again)
        return judged(tagged, fact)

    assert found(dated("before"), Looked(dated("later"))).outcome == "pass"
    assert found(dated("before"), Looked(dated("now"))).outcome == "fail"
    assert found(dated("before", **{"/b": APP}), Looked(dated("later"))).outcome == "fail"
    assert found(dated("before"), Looked(problem="it did not end within 60 s")).outcome == "unknown"


def test_what_runs_is_the_program_that_was_compiled() -> None:
    runs = {"runs": {**RUNS, "varied": {"file": "app.c", "text": "one-word", "compiled": True}}}
    run = PodRun("", "ended", 0, printed="release fresh\n")

    def found(plain: Mapping[str, Entry], varied: Mapping[str, Entry], **config: Any) -> Finding:
        trees = (image({"/bin/cat": PROGRAM, **files}, **config) for files in (plain, varied))
        one, other = (Looked(tree) for tree in trees)
        return judged(runs, BuiltImageFact("", one, run=run, token="fresh", varied=other))

    PROGRAM = Entry("file", 0o755, sha256="c", form="program")
    app, other = replace(PROGRAM, sha256="1"), replace(PROGRAM, sha256="2")
    word, another = Entry("file", 0o644, sha256="1"), Entry("file", 0o644, sha256="2")
    assert found({"/app": app}, {"/app": other}, Cmd=["/app"]).outcome == "pass"
    none = found({"/word": word}, {"/word": another}, Cmd=["cat", "/word"])
    assert "no program that is another one where app.c is" in none.observed
    unused = found({"/app": app, "/word": word}, {"/app": other, "/word": another}, Cmd=["cat", "/word"])
    assert (unused.outcome, "does not start /app" in unused.observed) == ("fail", True)
    same = found({"/app": app}, {"/app": app}, Cmd=["/app"])
    assert same.outcome == "fail"
    unread = BuiltImageFact("", Looked(image()), run=run, token="fresh", varied=Looked(problem="why"))
    assert judged(runs, unread).outcome == "unknown"


def test_a_program_with_the_bit_of_root_runs_as_root() -> None:
    def found(path: str, entry: Entry) -> str:
        user = {"/etc/passwd": Entry("file", 0o644, text="app:x:7:7::/:\n")}
        return judged(
            {"not-root": True}, BuiltImageFact("", Looked(image({path: entry, **user}, User="app", Cmd=["tool"])))
        ).outcome

    assert found("/bin/tool", Entry("file", 0o4755)) == "fail"
    assert found("/bin/tool", Entry("file", 0o4755, uid=7)) == "pass"
    assert found("/bin/tool", Entry("file", 0o755)) == "pass"
    assert found("/bin/su", Entry("file", 0o4755)) == "pass"


@pytest.mark.parametrize(
    ("run", "outcome", "says"),
    [
        (PodRun("", "ended", 0, printed="release fresh\n"), "pass", ""),
        (PodRun("", "ended", 0, printed="hello\n  release fresh\r\nbye"), "fail", "it printed"),
        (PodRun("", "ended", 0, printed="release one-word\n"), "fail", "still where app.c says something else"),
        (PodRun("", "ended", 0, printed="a release fresh one\n"), "fail", "it printed"),
        (PodRun("", "ended", 0, printed=""), "fail", "it printed nothing"),
        (PodRun("", "ended", 3, printed="release fresh\n"), "fail", "exit code 3"),
        (PodRun("", "runs", printed="release fresh\n"), "fail", "it still ran"),
        (PodRun(state="never", why="no such file"), "fail", "it does not start: no such file"),
        (PodRun(untold="the API server is not ready"), "unknown", "not ready"),
    ],
)
def test_what_runs_prints_the_word_of_the_source_that_it_was_built_of(run: PodRun, outcome: str, says: str) -> None:
    found = judged({"runs": RUNS}, built(run=run, token="fresh"))
    assert found.outcome == outcome
    assert says in found.observed


def test_what_is_to_stay_stays() -> None:
    stays = {"runs": {"prints": "up", "stays": True}}
    assert judged(stays, built(run=PodRun("", "runs", printed="up\n"))).outcome == "pass"
    assert judged(stays, built(run=PodRun("", "ended", 0, printed="up\n"))).outcome == "fail"


WANTED = {"packages": {"names": ["tini"]}}


def listed(versions: str, path: str = "/lib/apk/db/installed") -> dict[str, Entry]:
    stanzas = [
        f"C:Q1x=\nP:{name}\nV:{version}\n\n"
        for name, _, version in (one.partition("=") for one in versions.split())
    ]
    return {path: Entry("file", 0o644, text="".join(stanzas))}


def with_packages(versions: str, later: Later | None) -> Finding:
    return judged(WANTED, built(listed(versions), later=later))


def of_later(versions: str, **more: Any) -> Later:
    return Later(built=Looked(image(listed(versions))), **more)


def test_packages_are_pinned_that_a_later_day_has_too() -> None:
    assert with_packages("tini=1 musl=2", of_later("tini=1 musl=2")).outcome == "pass"
    moved = with_packages("tini=1 musl=2", of_later("tini=1 musl=3"))
    assert (moved.outcome, moved.observed) == (
        "fail",
        "musl is not: it is 2 today, and 3 where the repository has newer ones",
    )
    assert "tini is not" in with_packages("tini=1", of_later("")).observed
    step = 'RUN echo "a b" | xargs apk add'
    told = with_packages("tini=1", of_later("tini=1", unpinned=(("curl (8-r1)", step),)))
    assert told.outcome == "fail"
    assert told.observed.startswith("curl is not: where the repository has curl (8-r1) too, that is installed by ")
    assert "xargs apk add" in told.observed
    assert with_packages("tini=1", Later(refused="exit code: 1")).outcome == "fail"


def test_packages_that_are_wanted_are_in_the_final_image() -> None:
    gone = with_packages("musl=2", of_later("musl=2"))
    assert (gone.outcome, gone.expected) == ("fail", "the package tini is installed in the final image")
    without = judged(WANTED, built(later=Later(built=Looked(image()))))
    assert (without.outcome, without.observed) == (
        "fail",
        "/lib/apk/db/installed, the list of its packages, is gone",
    )
    linked = {"/lib": Entry("link", target="opt"), **listed("tini=1", "/opt/apk/db/installed")}
    assert judged(WANTED, built(linked, later=Later(built=Looked(image(linked))))).outcome == "pass"


def test_packages_of_a_later_day_that_nobody_could_look_at_are_undecided() -> None:
    assert with_packages("tini=1", None).outcome == "unknown"
    assert with_packages("tini=1", Later(built=Looked(problem="too large"))).outcome == "unknown"


def test_what_does_not_build_is_told_in_buildkits_words() -> None:
    found = judged({"max-bytes": 1}, BuiltImageFact("tcc: error", Looked()))
    assert (found.outcome, found.observed) == ("fail", "BuildKit says: tcc: error")
    said = """\
#5 2.885 tcc: error: file 'nope.c' not found
------
 > [2/2] RUN gcc nope.c:
2.885 tcc: error: file 'nope.c' not found
------
D3:2
error: failed to solve: process "/bin/sh -c gcc nope.c" did not complete successfully: exit code: 1
"""
    assert last_words(said) == (
        "tcc: error: file 'nope.c' not found; "
        'process "/bin/sh -c gcc nope.c" did not complete successfully: exit code: 1'
    )
    assert last_words("") == ""


def test_what_cannot_be_looked_into_is_undecided() -> None:
    assert judged({"max-bytes": 1}, BuiltImageFact("", Looked(problem="too large"))).outcome == "unknown"
    assert judged({"max-bytes": 1}, Unavailable("BuildKit does not answer on the node")).outcome == "unknown"


def test_files_alone_leave_it_out(tmp_path: Any) -> None:
    (tmp_path / "etc").mkdir()
    need = BuiltImageNeed(PATH)
    fact = collect_from_files(open_handed_in(tmp_path, [PATH]))(frozenset({need}))[need]
    assert isinstance(fact, Unavailable)
    assert fact.not_applicable


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"tagged": "lab/app"},
        {"tagged": "Lab//x:1"},
        {"max-bytes": 0},
        {"sources": [SOURCE], "max-bytes": 1},
        {"runs": {"prints": "x", "varied": {"file": "app.c", "text": "other"}}},
        {"runs": {"prints": "one-word", "varied": {"file": "../app.c", "text": "one-word"}}},
    ],
)
def test_what_asserts_nothing_is_refused(params: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        CHECK_TYPES["built-image"].params.model_validate({"path": PATH, **params})

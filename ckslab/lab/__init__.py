"""The use cases: what the commands do.

All that the command line calls is named here, and imported when it is first asked for (PEP 562), so that
`--help` and `list` wait for nothing that they do not need.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ckslab.grading.report import exit_code as exit_code
    from ckslab.lab.archive import hand_in as hand_in
    from ckslab.lab.author import lint_scenarios as lint_scenarios
    from ckslab.lab.author import new_scenario as new_scenario
    from ckslab.lab.author import schema as schema
    from ckslab.lab.catalogue import Catalogue as Catalogue
    from ckslab.lab.catalogue import load_scenario as load_scenario
    from ckslab.lab.catalogue import scenario_ids as scenario_ids
    from ckslab.lab.catalogue import scenario_roots as scenario_roots
    from ckslab.lab.catalogue import scenarios as scenarios
    from ckslab.lab.doctor import examine as examine
    from ckslab.lab.grade import grade_lab as grade_lab
    from ckslab.lab.grade_files import grade_handed_in as grade_handed_in
    from ckslab.lab.guidance.explain import explain as explain
    from ckslab.lab.guidance.explain import take_away as take_away
    from ckslab.lab.guidance.hints import next_hint as next_hint
    from ckslab.lab.guidance.rescue import rescue_lab as rescue_lab
    from ckslab.lab.guidance.rescue import restore_lab as restore_lab
    from ckslab.lab.guidance.solution import show_solution as show_solution
    from ckslab.lab.learning.advice import advise as advise
    from ckslab.lab.learning.history import export_history as export_history
    from ckslab.lab.learning.history import history as history
    from ckslab.lab.learning.history import import_history as import_history
    from ckslab.lab.learning.standing import standing_of as standing_of
    from ckslab.lab.life.lost import lost_labs as lost_labs
    from ckslab.lab.life.reset import reset_lab as reset_lab
    from ckslab.lab.life.start import Wanted as Wanted
    from ckslab.lab.life.start import start_lab as start_lab
    from ckslab.lab.life.status import all_labs as all_labs
    from ckslab.lab.life.status import lab_status as lab_status
    from ckslab.lab.life.stop import stop_lab as stop_lab
    from ckslab.lab.life.try_answer import try_answer as try_answer
    from ckslab.lab.model import find_lab as find_lab
    from ckslab.lab.node_files import fingerprint as fingerprint
    from ckslab.lab.node_files import read_file as read_file
    from ckslab.lab.node_files import write_file as write_file
    from ckslab.lab.node_files import yaml_problem as yaml_problem
    from ckslab.lab.of_exam import practice_labs as practice_labs
    from ckslab.lab.of_exam import refuse_in_exam as refuse_in_exam
    from ckslab.lab.setup import set_up_machine as set_up_machine
    from ckslab.lab.terminal import of_terminal as of_terminal
    from ckslab.lab.time_worked import count_time as count_time
    from ckslab.lab.verify.jobs import plan_jobs as plan_jobs
    from ckslab.lab.verify.run import run_jobs as run_jobs
    from ckslab.store.disk import as_lab_error as as_lab_error
    from ckslab.store.home import home as home
    from ckslab.store.home import private_folder as private_folder
    from ckslab.store.labs import lab_names as lab_names

DEFINED_IN = {
    "ckslab.grading.report": ("exit_code",),
    "ckslab.lab.author": ("lint_scenarios", "new_scenario", "schema"),
    "ckslab.lab.catalogue": (
        "Catalogue",
        "load_scenario",
        "scenario_ids",
        "scenario_roots",
        "scenarios",
    ),
    "ckslab.lab.doctor": ("examine",),
    "ckslab.lab.grade": ("grade_lab",),
    "ckslab.lab.grade_files": ("grade_handed_in",),
    "ckslab.lab.guidance.explain": ("explain", "take_away"),
    "ckslab.lab.guidance.hints": ("next_hint",),
    "ckslab.lab.archive": ("hand_in",),
    "ckslab.lab.learning.advice": ("advise",),
    "ckslab.lab.learning.history": ("export_history", "history", "import_history"),
    "ckslab.lab.learning.standing": ("standing_of",),
    "ckslab.lab.model": ("find_lab",),
    "ckslab.lab.node_files": ("fingerprint", "read_file", "write_file", "yaml_problem"),
    "ckslab.lab.of_exam": ("practice_labs", "refuse_in_exam"),
    "ckslab.lab.guidance.rescue": ("rescue_lab", "restore_lab"),
    "ckslab.lab.life.lost": ("lost_labs",),
    "ckslab.lab.life.reset": ("reset_lab",),
    "ckslab.lab.setup": ("set_up_machine",),
    "ckslab.lab.guidance.solution": ("show_solution",),
    "ckslab.lab.life.start": ("Wanted", "start_lab"),
    "ckslab.lab.life.status": ("all_labs", "lab_status"),
    "ckslab.lab.life.stop": ("stop_lab",),
    "ckslab.lab.life.try_answer": ("try_answer",),
    "ckslab.lab.terminal": ("of_terminal",),
    "ckslab.lab.time_worked": ("count_time",),
    "ckslab.lab.verify.jobs": ("plan_jobs",),
    "ckslab.lab.verify.run": ("run_jobs",),
    "ckslab.store.disk": ("as_lab_error",),
    "ckslab.store.home": ("home", "private_folder"),
    "ckslab.store.labs": ("lab_names",),
}
"""The names of this package, by the module that defines them."""

_MODULE = {name: module for module, names in DEFINED_IN.items() for name in names}


def __getattr__(name: str) -> Any:
    if name not in _MODULE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_MODULE[name]), name)

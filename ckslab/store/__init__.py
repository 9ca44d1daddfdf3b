"""What ckslab keeps on disk: labs, attempts, best scores and locks. Nothing here knows a cluster."""

from ckslab.store.attempt import Attempt, Grade, read_attempt, write_attempt
from ckslab.store.home import home
from ckslab.store.labs import (
    BrokenLab,
    broken_labs,
    find_lab,
    lab_folder,
    lab_names,
    make_lab_folder,
    remove_lab_folder,
)
from ckslab.store.lock import lab_lock
from ckslab.store.record import FORMAT, LabRecord, read_record, write_record
from ckslab.store.scores import BestScore, best_scores, keep_best

__all__ = [
    "FORMAT",
    "Attempt",
    "BestScore",
    "BrokenLab",
    "Grade",
    "LabRecord",
    "best_scores",
    "broken_labs",
    "find_lab",
    "home",
    "keep_best",
    "lab_folder",
    "lab_lock",
    "lab_names",
    "make_lab_folder",
    "read_attempt",
    "read_record",
    "remove_lab_folder",
    "write_attempt",
    "write_record",
]

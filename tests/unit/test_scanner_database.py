"""The scanner's database: what stands in its facts is whole, and what is made up says so."""

from __future__ import annotations

import hashlib
import json
import re
import sqlite3
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from ckslab.errors import LabError
from ckslab.scanning import database

FACTS: dict[str, Any] = yaml.safe_load((Path(database.__file__).parent / "facts.yaml").read_text())
ADVISORIES = [
    (bucket, package, name, known)
    for bucket, packages in FACTS["advisories"].items()
    for package, ids in packages.items()
    for name, known in ids.items()
]
REAL, MADE_UP = re.compile(r"CVE-(19|20)\d\d-\d{4,7}"), re.compile(r"LAB-\d{4}-\d{4}")


def test_each_advisory_has_its_vulnerability_and_none_is_left_over() -> None:
    assert {name for _, _, name, _ in ADVISORIES} == set(FACTS["vulnerabilities"])


def test_each_vulnerability_has_a_severity_and_a_title() -> None:
    for name, said in FACTS["vulnerabilities"].items():
        assert set(said) == {"severity", "title"}, name
        assert said["severity"] in ("LOW", "MEDIUM", "HIGH", "CRITICAL"), name


def test_what_is_made_up_has_an_id_that_cannot_be_real_and_says_so() -> None:
    for name, said in FACTS["vulnerabilities"].items():
        made_up = MADE_UP.fullmatch(name) is not None
        assert made_up != (REAL.fullmatch(name) is not None), name
        assert said["title"].startswith("Made up for this lab: ") == made_up, name
    for bucket, _, name, _ in ADVISORIES:
        assert bucket.endswith("Advisories of the lab") == (MADE_UP.fullmatch(name) is not None)


@pytest.mark.parametrize(("bucket", "package", "name", "known"), ADVISORIES, ids=lambda one: str(one)[:40])
def test_an_advisory_says_which_versions_it_is_about(bucket: str, package: str, name: str, known: Any) -> None:
    if "::" in bucket:
        assert known["vulnerable"]
        for patched in known.get("patched", ()):
            assert any(f"< {patched}" in one for one in known["vulnerable"]), (package, name)
        return
    status = known["status"] if isinstance(known, dict) else known
    assert re.fullmatch(r"affected|will_not_fix|\d[\w.+~:-]*", status), (package, name)


def test_each_bucket_has_a_source() -> None:
    for bucket in FACTS["advisories"]:
        assert [one for one in FACTS["sources"] if bucket.startswith(one["of"])], bucket


def test_no_date_makes_trivy_ask_for_a_newer_one() -> None:
    files = database.cache_files()
    for name, version in (("db", 2), ("java-db", 1)):
        said = json.loads(files[f"{name}/metadata.json"])
        assert said["Version"] == version
        assert datetime.fromisoformat(said["NextUpdate"]) > datetime(2100, 1, 1, tzinfo=UTC)
        # Trivy takes a database without it for one that was half copied
        assert datetime.fromisoformat(said["DownloadedAt"]) < datetime.fromisoformat(said["NextUpdate"])


def test_the_database_about_java_archives_has_its_tables_and_no_row() -> None:
    connection = sqlite3.connect(":memory:")
    connection.deserialize(database.cache_files()["java-db/trivy-java.db"])
    for table in ("artifacts", "indices"):
        assert connection.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)
    connection.close()


def test_what_is_unpacked_has_the_listed_digest() -> None:
    content = database.database()
    assert hashlib.sha256(content).hexdigest() == database.digest()
    assert content[16:20] == bytes.fromhex("edda0ced")  # bbolt's magic number, behind its first page's header


def test_a_damaged_installation_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    database.database.cache_clear()
    monkeypatch.setattr(database, "_BIN", tmp_path)
    with pytest.raises(LabError, match="cannot be read"):
        database.database()
    (tmp_path / "SHA256SUMS").write_text(f"{'0' * 64}  trivy.db\n")
    (tmp_path / "trivy.db.xz").write_bytes((Path(database.__file__).parent / "bin/trivy.db.xz").read_bytes())
    with pytest.raises(LabError, match="is damaged"):
        database.database()
    database.database.cache_clear()

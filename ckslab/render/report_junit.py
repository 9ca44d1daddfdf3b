"""A report as JUnit XML: one suite, one test case a check; unknown is an error, not graded is skipped."""

from __future__ import annotations

from xml.etree.ElementTree import Element, SubElement, indent, tostring

from ckslab.grading.report import CheckReport, Report
from ckslab.render import clean


def report_junit(*reports: Report) -> str:
    """The XML document, a suite a report, without a newline at its end."""
    suites = Element("testsuites")
    for report in reports:
        _suite(suites, report)
    indent(suites)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(suites, encoding="unicode")


def _suite(suites: Element, report: Report) -> None:
    outcomes = [check.outcome for check in report.checks]
    suite = SubElement(
        suites,
        "testsuite",
        name=clean.line(f"{report.scenario}: {report.submission}" if report.submission else report.scenario),
        tests=str(len(report.checks) + len(report.not_graded)),
        failures=str(outcomes.count("fail")),
        errors=str(outcomes.count("unknown")),
        skipped=str(len(report.not_graded)),
        time=f"{report.duration_ms / 1000:.3f}",
        timestamp=clean.line(report.graded_at),
    )
    properties = SubElement(suite, "properties")
    for name in ("ckslab_version", "lab", "submission", "from_lab", "cluster", "seed", "score", "max", "undecided"):
        SubElement(properties, "property", name=name, value=clean.line(str(getattr(report, name))))
    for check in report.checks:
        _case(suite, report.scenario, check)
    for name in report.not_graded:
        case = SubElement(suite, "testcase", classname=clean.line(report.scenario), name=clean.line(name))
        SubElement(case, "skipped", message="not graded without a cluster")
    if report.notes:
        SubElement(suite, "system-out").text = clean.block("\n".join(report.notes))


def _case(suite: Element, scenario: str, check: CheckReport) -> None:
    case = SubElement(
        suite, "testcase", classname=clean.line(scenario), name=clean.line(f"{check.id}: {check.title}")
    )
    if check.outcome == "pass":
        return
    kind = "failure" if check.outcome == "fail" else "error"
    problem = SubElement(case, kind, message=clean.line(check.observed or check.message), type=check.outcome)
    problem.text = clean.block("\n".join(_details(check)))


def _details(check: CheckReport) -> list[str]:
    place = ""
    if check.where:
        place = check.where.path + (f":{check.where.line}" if check.where.line else "")
    rows = {
        "points": f"{check.earned}/{check.points}",
        "expected": check.expected,
        "seen": check.observed,
        "where": place,
        "log": check.log,
        "note": check.message,
        "waits for": ", ".join(check.after),
    }
    return [f"{name}: {value}" for name, value in rows.items() if value]

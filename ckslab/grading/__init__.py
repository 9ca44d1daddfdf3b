"""From needs to a report: collect in rounds, judge purely, resolve what waits for what, count points.

Nothing is imported here: a report is read without what judges.
"""

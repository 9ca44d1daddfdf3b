"""Sitting an exam: tasks are drawn, time runs, each task has a host of its own, and all are graded at the end."""

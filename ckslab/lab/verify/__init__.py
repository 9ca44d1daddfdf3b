"""Prove scenarios: play their answers, each on a new lab, and compare what is graded with what they say."""

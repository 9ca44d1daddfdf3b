"""What a learner may want to see after a grade, gathered at it: excerpts, the solution as a difference, hints."""

"""What a learner has done so far and what to do next: the history, progress by bullet, the next scenario."""

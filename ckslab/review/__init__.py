"""A lab or an exam as it is read afterwards: where points and minutes went, and what would have been right."""

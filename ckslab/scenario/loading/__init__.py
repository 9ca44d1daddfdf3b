"""From an author's files to the model: what is wrong with them is told all at once, with file and line."""

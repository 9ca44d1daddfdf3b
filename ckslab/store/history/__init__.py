"""history.jsonl: every graded attempt, one line each, appended and never changed."""

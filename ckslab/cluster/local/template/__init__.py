"""Node templates: what is copied for each lab, made once of programs, texts and layers."""

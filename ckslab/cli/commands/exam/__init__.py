"""ckslab exam: drawing one, sitting it, and what it gave."""

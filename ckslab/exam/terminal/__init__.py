"""A candidate's terminal: shells on pseudo-terminals, whose bytes go to whoever shows them."""

"""Terminals that outlive the page that shows them: a program on a pseudo-terminal, its output, who looks on."""

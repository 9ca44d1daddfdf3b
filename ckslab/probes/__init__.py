"""Collecting: from needs to facts, side by side; nothing is judged here."""

"""A review as one HTML page that needs nothing from anywhere: no script, no request, no style but its own."""

from ckslab.render.html.page import report_html

__all__ = ["report_html"]

"""How `make docs` builds these pages with Sphinx; the same files read well where the repository is hosted."""

from __future__ import annotations

import importlib.metadata
import re
from typing import Any

project = "pulumi-aliyun"
version = release = importlib.metadata.version(project)
project_copyright = "the pulumi-aliyun authors, Apache-2.0"

extensions = ["myst_parser"]
myst_enable_extensions = ["attrs_inline"]
myst_heading_anchors = 4
exclude_patterns = ["Thumbs.db"]

html_theme = "furo"
html_title = f"pulumi-aliyun {version}"
html_show_sphinx = False

_OUTSIDE = re.compile(r"\]\((\.\./[^)#]+)[^)]*\)")


def _lead_outside(_app: Any, _name: str, source: list[str]) -> None:
    """Files of the repository that are no pages: the reader gets them as they are."""
    source[0] = _OUTSIDE.sub(r"](path:\1)", source[0])


def setup(app: Any) -> None:
    """Called by Sphinx."""
    app.connect("source-read", _lead_outside)

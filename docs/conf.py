"""How `make docs` builds these pages with Sphinx; the same files read well where the repository is hosted."""

from __future__ import annotations

import importlib.metadata
import re
from pathlib import Path
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

_OUTSIDE = re.compile(r"\[([^\]]+)\]\((\.\./[^)#]+)[^)]*\)")


def _lead_outside(_app: Any, _name: str, source: list[str]) -> None:
    """Files of the repository that are no pages: the reader gets them as they are; of folders, the name."""
    source[0] = _OUTSIDE.sub(_led, source[0])


def _led(match: re.Match[str]) -> str:
    is_folder = (Path(__file__).parent / match[2]).is_dir()
    return match[1] if is_folder else f"[{match[1]}](path:{match[2]})"


def setup(app: Any) -> None:
    """Called by Sphinx."""
    app.connect("source-read", _lead_outside)

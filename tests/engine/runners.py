"""What runs the steps of the workflows in examples/ci, as far as their shell sees it.

The steps come from the files themselves. GitHub's and GitLab's APIs are stood in for by the few calls that the
steps make; an expression that a test gives no value for is an error, and so is any other call.
"""

from __future__ import annotations

import http.server
import json
import os
import re
import subprocess
import sys
import textwrap
import threading
import urllib.parse
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from harness import REPOSITORY, Stack

CI = REPOSITORY / "examples" / "ci"

_EXPRESSION = re.compile(r"\$\{\{\s*(.+?)\s*\}\}")
_NOT_A_RUNNERS = ("ALIBABA_", "PULUMI_BACKEND_URL", "PULUMI_STACK", "PULUMI_CONFIG_PASSPHRASE")


def environ_of(stack: Stack, folder: Path) -> dict[str, str]:
    """The environment of a fresh runner, with the stack's engine and Python, and nothing else of it."""
    kept = {name: value for name, value in stack.environ.items() if not name.startswith(_NOT_A_RUNNERS)}
    folder.mkdir(exist_ok=True)
    return {**kept, "RUNNER_TEMP": str(folder), "PIP_NO_INDEX": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}


class GitHub:
    """A runner of GitHub Actions, and the comments of one pull request.

    Attributes:
        comments: as the API has them; a test may put others' there.
        summary: what the jobs have written to their summaries.
        skipped: the actions that steps use; they are not run.
    """

    REPOSITORY = "acme/infrastructure"

    def __init__(self, folder: Path, values: Mapping[str, str]) -> None:
        """Make it.

        Args:
            folder: for its files.
            values: of the expressions in the workflows, such as `github.event.pull_request.number`.
        """
        folder.mkdir()
        self._folder = folder
        self._values = {"github.token": "token", **values}
        self._api = folder / "api.json"
        self.comments: list[dict[str, Any]] = []
        self.pulls: list[dict[str, Any]] = []
        self.summary = ""
        self.skipped: list[str] = []
        self._installed = False
        gh = folder / "bin" / "gh"
        gh.parent.mkdir()
        gh.write_text(f"#!{sys.executable}\n{textwrap.dedent(_GH)}")
        gh.chmod(0o755)

    def run(self, workflow: str, environ: Mapping[str, str], project: Path) -> int:
        """Run the shell steps of a workflow's job; returns the first exit code that isn't 0."""
        (job,) = yaml.safe_load((CI / "github" / workflow).read_text())["jobs"].values()
        outputs = dict(self._values)
        for step in job["steps"]:
            if "uses" in step:
                self.skipped.append(step["uses"].split("@")[0])
                continue
            if step["name"] == "Install" and self._installed:
                continue  # what is installed stays, and takes its second each time
            self._installed |= step["name"] == "Install"
            if "if" in step and not self._holds(step["if"], outputs):
                continue
            given = {**job.get("env", {}), **step.get("env", {})}
            output, summary = self._folder / "output", self._folder / "summary"
            output.write_text("")
            summary.write_text("")
            self._api.write_text(json.dumps({"comments": self.comments, "pulls": self.pulls}))
            ended = subprocess.run(
                ["bash", "-e", "-c", step["run"]],
                cwd=project,
                env={
                    **environ,
                    **{name: _evaluated(str(value), outputs) for name, value in given.items()},
                    "PATH": f"{self._folder / 'bin'}{os.pathsep}{environ['PATH']}",
                    "GITHUB_REPOSITORY": self.REPOSITORY,
                    "GITHUB_OUTPUT": str(output),
                    "GITHUB_STEP_SUMMARY": str(summary),
                    "STUB": str(self._api),
                },
                check=False,
                capture_output=True,
                text=True,
                stdin=subprocess.DEVNULL,
            )
            print(f"--- {step['name']}: {ended.returncode}\n{ended.stdout}{ended.stderr}")  # noqa: T201 - for a failure
            self.comments = json.loads(self._api.read_text())["comments"]
            self.summary += summary.read_text()
            outputs |= {
                f"steps.{step.get('id')}.outputs.{name}": value
                for name, _, value in (line.partition("=") for line in output.read_text().splitlines())
            }
            if ended.returncode:
                return ended.returncode
        return 0

    @staticmethod
    def _holds(condition: str, values: Mapping[str, str]) -> bool:
        name, _, other = condition.partition(" != ")
        assert other == "''", condition
        return values[name] != ""


def _evaluated(text: str, values: Mapping[str, str]) -> str:
    return _EXPRESSION.sub(lambda found: values[found[1]], text)


_GH = '''
    """`gh api`, for the calls that the workflows make."""
    import json, os, pathlib, sys
    import jq

    store = pathlib.Path(os.environ["STUB"])
    data = json.loads(store.read_text())
    assert os.environ["GH_TOKEN"] == "token"
    arguments = sys.argv[1:]
    assert arguments.pop(0) == "api"
    method, fields, expression, path = "GET", {}, "", ""
    while arguments:
        word = arguments.pop(0)
        if word == "--method":
            method = arguments.pop(0)
        elif word in ("--field", "--raw-field"):
            name, _, value = arguments.pop(0).partition("=")
            is_file = word == "--field" and value.startswith("@")
            fields[name] = pathlib.Path(value[1:]).read_text() if is_file else value
        elif word == "--jq":
            expression = arguments.pop(0)
        elif word not in ("--silent", "--paginate"):
            path = word
    assert path.startswith("repos/acme/infrastructure/"), path
    match method, path.removeprefix("repos/acme/infrastructure/").split("/"):
        case "GET", ["pulls"]:
            assert fields["state"] == "open", fields
            answer = [each for each in data["pulls"] if each["head"]["label"] == fields["head"]]
        case "GET", ["issues", "7", "comments"]:
            answer = data["comments"]
        case "POST", ["issues", "7", "comments"]:
            user = {"login": "github-actions[bot]"}
            answer = {"id": 100 + len(data["comments"]), "user": user, "body": fields["body"]}
            data["comments"].append(answer)
        case "PATCH", ["issues", "comments", id_]:
            (answer,) = (each for each in data["comments"] if str(each["id"]) == id_)
            answer["body"] = fields["body"]
    assert len(fields.get("body", "")) <= 65_536
    store.write_text(json.dumps(data))
    for each in jq.compile(expression).input(answer).all() if expression else ():
        print(each)
'''


class _Notes(http.server.BaseHTTPRequestHandler):
    """The notes of one merge request."""

    notes: list[dict[str, Any]]
    prefix = "/api/v4/projects/3/merge_requests/7/notes"

    def do_GET(self) -> None:
        """Who asks, or a page of the notes: one note each, so that more than the first page is read."""
        path, _, query = self.path.partition("?")
        if path == "/api/v4/user":
            self._answer({"id": 42})
        elif path == self.prefix:
            page = int(urllib.parse.parse_qs(query)["page"][0])
            following = str(page + 1) if page < len(self.notes) else ""
            self._answer(self.notes[page - 1 : page], {"X-Next-Page": following})
        else:
            self._answer(None)

    def do_POST(self) -> None:
        assert self.path == self.prefix
        self.notes.append({"id": len(self.notes) + 1, "author": {"id": 42}, "body": self._body()})
        self._answer(self.notes[-1])

    def do_PUT(self) -> None:
        (note,) = (each for each in self.notes if self.path == f"{self.prefix}/{each['id']}")
        note["body"] = self._body()
        self._answer(note)

    def _body(self) -> str:
        sent = self.rfile.read(int(self.headers["Content-Length"])).decode()
        return urllib.parse.parse_qs(sent)["body"][0]

    def _answer(self, found: Any, headers: Mapping[str, str] | None = None) -> None:
        self.send_response(404 if found is None else 200 if self.headers["PRIVATE-TOKEN"] == "token" else 401)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(json.dumps(found).encode())

    def log_message(self, *_: Any) -> None:
        pass


class GitLab:
    """A runner of GitLab CI, and the notes of one merge request."""

    def __init__(self, url: str, notes: list[dict[str, Any]]) -> None:
        self._url = url
        self.notes = notes

    def run(self, job: str, environ: Mapping[str, str], project: Path) -> int:
        """Run a job's script, without what installs; returns its exit code."""
        jobs = yaml.safe_load((CI / "gitlab" / ".gitlab-ci.yml").read_text())
        ended = subprocess.run(
            ["bash", "-e", "-o", "pipefail", "-c", "\n".join(jobs[job]["script"])],
            cwd=project,
            env={
                **environ,
                **jobs[job]["variables"],
                "CI_API_V4_URL": f"{self._url}/api/v4",
                "CI_MERGE_REQUEST_PROJECT_ID": "3",
                "CI_MERGE_REQUEST_IID": "7",
                "CI_COMMIT_SHA": "c0ffee",
                "COMMENT_TOKEN": "token",
            },
            check=False,
            stdin=subprocess.DEVNULL,
        )
        return ended.returncode


@contextmanager
def gitlab(notes: list[dict[str, Any]]) -> Iterator[GitLab]:
    """A GitLab with these notes on its merge request."""
    handler = type("Handler", (_Notes,), {"notes": notes})
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield GitLab(f"http://127.0.0.1:{server.server_address[1]}", notes)
        server.shutdown()

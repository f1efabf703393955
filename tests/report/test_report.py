"""The command `pulumi-aliyun report`, as far as it needs no engine: what it refuses, escapes, and leaves out."""

from __future__ import annotations

import io
import json
import re
import sys
from datetime import datetime, timezone
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from pulumi_aliyun import cli, markdown, report

NOW = datetime(2030, 1, 1, tzinfo=timezone.utc)
UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
PULUMI = "urn:pulumi:dev::test::"


def urn(name: str, kind: str = "EcsInstance") -> str:
    return f"{PULUMI}pulumi-python:dynamic/aliyun:{kind}::{name}"


def step(op: str, name: str, kind: str = "EcsInstance", **more: Any) -> dict[str, Any]:
    """A step, as `pulumi preview --json` prints it: `old`, `live` and `new` are inputs, outputs, new inputs."""
    old = {
        "id": f"id-of-{name}",
        "inputs": more.pop("old", {}),
        "outputs": more.pop("live", {}),
        **more.pop("state", {}),
    }
    new = {"inputs": more.pop("new", {}), "propertyDependencies": more.pop("sources", {})}
    states = (
        {"oldState": old}
        if op == "delete"
        else {"newState": new}
        if op == "create"
        else {"oldState": old, "newState": new}
    )
    return {"op": op, "urn": urn(name, kind), **states, "detailedDiff": more.pop("detail", None), **more}


def shown(*steps: dict[str, Any], diagnostics: Any = (), name: str = "") -> str:
    digest = {"steps": list(steps), "diagnostics": list(diagnostics), "duration": 1, "changeSummary": {}}
    return report.markdown(json.dumps(digest).encode(), "preview.json", name, now=NOW)


def run(monkeypatch: pytest.MonkeyPatch, data: bytes, *arguments: str) -> tuple[int, str]:
    """The command's exit code and what it printed to stdout, with the data on stdin."""
    out = io.BytesIO()
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(data)))
    monkeypatch.setattr(sys, "stdout", SimpleNamespace(buffer=out))
    return cli.main(["report", *arguments]), out.getvalue().decode()


# ---- what can't be read ------------------------------------------------------------------------------------

WHOLE = json.dumps(
    {"steps": [step("create", "web")], "duration": 1, "changeSummary": {"create": 1}}, indent=4
)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "is empty"),
        (b" \n", "is empty"),
        (b"\x7fELF\xff\xfe\x00", "is not text"),
        (b"not json", "line 1 is 'not json'"),
        (WHOLE[:120].encode(), "breaks off in line"),
        (WHOLE[:-1].encode(), "breaks off in line"),
        (b"warning: new version\n" + WHOLE.encode(), "keep stderr out of it"),
        (b'{"sequence":0}\n{"sequence":1}\n', "line 2 is"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"steps": ' + b"9" * 5_000 + b"}", "a number too long"),
        (b"{}", "is JSON, but not that of `pulumi preview --json`"),
        (b"[]", "is JSON, but not that of `pulumi preview --json`"),
        (b'{"version": 3, "deployment": {}}', "is JSON, but not that of `pulumi preview --json`"),
        (b'{"aliyun:region": {"value": "cn-hangzhou"}}', "is JSON, but not that of `pulumi preview --json`"),
        (b'{"steps": 1}', "is JSON, but not that of `pulumi preview --json`"),
        (b'{"steps": [{"op": "create"}]}', "another shape"),
        (b'{"diagnostics": ["x"]}', "another shape"),
        (b'{"steps": [' + b'{"a":' * 400 + b"1" + b"}" * 400 + b"]}", "another shape"),
    ],
)
def test_what_is_no_preview_is_refused_in_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], data: bytes, says: str
) -> None:
    """Exit code 2, one line on stderr that says what it is instead, and nothing on stdout."""
    code, out = run(monkeypatch, data)
    assert (code, out) == (2, "")
    error = capsys.readouterr().err
    assert says in error
    assert error.count("\n") == 1


def test_a_missing_file_is_refused_and_a_good_one_is_read(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """The file may be given, or stdin is read; a path that can't be read is one line."""
    for path in (tmp_path / "nowhere", tmp_path):
        assert run(monkeypatch, b"", str(path))[0] == 2
        assert capsys.readouterr().err.startswith(f"{path} can't be read: ")
    file = tmp_path / "preview.json"
    file.write_text(WHOLE)
    code, from_file = run(monkeypatch, b"", str(file), "--name", "prod")
    assert code == 0
    assert from_file.splitlines()[:2] == ["<!-- pulumi-aliyun report: prod -->", "### `prod`: 1 to create"]
    assert run(monkeypatch, WHOLE.encode(), "-", "--name", "prod") == (0, from_file)


def test_a_preview_that_never_began_is_shown_by_its_stderr(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """With `--stderr`, an empty preview is a comment too; a preview that printed something is that."""
    said = tmp_path / "preview.err"
    said.write_bytes(b"error: no stack named 'x' found ```\xff\n")
    code, out = run(monkeypatch, b"", "--stderr", str(said))
    assert code == 0
    assert "❌" in out and "no stack named 'x' found" in out
    assert "no stack named" not in run(monkeypatch, WHOLE.encode(), "--stderr", str(said))[1]
    said.write_text("")
    assert run(monkeypatch, b"", "--stderr", str(said))[0] == 2


# ---- what is said ------------------------------------------------------------------------------------------


def test_a_list_that_changes_is_compared_item_by_item() -> None:
    """A disk that grows is one line; one that goes is shown whole; texts in lists are compared as a list."""
    disks = [{"size": 40, "category": "cloud_essd"}, {"size": 50, "category": "cloud"}]
    written = shown(
        step(
            "update",
            "web",
            old={"data_disks": disks, "security_group_ids": ["a", "b"]},
            new={"data_disks": [{"size": 60, "category": "cloud_essd"}], "security_group_ids": ["b"]},
            diffReasons=["data_disks", "security_group_ids"],
        )
    )
    assert "`data_disks[0].size`: `40` → `60`" in written
    assert '`data_disks[1]`: `{"size": 50, "category": "cloud"}` → *not set*' in written
    assert '`security_group_ids`: `["a", "b"]` → `["b"]`' in written


def test_an_argument_that_is_no_longer_given_is_shown_with_its_default() -> None:
    """What the program leaves to the documented default becomes that; what has none is not set."""
    written = shown(
        step("update", "web", live={"status": "Stopped"}, diffReasons=["status"]),
        step("update", "x", old={"key_pair_name": "k"}, new={}, diffReasons=["key_pair_name"]),
    )
    assert "`status`: `Stopped` → `Running`, the default" in written
    assert "`key_pair_name`: `k` → *not set*" in written


def test_what_a_refresh_looked_at_and_what_is_only_read_is_no_change() -> None:
    """A preview with `--refresh`, or a program that reads what exists, has no more to create for it."""
    assert "✅ nothing changes" in shown(step("refresh", "web"), step("read", "web"), step("same", "web"))


def test_another_engines_json_may_have_more_in_it() -> None:
    """Keys, kinds of steps and types that aren't known here are no reason to say nothing."""
    digest = {"steps": [step("create", "x", "Later"), step("later", "y")], "policies": [], "duration": 1}
    written = report.markdown(json.dumps(digest).encode(), "preview.json", now=NOW)
    assert "1 to create" in written and "`x`, `pulumi-python:dynamic/aliyun:Later`" in written


def test_without_details_the_inputs_are_compared() -> None:
    """A provider that doesn't name what differs is compared by its inputs, without what begins with `__`."""
    written = shown(
        step("replace", "x", old={"a": "x", "__b": 1}, new={"a": True, "__b": 2}, replaceReasons=["a"])
    )
    assert "`a`: `x` → `True`, **which replaces it**" in written
    assert "__b" not in written


def test_a_path_of_another_provider_is_shown_from_its_property() -> None:
    """Details may name inner paths: the property's inner differences are shown."""
    written = shown(
        step(
            "replace",
            "x",
            old={"tags": {"a.b": "1", "c": "1"}},
            new={"tags": {"a.b": "2", "c": "1"}},
            detail={'tags["a.b"]': {"kind": "update-replace", "inputDiff": True}},
        )
    )
    assert '`tags["a.b"]`: `1` → `2`, **which replaces it**' in written
    assert "`tags.c`" not in written


def test_secrets_never_show_even_where_the_engine_let_them_through() -> None:
    """Arguments that are always secret are not shown, whatever the state was written by."""
    written = shown(
        step(
            "update",
            "web",
            old={"password": "Hunter1!"},
            new={"password": "Hunter2!"},
            diffReasons=["password"],
        ),
        step("create", "new", new={"user_data": "topsecret"}),
    )
    assert "`password`: `[secret]`, changes" in written
    assert "Hunter" not in written and "topsecret" not in written


def test_what_is_adopted_is_not_bought_and_what_stays_is_not_lost() -> None:
    """Adoption, retainOnDelete and on_delete='retain' are told apart from buying and giving back."""
    order = {"product_code": "waf", "subscription_type": "Subscription", "on_delete": "retain"}
    written = shown(
        step("create", "taken", new={"instance_type": "t", "vswitch_id": "v", "adopt_id": "i-1"}),
        step("delete", "left", live={"system_disk": {"size": 40}}, state={"retainOnDelete": True}),
        step("delete", "order", "BssInstance", old=order, live=order),
    )
    assert "- `taken` is bought already: `i-1` is taken over" in written
    assert "#### Bought\n- 1" not in written
    for name in ("left", "order"):
        assert f"- `{name}` leaves the stack; `id-of-{name}` stays in the cloud, and is billed on" in written


def test_what_the_api_will_refuse_to_delete_is_said() -> None:
    """No engine asks before a delete: what is protected or paid for is found by the report."""
    paid = {"instance_charge_type": "PrePaid", "expired_time": "2030-02-01T16:00Z"}
    expired = {**paid, "expired_time": "2029-12-01T16:00Z"}
    written = shown(
        step("delete", "paid", live=paid),
        step("delete", "expired", live=expired),
        step("delete", "kept", live={"deletion_protection": True}),
    )
    lines = {
        line.split("`")[1]: after
        for line, after in zip(written.splitlines(), written.splitlines()[1:], strict=False)
        if " is deleted" in line
    }
    assert "will be refused:" in lines["paid"] and "2030-02-01T16:00Z" in lines["paid"]
    assert "will be refused:" in lines["kept"]
    assert "will be refused:" not in lines["expired"]


def test_of_many_losses_the_first_are_open_and_those_that_will_be_refused_lead() -> None:
    """A reader on a phone isn't buried, and what can't be done at all isn't among what is folded."""
    written = shown(
        *(step("delete", f"web-{n}", live={"system_disk": {"size": 40}}) for n in range(1, 31)),
        step("delete", "web-99", live={"deletion_protection": True}),
    )
    lost = written.partition("#### About to be lost\n")[2].partition("\n#### ")[0].partition("<b>")[0]
    opened, _, closed = lost.partition("<details><summary>11 more</summary>")
    assert opened.startswith("- `web-99` is deleted")
    assert opened.count(" is deleted: ") == 20 and closed.count(" is deleted: ") == 11


def test_a_subscription_is_shown_with_what_is_left_of_it() -> None:
    """Only one that hasn't run out is told with its end."""
    order = {"product_code": "waf", "subscription_type": "Subscription"}
    written = shown(
        step("delete", "live", "BssInstance", live={**order, "end_time": "2030-06-01T16:00:00Z"}),
        step("delete", "over", "BssInstance", live={**order, "end_time": "2029-06-01T16:00:00Z"}),
    )
    assert "`live` is deleted: `waf` `id-of-live`, paid until `2030-06-01T16:00:00Z`, is released" in written
    assert "`over` is deleted: `waf` `id-of-over`, is released" in written


def test_capacity_that_is_given_up_or_bought_in_place_is_counted() -> None:
    """Fewer places are lost, more are bought; an end or a time of release is a loss to come."""
    places = {"instance_type": "t", "zone_id": "z"}
    written = shown(
        step(
            "update",
            "less",
            "CapacityReservation",
            old={**places, "instance_amount": 5},
            new={**places, "instance_amount": 2},
            diffReasons=["instance_amount"],
        ),
        step(
            "update",
            "more",
            "CapacityReservation",
            old={**places, "instance_amount": 5},
            new={**places, "instance_amount": 9},
            diffReasons=["instance_amount"],
        ),
        step(
            "update",
            "ends",
            "CapacityReservation",
            old=places,
            new={**places, "end_time": "2031-01-01T00:00:00Z"},
            diffReasons=["end_time"],
        ),
        step(
            "update",
            "web",
            new={"auto_release_time": "2031-02-01T00:00:00Z"},
            diffReasons=["auto_release_time"],
        ),
        step(
            "create",
            "later",
            "CapacityReservation",
            new={**places, "instance_amount": UNKNOWN},
            sources={"instance_amount": [urn("web")]},
        ),
        step(
            "delete",
            "ended",
            "CapacityReservation",
            live={**places, "instance_amount": 5, "status": "Released"},
        ),
    )
    assert "`less`: 3 of 5 reserved places for `t` in `z`" in written
    assert "1 \N{MULTIPLICATION SIGN} capacity reservation of 4 more places for `t` in `z`" in written
    assert "`ends`: the reservation ends by itself at `2031-01-01T00:00:00Z`" in written
    assert "`web`: the instance is released by itself at `2031-02-01T00:00:00Z`" in written
    assert "places, *known after `web`*," in written
    assert "`ended` is deleted:" not in written


def test_a_place_in_a_pool_that_an_instance_leaves_is_lost() -> None:
    """Another may take it; whoever only matched had no place of its own."""
    written = shown(
        step("update", "web", old={"private_pool": {"id": "crp-1"}}, diffReasons=["private_pool"]),
        step("update", "api", old={"private_pool": {"match_criteria": "Open"}}, diffReasons=["private_pool"]),
    )
    assert "- `web`: its place in the private pool `crp-1`" in written
    assert "- `api`:" not in written


def test_a_half_made_resource_is_gone_on_with() -> None:
    """An update that no property causes says why it is there."""
    assert "goes on with" in shown(step("update", "web", state={"initErrors": ["x"]}))


def test_a_preview_that_was_cancelled_has_failed() -> None:
    """What no resource is refused for is told as the engine tells it."""
    written = shown(diagnostics=[{"severity": "error", "message": "error: preview canceled\n"}])
    assert "### ❌ the preview failed" in written and "- preview canceled" in written


def test_a_failed_program_is_shown_by_its_traceback() -> None:
    """The error stands at the traceback's end, so that end is kept."""
    lines = "\n".join(f"  File {n}" for n in range(2_000))
    message = f"error: Program failed:\nTraceback (most recent call last):\n{lines}\nValueError: ``` is odd\n"
    written = shown(diagnostics=[{"severity": "error", "message": message}])
    assert "❌ the preview failed" in written
    assert "ValueError: ``` is odd" in written
    assert "File 3\n" not in written


def test_the_exception_stands_before_its_traceback() -> None:
    """Who reads on a phone sees what happened first, and the way to it on demand."""
    frames = "".join(f'  File "/home/runner/{n}.py", line {n}\n    call()\n' for n in range(9))
    message = f"error: Program failed:\nTraceback (most recent call last):\n{frames}ValueError: no @you\n"
    written = shown(diagnostics=[{"severity": "error", "message": message}])
    assert "- `ValueError`\\\n  no @\u2060you\n" in written
    assert written.index("ValueError") < written.index("<details><summary>Traceback</summary>")


def test_what_a_program_prints_before_it_ends_itself_is_shown() -> None:
    """The engine only knows the exit code then; where a resource is refused, it says that instead."""
    said = [
        {"severity": "info#err", "message": "give me a stack\n\n"},
        {"severity": "error", "message": "error: an unhandled error occurred: program exited with 1\n"},
    ]
    assert "```text\ngive me a stack\n```" in shown(diagnostics=said)
    refused = {"severity": "error", "urn": urn("web"), "message": "error: no\n"}
    assert "give me" not in shown(diagnostics=[*said, refused])


def test_the_pages_of_many_refusals_are_named_once_below_them() -> None:
    """No refusal bears the pages of the others, and the engine's own words for a resource are left out."""
    page = "https://www.alibabacloud.com/help/en/ecs/runinstances"
    listed = (
        f"error: 2 inputs are not allowed:\n  - a: size: too small\n  - b: size: too large\n  see {page}\n"
    )
    one = {"severity": "error", "urn": urn("c"), "message": "error: t resource 'c' has a problem: size: odd"}
    written = shown(diagnostics=[{"severity": "error", "message": listed}, one])
    assert "- `b` · `size`\\\n  too large\n- `c` · `size`\\\n  odd\n" in written
    assert written.endswith(f"\nThese rules are documented in [runinstances]({page}).\n")


# ---- what others wrote -------------------------------------------------------------------------------------

MARKUP = [
    "`",
    "``",
    "```",
    "@acme/x",
    "#1",
    "!2",
    "http://evil",
    "https://evil",
    "www.evil.com",
    "a@b.cc",
    "<b>",
    "-->",
    "<!--",
    "</details>",
    "[a](b)",
    "![a](b)",
    "|",
    "*a*",
    "_a_",
    "~~a~~",
    "$a$",
    "\\",
    "&lt;",
    "-",
    "#",
    ">",
    "1.",
    "é",
    "批",
    "🙂",
    "x",
]
UNSEEN = ["\n", "\r", "\u2028", " ", "  ", "\n- ", "\n# ", "\n> ", "\u202e", "\u200b", "\x1b[31m", "\ud800"]
PIECES = st.sampled_from([*MARKUP, *UNSEEN])
ANYTHING = st.lists(PIECES | st.text(max_size=5), max_size=12).map("".join)
RENDER = MarkdownIt("commonmark").enable(["table", "strikethrough"])


def inline(written: str) -> list[Any]:
    """What a list entry's line consists of, as a renderer of GitHub's Markdown sees it."""
    tokens = RENDER.parse(f"- {written}")
    (paragraph,) = (token for token in tokens if token.type == "inline")
    assert [token.type for token in tokens if token.nesting >= 0] == [
        "bullet_list_open",
        "list_item_open",
        "paragraph_open",
        "inline",
    ]
    return paragraph.children


@given(ANYTHING)
def test_a_value_is_one_code_span(value: str) -> None:
    """Whatever it holds, a value stays in its code span, on its line, and can be seen."""
    (span,) = inline(markdown.code(value))
    assert span.type == "code_inline"
    assert not re.search(r"[\x00-\x1f\u202e\u200b\u2028\ud800-\udfff]", span.content)


@given(ANYTHING)
def test_a_message_is_plain_text_that_notifies_nobody(value: str) -> None:
    """A message has no markup but code, and nothing that a host would make a mention, reference or link of."""
    for token in inline(f"x {markdown.text(value)}"):
        assert token.type in {"text", "code_inline"}, token
        if token.type == "text":
            assert not re.search(r"@\w|#\d|!\d|://|\bwww\.", token.content)


def test_only_the_vendors_pages_are_linked() -> None:
    """The page that a refusal stands on is one tap away; nothing else is, whatever it looks like."""
    page = "https://www.alibabacloud.com/help/en/ecs/developer-reference/run_instances"
    assert markdown.text(f"see {page}.") == f"see [run\\_instances]({page})."
    for other in (
        "https://www.alibabacloud.com.evil/help/x",
        "https://evil/https://www.alibabacloud.com",
        "http://www.alibabacloud.com/help/x",
        "https://www.alibabacloud.com/help/x)](https://evil)",
    ):
        links = [each for each in inline(markdown.text(other)) if each.type == "link_open"]
        assert all(
            str(link.attrs["href"]).startswith("https://www.alibabacloud.com/help/x") for link in links
        )
        assert not any("evil" in str(link.attrs["href"]) for link in links)


@given(ANYTHING)
def test_a_block_ends_where_it_ends(value: str) -> None:
    """What a program printed stays inside its code block."""
    tokens = RENDER.parse(f"{markdown.block(value)}\n\nafter")
    assert [token.type for token in tokens] == ["fence", "paragraph_open", "inline", "paragraph_close"]


@given(ANYTHING)
def test_the_marker_is_one_hidden_line(name: str) -> None:
    """The stack's name can't end the comment that hides it."""
    line = report.marker(name)
    assert line.startswith("<!-- pulumi-aliyun report") and line.endswith(" -->")
    assert "\n" not in line and line.count("-->") == 1


# ---- what there is no room for -----------------------------------------------------------------------------


def test_five_hundred_resources_are_all_named_and_what_is_left_out_is_said() -> None:
    """A large stack's comment fits; each resource is named, and the properties that are left out are counted."""
    tags = {f"key-{n}": "value" * 20 for n in range(20)}
    new = {"instance_type": "ecs.g6.large", "vswitch_id": "vsw-1", "tags": tags}
    written = shown(*(step("create", f"web-{n:03}", new={**new, "host_name": f"h{n}"}) for n in range(500)))
    assert "500 to create" in written
    assert "500 \N{MULTIPLICATION SIGN} ECS instance `ecs.g6.large` in `vsw-1`: `web-000`" in written
    assert len(written.encode()) <= 65_536
    assert all(f"- `web-{n:03}`, ECS instance" in written for n in range(500))
    (left_out,) = re.findall(r"the properties of (\d+) resources are left out here", written)
    assert written.count("  - `instance_type`") == 500 - int(left_out)


def test_alike_resources_share_one_entry_and_stand_in_the_order_of_their_numbers() -> None:
    """A hundred that change in the same way are read once; one that differs is seen."""
    change = {"old": {"status": "Running"}, "new": {"status": "Stopped"}, "diffReasons": ["status"]}
    other = {**change, "new": {"status": "Running"}, "old": {"status": "Stopped"}}
    written = shown(*(step("update", f"web-{n}", **(other if n == 7 else change)) for n in range(1, 13)))
    assert "#### To change: 12\n" in written
    named = [n for n in range(1, 13) if n != 7]
    names = ", ".join(f"`web-{n}` (`id-of-web-{n}`)" for n in named)
    assert (
        f"- 11 \N{MULTIPLICATION SIGN} ECS instance: {names}\n  - `status`: `Running` → `Stopped`\n- `web-7`, ECS"
        in written
    )
    deleted = shown(*(step("delete", f"web-{n}") for n in named))
    assert re.findall("^- `web-([0-9]+)`, ECS", deleted, re.MULTILINE) == [str(n) for n in named]


@pytest.mark.parametrize("op", ["create", "delete", "replace", "update", "refused"])
def test_no_comment_is_longer_than_a_host_takes(op: str) -> None:
    """However much there is, and however long its names: the comment fits, and says that there is more."""
    long = "`@批" * 2_000
    pool = {"instance_type": long, "zone_id": long, "instance_amount": 9, "tags": {long: long}}
    less = {**pool, "instance_amount": 1, "tags": {long: "x"}}
    live = {**pool, "deletion_protection": True}
    if op == "refused":
        errors = ["error: 9 inputs are not allowed:\n" + f"  - {long}: {long}: {long}\n" * 9] * 60
        errors += [f"error: Traceback (most recent call last):\n{long}"] * 9
        written = shown(diagnostics=[{"severity": "error", "message": each} for each in errors], name=long)
    else:
        notes = [
            {"urn": urn(f"{long}{n}", "CapacityReservation"), "severity": "info", "message": long}
            for n in range(300)
        ]
        warnings = [{"severity": "warning", "message": long}] * 300
        steps = [
            step(
                op,
                f"{long}{n}",
                "CapacityReservation",
                old=pool,
                live=live,
                new=less,
                diffReasons=["tags", "instance_amount"],
            )
            for n in range(300)
        ]
        written = shown(*steps, diagnostics=notes + warnings, name=long)
    assert len(written.encode()) <= 65_536
    assert "more, left out here" in written

"""What the documentation shows is true: its code runs, its commands exist, its links lead somewhere."""

from __future__ import annotations

import ast
import html
import itertools
import os
import re
import socket
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token
from wire import INSTANCE, RESERVATION, Api

from fake_aliyun.table import whole
from harness import ENGINE, NEWEST, REPOSITORY, Stack
from pictures import tidied
from pulumi_aliyun import advice, catalogue

PAGES = sorted(
    name
    for name in subprocess.check_output(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.md"], cwd=REPOSITORY, text=True
    ).split()
    if (REPOSITORY / name).exists()
)
DOCUMENTATION = [page for page in PAGES if page.startswith("docs/") or "/" not in page]

# Pages whose shell blocks are typed, block by block, by one reader each.
FOLLOWED = [
    "README.md",
    "docs/configuration.md",
    "docs/quickstart.md",
    "docs/releasing.md",
]
# Those of them that have nothing to do with a stack.
UPKEEP = ["README.md", "docs/releasing.md"]
# Pages whose Python blocks are one program on the engine, all together.
RUN = ["README.md", "docs/capacity-reservation.md", "docs/ecs-instance.md", "docs/bss-instance.md"]
# What other tests run, with the words by which they find it.
RUN_ELSEWHERE = {
    "docs/pull-requests.md": ("tests/engine/test_report.py", "pull-requests.md"),
    "docs/fake.md": ("tests/fake/test_docs.py", "fake.md"),
    "docs/migrating.md": ("tests/engine/test_migrating.py", "migrating.md"),
    "CONTRIBUTING.md": ("tests/test_docs.py", "CONTRIBUTING.md"),
}
DATA = {"text", "json", "yaml", "toml", "mermaid", "markdown", "{toctree}"}


@dataclass(frozen=True)
class Block:
    """A fenced block of a page, with the paragraph above it."""

    language: str
    text: str
    above: str


def tokens(page: str) -> list[Token]:
    """The page as Markdown."""
    return MarkdownIt("gfm-like", {"linkify": False}).parse((REPOSITORY / page).read_text(encoding="utf-8"))


def blocks(page: str) -> list[Block]:
    """All fenced blocks, those in lists included."""
    found, above = [], ""
    for token in tokens(page):
        if token.type == "inline":
            above = token.content
        elif token.type == "fence":
            found.append(Block(token.info.strip(), token.content, above))
        elif token.type == "code_block":
            raise AssertionError(f"{page}: an indented block says no language:\n{token.content}")
    return found


# ---- links ---------------------------------------------------------------------------------------------------


def links(page: str) -> list[str]:
    """Where the page's links and pictures lead."""
    inline = [child for token in tokens(page) for child in token.children or ()]
    found = [str(child.attrs.get("href") or child.attrs.get("src") or "") for child in inline]
    return [unquote(link) for link in found if link]


def anchors(page: Path) -> set[str]:
    """What a heading is called by GitHub and by Sphinx alike."""
    stream = tokens(str(page.relative_to(REPOSITORY)))
    headings = [after.content for token, after in itertools.pairwise(stream) if token.type == "heading_open"]
    return {
        re.sub(r"[^\w\- ]", "", heading.replace("`", "").lower()).replace(" ", "-") for heading in headings
    }


@pytest.mark.parametrize("page", PAGES)
def test_every_link_leads_somewhere(page: str) -> None:
    """To a file of the repository, and to a heading in it; what is elsewhere has an address with https."""
    for link in links(page):
        if re.match(r"[a-z]+:", link):
            assert link.startswith(("https://", "mailto:")), link
            continue
        path, _, anchor = link.partition("#")
        target = (REPOSITORY / page).parent / path if path else REPOSITORY / page
        assert target.exists(), f"{link} leads nowhere"
        assert REPOSITORY in target.resolve().parents, f"{link} leads out of the repository"
        if anchor and target.suffix == ".md":
            assert anchor in anchors(target.resolve()), f"{link}: no such heading"


def test_every_page_is_reached_from_the_index() -> None:
    """Nothing is written that nobody finds."""
    (toctrees,) = {
        "\n".join(block.text for block in blocks("docs/index.md") if block.language == "{toctree}")
    }
    listed = {f"docs/{line}.md" for line in toctrees.splitlines() if line and not line.startswith(":")}
    assert listed == {page for page in PAGES if page.startswith("docs/")} - {"docs/index.md"}


def test_every_module_stands_in_the_architecture() -> None:
    """The page for those who inherit the code leaves none out."""
    page = (REPOSITORY / "docs" / "architecture.md").read_text(encoding="utf-8")
    modules = {path.stem for path in (REPOSITORY / "provider" / "pulumi_aliyun").glob("*.py")} - {"__init__"}
    assert {module for module in modules if f"`{module}`" not in page} == set()


def test_the_ways_through_the_code_are_there() -> None:
    """Each step of the architecture's ways names a file and functions that it has."""
    page = (REPOSITORY / "docs" / "architecture.md").read_text(encoding="utf-8")
    steps = re.findall(r"^\d\. `([\w/]+\.py)`: (.*)$", page, re.MULTILINE)
    assert len(steps) >= 9
    for name, text in steps:
        source = "".join(
            path.read_text(encoding="utf-8")
            for package in ("pulumi_aliyun", "fake_aliyun")
            if (path := REPOSITORY / "provider" / package / name).exists()
        )
        (chain,) = re.findall(r"^`[\w.]+`(?: → `[\w.]+`)*", text)
        for each in re.findall(r"(\w+)`", chain):
            assert re.search(rf"(def|class) {each}\b", source), f"{name}: {each}"


def test_every_message_of_the_troubleshooting_is_one_that_is_printed() -> None:
    """What a reader looks for by its words stands in the code with these words."""
    said = "\n".join(
        "".join(str(part.value) if isinstance(part, ast.Constant) else "…" for part in parts(node))
        for path in (REPOSITORY / "provider" / "pulumi_aliyun").glob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    )
    said += (REPOSITORY / "docs" / "quickstart.md").read_text(
        encoding="utf-8"
    )  # which shows what was printed
    page = (REPOSITORY / "docs" / "troubleshooting.md").read_text(encoding="utf-8").partition("## By code")[0]
    for shown in re.findall(r"^\| `([^`]+)`", page, re.MULTILINE):
        for piece in re.split(r"…|: |\b\d+\b", shown):
            assert piece.strip(" :();") in said, shown


def parts(node: ast.AST) -> list[ast.expr]:
    """The pieces of a text in the code: one, or those of an f-string."""
    if isinstance(node, ast.JoinedStr):
        return node.values
    return [node] if isinstance(node, ast.Constant) and isinstance(node.value, str) else []


# ---- code ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", DOCUMENTATION)
def test_every_block_is_run_or_only_shows_something(page: str) -> None:
    """A page that has a program or commands is one of those that the tests below, or others, follow."""
    for block in blocks(page):
        if block.language in DATA:
            continue
        assert block.language in {"python", "sh", "console"}, f"{block.language!r} is no language of ours"
        if page in RUN_ELSEWHERE:
            test, name = RUN_ELSEWHERE[page]
            assert name in (REPOSITORY / test).read_text(encoding="utf-8")
        elif block.language == "python":
            assert page in RUN or file_of(block)
        else:
            assert page in FOLLOWED


@pytest.mark.engine
def test_the_programs_of_the_pages_do_what_they_show(fake_aliyun: Any, tmp_path: Path) -> None:
    """All in one project: nothing is refused, all is made or taken over, and destroy gives all of it back."""
    fake_aliyun.settings(profile="instant")
    ids = existing(fake_aliyun)
    programs = [block.text for page in RUN for block in blocks(page) if block.language == "python"]
    stack = Stack(tmp_path / "stack", environ=fake_aliyun.environ)
    for number, text in enumerate(programs):
        stack.write(f"block_{number}.py", re.sub("|".join(ids), lambda match: ids[match[0]], text))
    stack.program("\n".join(f"import block_{number}" for number in range(len(programs))))
    made = sum(
        len(re.findall(r"\b(?:CapacityReservation|EcsInstance|BssInstance)\(", text)) for text in programs
    )
    try:
        assert stack.up().changes["create"] == made + 2  # with the stack and its identity
        resources = stack.resources()
        adopted = [resources[name]["id"] for name in ("adopted", "taken-over", "old-firewall")]
        assert adopted == list(ids.values())
        stack.destroy()
    finally:
        stack.kill_all()
    left = [
        each["id"] for kind in fake_aliyun.state().values() for each in kind if each["status"] != "Released"
    ]
    assert left == [ids["waf-bp67acfmxazb4p"]]  # as its on_delete="retain" says


def existing(fake_aliyun: Any) -> dict[str, str]:
    """What the pages take over: the ids that they show, and those that the fake cloud gave."""
    image = "aliyun_3_x64_20G_alibase_20250117.vhd"
    web = {
        "InstanceType": "ecs.g6.large",
        "ImageId": image,
        "VSwitchId": "vsw-...",
        "SecurityGroupIds.1": "sg-...",
    }
    order = {"ProductCode": "waf", "ProductType": "waf_v2_public_cn", "SubscriptionType": "PayAsYouGo"}
    ecs, bss = Api(fake_aliyun), Api(fake_aliyun, product="bss")
    return {
        "crp-bp67acfmxazb4p": ecs("CreateCapacityReservation", RESERVATION)["PrivatePoolOptionsId"],
        "i-bp67acfmxazb4p": ecs("RunInstances", {**INSTANCE, **web})["InstanceIdSets"]["InstanceIdSet"][0],
        "waf-bp67acfmxazb4p": bss("CreateInstance", order)["Data"]["InstanceId"],
    }


@pytest.mark.engine
def test_the_example_of_a_test_is_a_test(fake_aliyun: Any, tmp_path: Path) -> None:
    """CONTRIBUTING.md shows one that passes."""
    (block,) = [block for block in blocks("CONTRIBUTING.md") if block.language == "python"]
    names: dict[str, Any] = {}
    exec(block.text, names)
    (test,) = [value for name, value in names.items() if name.startswith("test_")]
    stack = Stack(tmp_path / "stack", environ=fake_aliyun.environ)
    try:
        test(stack, fake_aliyun)
    finally:
        stack.kill_all()


# The reader's shell: what reaches beyond this machine, or takes long, does as if.
READER = """
set -e -o pipefail -m
trap 'kill $(jobs -p) 2>/dev/null || true' EXIT
git() {
    case $1 in
        clone) mkdir pulumi-aliyun
               cp "$REPOSITORY"/Pulumi.yaml "$REPOSITORY"/__main__.py pulumi-aliyun
               ln -s "$NEWEST" pulumi-aliyun/.venv ;;
        tag|push) ;;
        *) echo "no stand-in: git $1"; false ;;
    esac
}
make() { for target; do grep -q "^$target:" "$REPOSITORY/Makefile" || { echo "no target $target"; false; }; done; }
pip() { case "$1 $2" in "install git+https://…/pulumi-aliyun"*) ;; *) echo "no stand-in: pip $*"; false ;; esac; }
python3() { if [ "$*" = "-m venv .venv" ]; then ln -s "$NEWEST" .venv; else command python3 "$@"; fi; }
pulumi() {
    case $1 in up|destroy|refresh) set -- "$@" --yes --skip-preview ;; esac
    command pulumi "$@" --non-interactive --color never
}
served() { until (exec 3<>"/dev/tcp/127.0.0.1/$PORT") 2>/dev/null; do sleep 0.1; done; }
"""
PORT = "8080"
_FILE = re.compile(r"^(?:Write this into )?`([\w.]+\.(?:py|yaml|toml))`")


def file_of(block: Block) -> str:
    """The file that a block is the text of, as the paragraph above it says."""
    match = _FILE.match(block.above)
    return match[1] if match else ""


def steps(page: str) -> list[tuple[str, str]]:
    """What a reader of the page does, each with the output that the page shows for it."""
    found = []
    for block in blocks(page):
        if block.language == "console":
            for command in re.split(r"^\$ ", block.text, flags=re.MULTILINE)[1:]:
                line, _, shown = command.partition("\n")
                found.append((f"{line} || true" if "error:" in shown else line, shown))
        elif block.language == "sh":
            found.append((block.text, ""))
        elif file := file_of(block):
            found.append((f"cat > {file} <<'END OF FILE'\n{block.text}END OF FILE", ""))
    return [(re.sub(r"(&)$", r"& served", text, flags=re.MULTILINE), shown) for text, shown in found]


@pytest.mark.engine
@pytest.mark.parametrize("page", FOLLOWED)
def test_a_page_can_be_followed_to_the_letter(page: str, fake_aliyun: Any, tmp_path: Path) -> None:
    """Its commands in their order, its files, its settings: nothing fails, and what it shows is what comes."""
    fake_aliyun.settings(profile="instant")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    (tmp_path / "Pulumi.yaml").write_text("name: reader\nruntime: python\n", encoding="utf-8")
    (tmp_path / "__main__.py").write_text("", encoding="utf-8")
    for name in (".venv", "provider", "pyproject.toml", "README.md", "LICENSE", "CHANGELOG.md"):
        (tmp_path / name).symlink_to(NEWEST if name == ".venv" else REPOSITORY / name)
    begin = "" if "stack init" in str(steps(page)) or page in UPKEEP else "pulumi stack init dev >/dev/null\n"
    script = READER + begin + "".join(f"echo '@@@@'\n{text}\n" for text, _ in steps(page)) + "echo '@@@@'\n"
    (tmp_path / "state").mkdir()
    environ = {
        **{name: value for name, value in os.environ.items() if name in {"LANG", "TMPDIR"}},
        **fake_aliyun.environ,
        "HOME": str(tmp_path),
        "NEWEST": str(NEWEST),
        "PATH": os.pathsep.join([f"{NEWEST}/bin", str(ENGINE), os.environ["PATH"]]),
        "PORT": port,
        "PULUMI_BACKEND_URL": f"file://{tmp_path}/state",
        "PULUMI_CONFIG_PASSPHRASE": "reader",
        "PULUMI_HOME": str(tmp_path / "pulumi"),
        "PULUMI_SKIP_UPDATE_CHECK": "1",
        "REPOSITORY": str(REPOSITORY),
    }
    reader = subprocess.run(
        ["bash", "-c", script.replace(PORT, port)],
        cwd=tmp_path,
        env=environ,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        start_new_session=True,
    )
    assert reader.returncode == 0, reader.stdout
    printed = reader.stdout.split("@@@@\n")[1:]
    for (command, shown), came in zip(steps(page), printed, strict=False):
        if shown:
            assert spaceless(tidied(came.replace(port, PORT))) == spaceless(shown), command


def spaceless(text: str) -> list[str]:
    """The lines, without what an eye doesn't see."""
    return [line.rstrip() for line in text.splitlines() if line.strip()]


def test_the_figures_of_the_readme_are_true() -> None:
    """How many constraints a preview holds, how many codes have a way out, and what the fake serves."""
    text = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    figures = {
        "documented constraints": sum(entry.when == "preview" for entry in catalogue.entries()),
        "codes of the API": sum(len(topic) for topic in advice.TOPICS.values()),
        "operations": len(whole()),
    }
    for what, count in figures.items():
        (said,) = re.findall(rf"more than (\d+)\s+{what}", text)
        assert int(said) < count < int(said) + 50, what


def test_the_picture_of_a_preview_shows_what_the_quickstart_shows() -> None:
    """The README's first picture is the same run of the engine as the page's text."""
    (block,) = [block for block in blocks("docs/quickstart.md") if "error:" in block.text]
    picture = (REPOSITORY / "docs" / "preview.svg").read_text(encoding="utf-8")
    drawn = "".join(
        html.unescape(text) for text in re.findall(r"<text [^>]*>(.*?)</text>", picture, re.DOTALL)
    )
    letters = re.sub(r"\s", "", drawn)
    assert re.sub(r"\s", "", block.text) in letters


def test_the_picture_of_the_architecture_is_drawn_from_its_text(monkeypatch: pytest.MonkeyPatch) -> None:
    """The picture carries the hash of the text that it was drawn from."""
    import pictures

    monkeypatch.setattr(pictures.subprocess, "run", lambda *_, **__: pytest.fail("it isn't; run `make docs`"))
    pictures._architecture()

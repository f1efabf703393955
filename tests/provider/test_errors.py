"""What errors say, and which of them are tried again."""

from __future__ import annotations

import itertools
import re
import runpy
from pathlib import Path

import pytest

from fake_aliyun.error_codes import DOCUMENTED
from pulumi_aliyun import DataDisk, PrivatePool, SystemDisk, advice, errors
from pulumi_aliyun.catalogue import RESOURCES
from pulumi_aliyun.rules import arguments

ROOT = Path(__file__).parents[2]
TABLES = runpy.run_path(str(ROOT / "tests/rules/test_error_codes.py"))["ROWS"]
CODES = {code: each for topic in advice.TOPICS.values() for code, each in topic.items()}
TEXTS = [each.do for each in CODES.values()] + [
    do for sentences in advice.SENTENCES.values() for do in sentences.values()
]
SETS = {
    "RETRYABLE": errors.RETRYABLE,
    "TRANSIENT": errors.TRANSIENT,
    "GONE": errors.GONE,
    "TOKEN_MISMATCH": errors.TOKEN_MISMATCH,
    "MAY_PASS": errors.MAY_PASS,
}
SOURCES = "\n".join(path.read_text() for path in sorted((ROOT / "provider/pulumi_aliyun").glob("*.py")))


# ---- what to do ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("page", "code"), [(page, code) for page, codes in TABLES.items() for code in codes])
def test_every_code_of_the_tables_has_advice_and_stands_in_the_page(page: str, code: str) -> None:
    """No table of the vendor's pages has a code that the catalogue doesn't know."""
    assert code in CODES, f"{code} of {page} has no advice"
    assert f"| `{code}` |" in (ROOT / "docs/errors.md").read_text()


@pytest.mark.parametrize(("code", "sentence"), [(code, sentence) for _, code, sentence in DOCUMENTED])
def test_every_documented_sentence_leads_to_advice(code: str, sentence: str) -> None:
    """Whatever sentence the API writes beside a documented code, the error says what to do."""
    text = str(errors.ApiError("RunInstances", code, sentence))
    way_out = text.split("what to do: ")[1]
    assert way_out
    assert way_out != advice.UNKNOWN
    assert "{" not in way_out


def test_a_code_with_several_sentences_has_advice_for_each() -> None:
    """The five causes of an unusable private pool have ways out of their own."""
    code = "Invalid.PrivatePoolOptions.status"
    sentences = {sentence for _, each, sentence in DOCUMENTED if each == code}
    assert {advice.what_to_do(code, "RunInstances", sentence) for sentence in sentences} == set(
        advice.SENTENCES[code].values()
    )
    assert len(sentences) == len(advice.SENTENCES[code]) == 4


def test_the_sentences_about_pools_are_the_documented_ones() -> None:
    """A sentence that no page has would never be met."""
    known = {(code, sentence) for _, code, sentence in DOCUMENTED}
    declared = {(code, sentence) for code in advice.POOL for sentence in advice.SENTENCES.get(code, {})}
    assert declared <= known


def test_a_sentence_is_matched_as_a_whole() -> None:
    """Only the dot at its end makes no difference; a sentence that merely contains another is another."""
    code, sentence = "Invalid.PrivatePoolOptions.status", "The PrivatePool has been used up."
    special = advice.SENTENCES[code][sentence]
    general = advice.POOL[code].do
    assert special != general
    assert advice.what_to_do(code, "RunInstances", sentence.rstrip(".")) == special
    assert advice.what_to_do(code, "RunInstances", f"Sorry. {sentence}") == general
    assert advice.what_to_do("NoStock", "RunInstances", sentence) == advice.CAPACITY["NoStock"].do


def test_a_code_stands_in_one_topic() -> None:
    """Else one of two ways out would never be shown."""
    assert len(CODES) == sum(map(len, advice.TOPICS.values()))


def test_a_code_that_nobody_knows_is_looked_up() -> None:
    """There is a way out even so."""
    assert "error-center" in str(errors.ApiError("RunInstances", "Never.Heard", "What?"))


ARGUMENTS = {name for resource in RESOURCES for name in arguments(resource)}.union(
    *(members.__annotations__ for members in (SystemDisk, DataDisk, PrivatePool))
)


@pytest.mark.parametrize("text", sorted(set(TEXTS)))
def test_advice_is_in_the_programs_words(text: str) -> None:
    """Names of arguments are the user's, and none is one of the API's parameters."""
    outside = re.sub(r"`[^`]*`|'[^']*'|ALIBABA_CLOUD_\w+|\w+:\w+", "", text)
    written = set(re.findall(r"[a-z]+(?:_[a-z]+)+", outside))
    assert written <= ARGUMENTS, "names an argument that no resource has"
    assert not re.search(r"\b[A-Z][a-z]+[A-Z]\w*", outside), "names a parameter of the API"


def test_how_long_it_was_tried_stands_in_the_first_line() -> None:
    """It is what a row shows, and what a reader wants to know next."""
    error = errors.ApiError("RunInstances", "Throttling", "Slow down.", request_id="r")
    error.tried = 12.3
    assert str(error).startswith("RunInstances: Throttling: Slow down. (tried for 12 s)\n  what to do: ")


# ---- permissions -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", sorted(advice.PERMISSION))
def test_a_permission_error_names_the_ram_action(code: str) -> None:
    """One can grant it without looking anything up."""
    assert "RAM action ecs:RunInstances " in str(errors.ApiError("RunInstances", code, "Not authorized."))
    assert "RAM action bss:ReleaseInstance " in str(errors.ApiError("ReleaseInstance", code, "No."))


def test_every_operation_of_bss_has_the_action_of_its_page() -> None:
    """BSS names its actions after its operations in some cases only."""
    called = set(re.findall(r'bss_sites\.call\(\s*operation, "(\w+)"', SOURCES))
    called |= set(re.findall(r'action = "(Query\w+)"', SOURCES))
    assert called == advice.BSS_ACTIONS.keys()
    assert not called & set(re.findall(r'(?:cloud\.)?ecs\(\s*\w+, \w+, "(\w+)"', SOURCES))


# ---- what is tried again ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other"), [pair for pair in itertools.combinations(SETS, 2) if pair != ("TRANSIENT", "MAY_PASS")]
)
def test_no_code_stands_in_two_sets(one: str, other: str) -> None:
    """What is tried again at once isn't a refusal, and what is gone doesn't pass.

    What is between two states may be waited for, and be asked for anew by the next run.
    """
    assert not SETS[one] & SETS[other]


@pytest.mark.parametrize("name", SETS)
def test_every_code_of_the_sets_has_advice(name: str) -> None:
    """What can be told apart can be explained."""
    assert SETS[name] <= CODES.keys()


@pytest.mark.parametrize(
    "code", ["InternalError", "ServiceUnavailable", "LastTokenProcessing", "Throttling.User"]
)
def test_what_the_documentation_allows_to_be_asked_again_is(code: str) -> None:
    """Nothing was done, or the same ClientToken makes it safe."""
    assert errors.ApiError("RunInstances", code, "Later.").retryable


@pytest.mark.parametrize("status", [429, 500, 502, 503])
def test_a_failing_service_is_asked_again_whatever_its_code(status: int) -> None:
    """A code that nobody has written down doesn't end a run."""
    assert errors.ApiError("RunInstances", "Never.Heard", "Later.", status=status).retryable


@pytest.mark.parametrize(
    "code", ["NoStock", "QuotaExceed.ElasticQuota", "OperationDenied", "IncorrectVSwitchStatus"]
)
def test_a_refusal_ends_the_call_and_is_asked_for_anew_by_the_next_run(code: str) -> None:
    """A 4xx is definitive for its ClientToken; another one may find things changed."""
    assert not errors.ApiError("RunInstances", code, "No.", status=403).retryable
    assert code in errors.MAY_PASS


def test_who_is_granted_something_can_go_on() -> None:
    """A missing permission, balance or quota is cured without a change of the program."""
    assert advice.PERMISSION <= errors.MAY_PASS
    assert advice.ACCOUNT.keys() <= errors.MAY_PASS

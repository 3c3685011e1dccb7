"""The committed page is what its sources give, loads nothing, and speaks both languages."""

import base64
import re
import unicodedata
from collections.abc import Callable
from hashlib import sha256

import pytest

from consultation.web import verifier
from consultation.web.verifier.build import BuildError, assemble, bundle
from pilot.commands.words import LINKS
from tests.consultation.web.verifier.page_script import PageScript

PAGE = verifier.page().decode()


def source(**texts: str) -> Callable[[str], str]:
    """Reads from these texts, named without their ending."""
    return lambda name: texts[name.partition(".")[0]]


def test_the_committed_page_is_what_the_sources_give() -> None:
    assert assemble(verifier.read_source) == PAGE, "run: python -m consultation.web.verifier"


def test_the_policy_allows_this_script_and_this_style_and_no_connection() -> None:
    [policy] = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]+)"', PAGE)
    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
    for tag, rule in (("style", "style-src"), ('script type="module"', "script-src")):
        [text] = re.findall(rf"<{tag}>(.*?)</{tag.split()[0]}>", PAGE, re.DOTALL)
        digest = base64.b64encode(sha256(text.encode()).digest()).decode()
        assert rules[rule] == f"'sha256-{digest}'"
    for rule in ("default-src", "connect-src", "base-uri", "form-action"):
        assert rules[rule] == "'none'"
    assert "unsafe" not in policy
    assert PAGE.index("Content-Security-Policy") < PAGE.index("<style>") < PAGE.index("<script")


def test_the_page_loads_nothing_and_sets_no_markup() -> None:
    assert not re.search(r"""(?:src|href|action|srcset)\s*=\s*["']""", PAGE)
    assert not re.search(r"https?://|@import|url\(", PAGE)
    for word in ("innerHTML", "outerHTML", "AdjacentHTML", "eval(", "fetch(", "XMLHttpRequest", "Socket"):
        assert word not in PAGE, word


def test_the_page_is_in_form_nfc_and_marks_every_sentence_with_its_language() -> None:
    assert unicodedata.is_normalized("NFC", PAGE)
    assert '<html lang="vi">' in PAGE
    body = PAGE[PAGE.index("<body>") : PAGE.index("<script")]
    spans = re.findall(r'<span lang="(vi|en)">', body)
    assert spans == ["vi", "en"] * (len(spans) // 2)


def test_every_code_has_a_sentence_in_both_languages_with_the_same_blanks(script: PageScript) -> None:
    words = script.ask("words", {})
    details = words["details"]
    assert isinstance(details, dict)
    for code, pair in details.items():
        assert isinstance(pair, list)
        vi, en = map(str, pair)
        assert vi != en, code
        assert set(re.findall(r"\{\w+\}", vi)) == set(re.findall(r"\{\w+\}", en)), code
    scripts = bundle(verifier.read_source)
    thrown = set(re.findall(r'new Flaw\(\s*"([\w-]+)"', scripts))
    thrown |= set(re.findall(r'\bneed\([^;]*?, "([\w-]+)"(?:, \{[^;]*?\})?,?\s*\);', scripts))
    assert len(thrown) > 60
    assert thrown - set(details) == set()


def test_the_links_are_called_as_pilot_verify_calls_them(script: PageScript) -> None:
    links = script.ask("words", {})["links"]
    assert isinstance(links, dict)
    apart = {"receipt", "own-entry"}  # of a holder's own entry, which this page does not take
    here = [name for name in LINKS["vi"] if name not in apart]
    shared = [name for name in here if not name.startswith("pdf") or name in links]
    for name in shared:
        assert links[name] == [LINKS["vi"][name], LINKS["en"][name]]
    assert [name for name in links if name in shared] == shared


def test_modules_come_after_what_they_need_and_each_once() -> None:
    made = bundle(
        source(
            page='import { a } from "./one.js";\nimport { b } from "./two.js";\na(b);\n',
            one='import { b } from "./two.js";\nexport function a() {}\n',
            two="export const b = 1;\n",
        )
    )
    assert made == "const b = 1;\n\nfunction a() {}\n\na(b);\n"


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        ({"page": 'import { a } from "./one.js";\nconst a = 1;\n', "one": "const a = 1;\n"}, "declared"),
        ({"page": 'import { a } from "./one.js";\n', "one": 'import { b } from "./page.js";\n'}, "circle"),
        ({"page": 'import a from "./one.js";\n', "one": ""}, "imports read"),
        ({"page": "export default 1;\n"}, "imports read"),
        ({"page": 'const a = "</script>";\n'}, "would end it"),
        ({"page": 'const a = "<!-- ";\n'}, "would end it"),
    ],
)
def test_sources_that_make_no_page_are_refused_with_the_reason(texts: dict[str, str], said: str) -> None:
    with pytest.raises(BuildError, match=said):
        bundle(source(**texts))


def test_a_template_without_its_places_is_refused() -> None:
    with pytest.raises(BuildError, match=r"\{style\} 0 times"):
        assemble(source(page="", verify="{policy}{script}"))

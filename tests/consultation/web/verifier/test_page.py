"""The committed file in a real browser, from disk: what people see, and that no network is asked."""

import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from consultation import archive
from consultation.core import canonical
from tests.consultation.core.bundles import Published
from tests.consultation.web.verifier.chromium import Chromium, find_chromium
from tests.consultation.web.verifier.differential import ask_core
from tests.consultation.web.verifier.page_script import PAGE


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chromium]:
    program = find_chromium()
    if program is None:
        pytest.skip("no Chromium on PATH")
    started = Chromium(program, tmp_path_factory.mktemp("profile"))
    yield started
    started.stop()


@pytest.fixture
def tab(browser: Chromium) -> Chromium:
    """The page, freshly opened; what the tab asked for and complained of counts from here on."""
    browser.open("about:blank")
    browser.requests.clear()
    browser.complaints.clear()
    browser.open(PAGE.as_uri())
    return browser


@pytest.fixture(scope="session")
def files(published: Published, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`good.zip`, `forged.zip` and `pins.json` in a folder."""
    folder = tmp_path_factory.mktemp("files")
    good = published.bundles[0]
    forged = replace(good, credential=good.credential.replace(b"took part", b"won it all"))
    (folder / "good.zip").write_bytes(archive.pack(good))
    (folder / "forged.zip").write_bytes(archive.pack(forged))
    (folder / "pins.json").write_bytes(canonical.encode(published.pins.to_json()))
    return folder


def links(tab: Chromium) -> list[list[str]]:
    found = tab.ask("links")
    assert isinstance(found, list)
    return [list(map(str, link)) for link in found if isinstance(link, list)]


def shown(tab: Chromium) -> str:
    return str(tab.ask("text"))


def test_a_good_certificate_with_pins_is_shown_as_valid_and_nothing_is_fetched(
    tab: Chromium, published: Published, files: Path
) -> None:
    tab.choose("#pins", [files / "pins.json"])
    tab.choose("#certificate", [files / "good.zip"])
    assert tab.ask("verdict") == "valid"
    core = ask_core((files / "good.zip").read_bytes(), published.pins)
    assert links(tab) == [[name, "good"] for name, _ in core]
    text = shown(tab)
    assert "Hợp lệ" in text
    assert "Quyết định về chợ" in text
    assert tab.requests == [PAGE.as_uri()]
    assert tab.complaints == []


def test_a_forged_certificate_is_refused_and_what_it_says_is_not_shown(tab: Chromium, files: Path) -> None:
    tab.choose("#pins", [files / "pins.json"])
    tab.choose("#certificate", [files / "forged.zip"])
    assert tab.ask("verdict") == "refused"
    assert links(tab)[-1] == ["credential-signature", "bad"]
    text = shown(tab)
    assert "Không hợp lệ" in text
    assert "Chữ ký của đơn vị trên giấy chứng nhận" in text
    assert "Quyết định về chợ" not in text


def test_without_pins_it_is_consistent_and_pasted_pins_then_make_it_valid(tab: Chromium, files: Path) -> None:
    tab.choose("#certificate", [files / "good.zip"])
    assert tab.ask("verdict") == "consistent"
    assert "đơn vị cấp chưa được ghim" in shown(tab)
    for text, expected in (("{", "consistent"), ((files / "pins.json").read_text(), "valid")):
        tab.ask("paste", text)
        assert tab.ask("verdict") == expected
        assert ("Không đọc được khóa ghim" in shown(tab)) == (text == "{")


def test_the_switch_shows_english_and_nothing_else_changes(tab: Chromium, files: Path) -> None:
    tab.choose("#certificate", [files / "good.zip"])
    assert tab.ask("verdict") == "consistent"
    assert tab.ask("speak", "en") == ["en", "Verify a certificate"]
    text = shown(tab)
    assert "Consistent, issuer not pinned" in text
    assert "Nhất quán" not in text
    assert tab.ask("speak", "vi") == ["vi", "Kiểm tra giấy chứng nhận"]
    assert "Nhất quán" in shown(tab)


def test_the_browser_blocks_every_connection_that_a_script_would_make(tab: Chromium) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.setblocking(False)
        rules = tab.ask("blocked", f"http://127.0.0.1:{listening.getsockname()[1]}/")
        assert isinstance(rules, list)
        assert {"connect-src", "img-src"} <= set(rules)
        assert rules.count("trusted-types") == 2
        with pytest.raises(BlockingIOError):
            listening.accept()


@pytest.mark.parametrize("width", [390, 1200])
def test_the_page_fits_its_width_and_every_control_has_a_name(tab: Chromium, files: Path, width: int) -> None:
    size = {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": False}
    tab.call("Emulation.setDeviceMetricsOverride", size)
    tab.choose("#certificate", [files / "forged.zip"])
    assert tab.ask("verdict") == "refused"
    assert tab.ask("fits") is True
    nodes = tab.call("Accessibility.getFullAXTree", {})["nodes"]
    assert isinstance(nodes, list)
    controls = []
    for node in nodes:
        assert isinstance(node, dict)
        role, name = node.get("role"), node.get("name")
        if isinstance(role, dict) and role.get("value") in ("button", "textbox", "DisclosureTriangle"):
            assert isinstance(name, dict)
            controls.append(str(name.get("value")))
    assert len(controls) >= 4
    assert all(control.strip() for control in controls), controls


def luminance(colour: str) -> float:
    """WCAG 2.2, relative luminance of 'rgb(r, g, b)'."""
    parts = [int(part) / 255 for part in colour[colour.index("(") + 1 : -1].split(",")[:3]]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("file", ["good.zip", "forged.zip"])
def test_every_text_stands_out_from_its_ground_in_both_schemes(
    tab: Chromium, files: Path, scheme: str, file: str
) -> None:
    """WCAG 2.2, 1.4.3: at least 4.5 to 1."""
    features: list[canonical.Json] = [{"name": "prefers-color-scheme", "value": scheme}]
    tab.call("Emulation.setEmulatedMedia", {"features": features})
    tab.choose("#certificate", [files / file])
    tab.ask("verdict")
    texts = tab.ask("colours")
    assert isinstance(texts, list)
    assert len(texts) > 30
    for row in texts:
        assert isinstance(row, list)
        light, dark = sorted((luminance(str(colour)) for colour in row[1:]), reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= 4.5, row

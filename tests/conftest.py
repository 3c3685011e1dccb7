"""What all tests share: Hypothesis without deadlines on a busy machine, the shared folder, and a tidy end."""

import signal
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from hypothesis import HealthCheck, settings

SHARED = Path(__file__).resolve().parents[1] / ".." / "shared"

settings.register_profile(
    "pilot",
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
    database=None,  # a run of the tests leaves no file outside its folders
)
settings.load_profile("pilot")

# Started in the background of a shell, we would hand children an ignored SIGINT, which some tests send them.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder with data and vectors beside the checkout; skips where it is absent."""
    if not SHARED.is_dir():
        pytest.skip("the folder ../shared with data and test vectors is not beside this checkout")
    return SHARED


@pytest.fixture(scope="session", autouse=True)
def _no_process_is_left_behind() -> Iterator[None]:
    """Fails the run when a child process that was not there before is still there after the last test."""
    me = psutil.Process()
    before = {child.pid for child in me.children(recursive=True)}
    yield
    left = [child for child in me.children(recursive=True) if child.pid not in before]
    _, alive = psutil.wait_procs(left, timeout=10)
    lines = [" ".join(child.cmdline())[:200] for child in alive]
    names = [line for line in lines if "resource_tracker" not in line]
    assert not names, f"processes left behind: {names}"

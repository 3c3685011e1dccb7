"""The PDFs of a run, signed with its throw-away key; what sets and signs them is imported at the first."""

from collections.abc import Callable

from consultation.core.bundle import Bundle
from pilot.keys import RunKeys
from pilot.scenario import Scenario
from pilot.world import SystemClock


def printer(case: Scenario, keys: RunKeys) -> Callable[[Bundle], bytes]:
    """Makes a bundle's PDF, as of now. What it returns raises Rejected, TimeStampError."""

    def of(bundle: Bundle) -> bytes:
        from consultation.pdf.paper import Paper
        from consultation.pdf.signing import PdfSigner, TimeStamps

        stamps = TimeStamps(case.unit.timestamps) if case.unit.timestamps else None
        signer = PdfSigner(keys.p256(), keys.certificate(case.unit.name))
        return Paper(signer, stamps).of(bundle, SystemClock().now())

    return of

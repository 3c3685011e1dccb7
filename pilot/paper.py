"""The PDFs of a run, signed with its throw-away key; what sets and signs them is imported at the first."""

from collections.abc import Callable

from consultation.core.bundle import Bundle
from consultation.core.errors import Rejected, VerificationError
from consultation.service.problems import Problem, unavailable
from pilot.keys import RunKeys
from pilot.scenario import Scenario
from pilot.world import SystemClock


def printer(case: Scenario, keys: RunKeys) -> Callable[[Bundle], bytes]:
    """Makes a bundle's PDF, as of now. What it returns raises Problem."""

    def of(bundle: Bundle) -> bytes:
        from consultation.pdf.paper import Paper
        from consultation.pdf.signing import PdfSigner, TimeStampError, TimeStamps

        stamps = TimeStamps(case.unit.timestamps) if case.unit.timestamps else None
        signer = PdfSigner(keys.p256(), keys.certificate(case.unit.name))
        try:
            return Paper(signer, stamps).of(bundle, SystemClock().now())
        except TimeStampError as error:
            raise unavailable(f"the PDF has no time stamp: {error}") from error
        except (Rejected, VerificationError) as error:
            raise Problem(409, "no-pdf", "No PDF", f"{error}; take the zip") from error

    return of

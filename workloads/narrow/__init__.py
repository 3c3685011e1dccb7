"""The consultation that the narrow pilot replays, made by us, in Vietnamese: see README.md here.

generate(seed) -> Consultation      same seed, same bytes
respond(consultation) -> Responses  to every opinion that counts
"""

from workloads.narrow.generate import Size, generate
from workloads.narrow.responses import respond

__all__ = ["Size", "generate", "respond"]

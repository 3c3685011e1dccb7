"""Who may call what: one bearer token per role, compared in constant time, asked for on every route."""

import hmac
from collections.abc import Awaitable, Callable, Mapping
from enum import StrEnum
from typing import Annotated

from fastapi import Header

from consultation.service.problems import Problem


class Role(StrEnum):
    """Who calls."""

    CITIZEN = "citizen"
    OFFICER = "officer"
    OPERATOR = "operator"
    AUDITOR = "auditor"


Tokens = Mapping[Role, str]


def role_of(tokens: Tokens, authorization: str) -> Role | None:
    """Whose token a header `Authorization` has; None where it is nobody's."""
    scheme, _, token = authorization.partition(" ")
    given = token.encode() if scheme.lower() == "bearer" else b""
    for role, expected in tokens.items():
        if hmac.compare_digest(given, expected.encode()):
            return role
    return None


def guard(tokens: Tokens) -> Callable[..., Callable[[str], Awaitable[Role]]]:
    """Makes dependencies that let the named roles through."""

    def allow(*roles: Role) -> Callable[[str], Awaitable[Role]]:
        # Awaited in the event loop: as a plain function it would cost every request a thread.
        async def check(authorization: Annotated[str, Header()] = "") -> Role:
            role = role_of(tokens, authorization)
            if role is None:
                raise Problem(
                    401,
                    "unauthorized",
                    "Who is asking?",
                    "send 'Authorization: Bearer TOKEN' with a role's token",
                )
            if role not in roles:
                wanted = " or ".join(roles)
                raise Problem(403, "forbidden", "Not allowed", f"{role} may not do this; {wanted} may")
            return role

        return check

    return allow

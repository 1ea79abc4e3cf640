"""The signed-in session behind a request."""

from dataclasses import dataclass

from starlette.concurrency import run_in_threadpool
from starlette.requests import HTTPConnection

from medai_core.domain.people import Caller
from medai_core.security.sessions import SessionInfo
from medai_core.security.stores import resolve
from medai_core.store.database import Store
from medai_core.web.cookies import SESSION
from medai_core.web.registry import Owner


@dataclass(frozen=True, slots=True)
class Access:
    """A live session: the one store that it is good for, and who is signed in there."""

    store: Store
    info: SessionInfo
    token: str

    @property
    def caller(self) -> Caller:
        """Who is signed in."""
        return self.info.caller

    @property
    def owner(self) -> Owner:
        """The session as the registry knows it."""
        return Owner(self.caller.store_name, self.caller.session_id or "")

    @property
    def usable(self) -> bool:
        """Neither locked nor waiting for a new password."""
        return not self.info.locked and not self.info.must_change_password


def find_access(cookie: str | None, *, activity: bool) -> Access | None:
    """The session of a cookie, locked or not; None where it is unknown, ended or expired."""
    found = resolve(cookie, activity=activity)
    if found is None or cookie is None:
        return None
    store, info = found
    return Access(store, info, cookie.partition(".")[2])


async def access_of(connection: HTTPConnection, *, activity: bool = False) -> Access | None:
    """The session of a request's cookie; see `find_access`."""
    return await run_in_threadpool(find_access, connection.cookies.get(SESSION), activity=activity)

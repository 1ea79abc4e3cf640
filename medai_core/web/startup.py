"""What must hold before the server takes a connection."""

import importlib
import ipaddress
import threading
from collections.abc import Callable
from typing import Final

from medai_core.domain.refusal import Refusal
from medai_core.settings import Settings
from medai_core.web.logs import log_failure

_NO_ACCOUNT: Final = (
    "\n  MedAI: the first account could not be made; the log says where it failed. Start MedAI again.\n"
)
_NEEDED_SOON: Final = ("numpy", "medai_core.services.worklist", "medai_core.services.importing")


def is_loopback(address: str | None) -> bool:
    """Whether only this machine reaches a server that listens on `address`."""
    if not address:
        return False
    if address.lower().rstrip(".") == "localhost":
        return True
    try:
        return ipaddress.ip_address(address.strip("[]").partition("%")[0]).is_loopback
    except ValueError:
        return False


def require_safe_address(address: str | None, *, tls: bool, options: Settings) -> None:
    """Refuse (`Refusal`, code ``public-without-tls``) to listen in public without TLS in front."""
    if is_loopback(address) or tls:
        return
    if options.trusted_proxy:
        if not options.public_url.startswith("https://"):
            raise Refusal(
                "public-url-not-https",
                expected="MEDAI_PUBLIC_URL to begin with https://",
                found="an address without TLS" if options.public_url else "none",
                what_to_do="Give the https address under which browsers reach the proxy.",
            )
        return
    raise Refusal(
        "public-without-tls",
        expected="server.address to be localhost, or TLS in front of a public address",
        found=f"{address or 'every address of this machine'} without TLS",
        what_to_do=(
            "Set server.sslCertFile and server.sslKeyFile, or put a proxy with TLS in front and set "
            "MEDAI_TRUSTED_PROXY=1 and MEDAI_PUBLIC_URL=https://…"
        ),
    )


def prepare_store(tell: Callable[[str], None]) -> threading.Thread:
    """Open the main store and bring it up to date; `tell` how to sign in where this is the first start.

    The first account's password is hashed in the background, which takes a quarter of a second. Whoever
    signs in meanwhile waits: when this returns, the store's one place for writers is taken.
    """
    from medai_core.security.accounts import ensure_administrator
    from medai_core.security.stores import open_store

    store, begun = open_store(), threading.Event()

    def make_account() -> None:
        try:
            with store.transaction():
                begun.set()
                password = ensure_administrator(store)
        except Exception as error:  # whatever the disk or the database says; nobody was let in
            log_failure(error)
            tell(_NO_ACCOUNT)
        else:
            if password is not None:
                tell(first_start_text(password))
        finally:
            begun.set()

    return _started(make_account, "first account", begun)


def prepare_demo() -> threading.Thread:
    """Fill the demo's store in the background, so that the first visitor need not wait for it."""
    from medai_core.security.accounts import demo_account
    from medai_core.services.demo import begin_demo, wait_until_filled

    def fill() -> None:
        try:
            store = begin_demo()
            demo_account(store)
            wait_until_filled(store)
        except Exception as error:  # the next visit tries again and shows what is wrong
            log_failure(error)

    return _started(fill, "demo")


def _started(work: Callable[[], None], name: str, begun: threading.Event | None = None) -> threading.Thread:
    thread = threading.Thread(target=work, name=name, daemon=True)
    thread.start()
    if begun is not None:
        begun.wait()
    return thread


def first_start_text(password: str) -> str:
    """What the console says at the first start."""
    from medai_core.security.accounts import FIRST_NAME

    return (
        "\n  MedAI: nobody has chosen a password yet.\n"
        f"  Sign in as {FIRST_NAME} with the one-time password: {password}\n"
        "  It is good for one time; you choose your own right after.\n"
    )


def warm_up(after_seconds: float = 3.0) -> threading.Timer:
    """Load in the background what the first worklist needs, when the start itself is over."""
    timer = threading.Timer(after_seconds, _load)
    timer.daemon = True
    timer.start()
    return timer


def _load() -> None:
    for name in _NEEDED_SOON:
        importlib.import_module(name)

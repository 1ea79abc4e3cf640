"""What must hold before the server takes a connection."""

import importlib
import ipaddress
import threading

from medai_core.domain.refusal import Refusal
from medai_core.settings import Settings
from medai_core.web.logs import log_failure


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


def prepare_store() -> str | None:
    """Open the main store, bring it up to date; the one-time password where this is the first start."""
    from medai_core.security.accounts import ensure_administrator
    from medai_core.security.stores import open_store

    return ensure_administrator(open_store())


def prepare_demo() -> threading.Thread:
    """Fill the demo's store in the background, so that the first visitor need not wait for it."""
    from medai_core.services.demo import open_demo

    def fill() -> None:
        try:
            open_demo()
        except Exception as error:  # the first visit tries again and shows what is wrong
            log_failure(error)

    thread = threading.Thread(target=fill, name="demo", daemon=True)
    thread.start()
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
    for name in ("pandas", "pyarrow", "medai_core.services.worklist"):
        importlib.import_module(name)

"""The log says where something failed and never with what data."""

import logging
import stat
from pathlib import Path

from medai_core.web import logs

SECRET = "ZHANG^Xiao 1975-03-02"


def _fail() -> None:
    try:
        raise KeyError(SECRET)
    except KeyError as error:
        raise ValueError(f"cannot read {SECRET}") from error


def test_a_failure_is_found_by_its_code_and_holds_no_text_of_the_error(tmp_path: Path) -> None:
    logs.configure(tmp_path)
    try:
        _fail()
    except ValueError as error:
        code = logs.log_failure(error)
    written = (tmp_path / "logs" / "medai.log").read_text("utf-8")
    assert code in written
    assert "ValueError" in written
    assert "KeyError" in written
    assert "_fail" in written
    assert "ZHANG" not in written


def test_only_the_owner_reads_the_log(tmp_path: Path) -> None:
    logs.configure(tmp_path)
    logs.log_failure(ValueError("x"))
    assert stat.S_IMODE((tmp_path / "logs" / "medai.log").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "logs").stat().st_mode) == 0o700


def test_other_logs_lose_the_text_of_errors_too(tmp_path: Path) -> None:
    logs.configure(tmp_path)
    records: list[logging.LogRecord] = []
    handler = logging.Handler()
    handler.emit = records.append  # type: ignore[method-assign]
    logger = logging.getLogger("streamlit.error_util")
    logger.addHandler(handler)
    try:
        try:
            _fail()
        except ValueError as error:
            logger.error("Uncaught app execution", exc_info=error)
    finally:
        logger.removeHandler(handler)
    (record,) = records
    assert record.exc_info is None
    assert "ZHANG" not in logging.Formatter().format(record)
    assert "ValueError" in record.getMessage()

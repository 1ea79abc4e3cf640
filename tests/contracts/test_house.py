"""The rules that keep the house straight: who imports whom, where SQL, Streamlit and TensorFlow may stand."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CORE = ROOT / "medai_core"
HEAVY = {"tensorflow", "keras", "sklearn", "reportlab", "matplotlib", "ai_edge_litert", "shap", "plotly"}
LEARNED = {"tensorflow", "keras"}


def _files(*folders: Path) -> list[Path]:
    return sorted(
        path
        for folder in folders
        for path in ([folder] if folder.suffix == ".py" else folder.rglob("*.py"))
        if "__pycache__" not in path.parts
    )


def _imports(path: Path, *, top_level_only: bool = False) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    nodes = _top_level(tree) if top_level_only else list(ast.walk(tree))
    names: set[str] = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
    return names


def _top_level(tree: ast.Module) -> list[ast.AST]:
    """Statements that run when the module is imported; what only a type checker sees is left out."""
    found: list[ast.AST] = []
    waiting: list[ast.AST] = list(tree.body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
            continue
        found.append(node)
        waiting.extend(ast.iter_child_nodes(node))
    return found


def _roots(names: set[str]) -> set[str]:
    return {name.split(".")[0] for name in names}


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def test_imports_point_down() -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "ignore"}
    command = [
        sys.executable,
        "-c",
        "import sys; from importlinter.cli import lint_imports_command as run; sys.exit(run())",
        "--config",
        str(ROOT / ".importlinter"),
        "--no-cache",
    ]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr


def test_models_import_only_what_a_recipe_needs() -> None:
    allowed = ("medai_core.learning", "medai_core.imaging", "medai_core.domain", "medai_core.models")
    wrong = {
        _name(path): name
        for path in _files(CORE / "models")
        for name in _imports(path)
        if name.startswith("medai_core.") and not name.startswith(allowed)
    }
    assert wrong == {}


def test_streamlit_stands_in_the_user_interface_only() -> None:
    inside = [path for path in _files(CORE) if CORE / "ui" not in path.parents]
    assert [_name(path) for path in inside if "streamlit" in _roots(_imports(path))] == []


def test_sql_stands_in_the_store_only() -> None:
    outside = [
        path for path in _files(CORE, ROOT / "pages", ROOT / "app.py") if CORE / "store" not in path.parents
    ]
    wrong = [_name(path) for path in outside if _roots(_imports(path)) & {"sqlalchemy", "sqlite3", "alembic"}]
    assert wrong == []


def test_tensorflow_stands_in_recipes_and_one_runtime_only() -> None:
    allowed = [
        *_files(CORE / "learning"),
        *(CORE / "models").glob("*/recipe.py"),
        CORE / "serving" / "runtime.py",
    ]
    wrong = [
        _name(path)
        for path in _files(CORE, ROOT / "pages", ROOT / "app.py")
        if path not in allowed and _roots(_imports(path)) & LEARNED
    ]
    assert wrong == []


def test_nothing_heavy_is_imported_with_a_module() -> None:
    light = [path for path in _files(CORE, ROOT / "app.py") if CORE / "charts" not in path.parents]
    wrong = {
        _name(path): sorted(_roots(_imports(path, top_level_only=True)) & HEAVY)
        for path in light
        if _roots(_imports(path, top_level_only=True)) & HEAVY
    }
    assert wrong == {}


def test_pages_compute_nothing() -> None:
    banned = {"numpy", "pandas", "keras", "tensorflow", "sklearn", "sqlalchemy"}
    pages = _files(ROOT / "pages")
    assert pages
    assert [_name(path) for path in pages if _roots(_imports(path)) & banned] == []


@pytest.mark.parametrize("page", sorted((ROOT / "pages").glob("*.py")), ids=lambda path: path.stem)
def test_a_page_asks_for_the_user_first(page: Path) -> None:
    body = ast.parse(page.read_text(encoding="utf-8")).body
    skipped = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.ClassDef)
    first = next(
        node
        for node in body
        if not isinstance(node, skipped)
        and not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))
        and not (isinstance(node, ast.Assign | ast.AnnAssign) and "require_user" not in ast.dump(node))
    )
    assert "require_user" in ast.dump(first), f"{page.name} draws before it asks who is there"


def test_sizes_stay_readable() -> None:
    limits = [(path, 200) for path in _files(ROOT / "pages")] + [(path, 600) for path in _files(CORE)]
    too_long = {
        _name(path): n for path, limit in limits if (n := len(path.read_text("utf-8").splitlines())) > limit
    }
    assert too_long == {}


def test_only_the_command_line_prints() -> None:
    allowed = {CORE / "__main__.py", CORE / "ui" / "main.py", CORE / "commands" / "terminal.py"}
    recipes = set((CORE / "models").glob("*/recipe.py")) | set(_files(CORE / "learning"))
    wrong = [
        f"{_name(path)}:{node.lineno}"
        for path in _files(CORE, ROOT / "pages")
        if path not in allowed | recipes
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
    ]
    assert wrong == []


def test_no_bare_except() -> None:
    wrong = [
        f"{_name(path)}:{node.lineno}"
        for path in _files(CORE, ROOT / "pages", ROOT / "app.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ExceptHandler) and node.type is None
    ]
    assert wrong == []


def test_the_top_level_holds_what_was_agreed() -> None:
    allowed = {"requirements.txt", "README.md", "LICENSE", "app.py", "pages", "medai_core", "tests"}
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False).stdout
    names = {line.split("/")[0] for line in listed.splitlines()}
    if not names:
        pytest.skip("not a git checkout: the list of committed files is not known")
    assert {name for name in names if not name.startswith(".")} <= allowed


def test_the_core_stands_without_streamlit() -> None:
    modules = [
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        for path in _files(CORE)
        if CORE / "ui" not in path.parents and "migrations" not in path.parts
    ]
    script = (
        "import sys, importlib\n"
        "sys.modules['streamlit'] = None\n"
        f"for name in {modules!r}:\n"
        "    importlib.import_module(name)\n"
        "heavy = {'tensorflow', 'keras', 'sklearn'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr


_ASKS = ("require_user", "session.look")


def _guarded(node: ast.AST) -> bool:
    source = ast.unparse(node)
    return any(word in source for word in _ASKS)


def test_every_fragment_dialog_and_callback_asks_for_the_user() -> None:
    """A fragment's or callback's run passes by the page's first line, so each asks for itself."""
    open_doors = []
    for path in _files(ROOT / "pages", CORE / "ui"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        functions = {node.name: node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
        needed = {
            name
            for name, node in functions.items()
            for decorator in node.decorator_list
            if any(word in ast.unparse(decorator) for word in ("st.fragment", "st.dialog"))
        }
        for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
            for keyword in call.keywords:
                if keyword.arg in {"on_click", "on_change", "on_submit", "on_select"}:
                    if isinstance(keyword.value, ast.Name) and keyword.value.id in functions:
                        needed.add(keyword.value.id)
        open_doors += [f"{_name(path)}:{name}" for name in sorted(needed) if not _guarded(functions[name])]
    assert open_doors == []

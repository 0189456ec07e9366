"""The rules of the house: which room may use what, and what no committed file holds.

Each rule is a function from a source to its violations, so that it can be shown to find one.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("symbolic", "numeric", "proofs_check", "reports")
LONGEST = 350
STANDS_ALONE = "proofs_check/verifier/"  # a folder that is read and run by itself

# Third-party packages by room, besides the standard library and the room itself. The direction is
# symbolic -> numeric -> proofs_check -> reports; `symbolic.console`, which every command shares, is
# the bottom of the house and open to all.
MAY_IMPORT: dict[str, frozenset[str]] = {
    "symbolic": frozenset(["sympy", "flint"]),
    "numeric": frozenset(
        [
            "symbolic",
            "numpy",
            "scipy",
            "mpmath",
            "flint",
            "gmpy2",
            "sklearn",
            "threadpoolctl",
        ]
    ),
    "proofs_check": frozenset(["symbolic", "numeric", "hypothesis", "numpy", "sympy", "mpmath"]),
    "reports": frozenset(
        ["proofs_check", "matplotlib", "jinja2", "markupsafe", "latex2mathml", "numpy"]
    ),
}
ONLY_HERE: dict[tuple[str, str], tuple[str, ...]] = {
    ("numeric", "sympy"): ("numeric/compiled.py",),
    # The compiled writings of the recursion.
    ("numeric", "numba"): ("numeric/kernel.py", "numeric/sweep_kernel.py"),
    ("numeric", "torch"): ("numeric/bench_rivals.py",),  # measured against, never used
    ("numeric", "heyoka"): ("numeric/bench_flows.py",),
    ("numeric", "distributed"): ("numeric/sweep_dask.py",),  # an extra
}
FOR_TERMINALS = "rich"  # in what prints for a command, nowhere else
PRINTS = re.compile(r"\w+/(__main__|tables)\.py")
SHARED_BY_ALL = "symbolic.console"


def committed_files() -> list[str]:
    """Paths of what is, or is about to be, committed."""
    try:
        listed = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        ).stdout.split("\0")
        return sorted(path for path in listed if path and (ROOT / path).is_file())
    except (OSError, subprocess.CalledProcessError):  # an unpacked archive: no git there
        hidden = re.compile(r"(^|/)(\.(?!ci/|git(ignore|attributes))|__pycache__|.*\.egg-info)")
        found = (path.relative_to(ROOT).as_posix() for path in ROOT.rglob("*") if path.is_file())
        return sorted(path for path in found if not hidden.search(path))


FILES = committed_files()
SOURCES = [path for path in FILES if path.endswith(".py")]


def text_of(path: str) -> str:
    """Content of a text file; empty for a binary one."""
    try:
        return (ROOT / path).read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return ""


def imported(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Line and dotted name of every import, also inside functions and by `import_module`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            if node.level:
                continue  # relative: inside the room
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)
        elif isinstance(node, ast.Call) and node.args:
            called = ast.unparse(node.func).rsplit(".", 1)[-1]
            argument = node.args[0]
            if called in ("import_module", "__import__") and isinstance(argument, ast.Constant):
                yield node.lineno, str(argument.value)


def import_violations(path: str, source: str) -> list[str]:
    """Imports that the table does not allow."""
    room = path.split("/", 1)[0]
    found = []
    for line, name in imported(ast.parse(source)):
        package = name.split(".", 1)[0]
        if package == room or package in sys.stdlib_module_names:
            continue
        if f"{name}.".startswith(f"{SHARED_BY_ALL}."):
            continue
        if package == FOR_TERMINALS and PRINTS.fullmatch(path):
            continue
        if path in ONLY_HERE.get((room, package), ()) or package in MAY_IMPORT[room]:
            continue
        found.append(f"{path}:{line}: {room} may not import {name}")
    return found


def dependence_violations(path: str, source: str) -> list[str]:
    """What a folder that stands alone imports besides the standard library and itself.

    A module named like one of the standard library would hide it where the folder is run.
    """
    found = [
        f"{path}:{line}: {name} is not in the standard library"
        for line, name in imported(ast.parse(source))
        if name.split(".", 1)[0] not in sys.stdlib_module_names
    ]
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and node.level > 1:
            found.append(f"{path}:{node.lineno}: an import from outside of the folder")
    if Path(path).stem in sys.stdlib_module_names:
        found.append(f"{path}: named like a module of the standard library")
    return found


def inexact_violations(path: str, source: str) -> list[str]:
    """Floats and bare `simplify` in the exact room."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, float | complex):
            found.append(f"{path}:{node.lineno}: inexact literal {node.value}")
        if isinstance(node, ast.Call):
            called = ast.unparse(node.func).rsplit(".", 1)[-1]
            if called == "simplify" or (called in ("float", "Float", "complex", "lambdify")):
                found.append(f"{path}:{node.lineno}: {called}()")
    return found


def retyped_formula_violations(path: str, source: str) -> list[str]:
    """The inverse hyperbolic sine outside `symbolic/`: a second copy of the entropy's formulas."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute | ast.Name):
            name = node.attr if isinstance(node, ast.Attribute) else node.id
            if name in ("asinh", "arcsinh"):
                found.append(f"{path}:{node.lineno}: {name} typed again; compile it from symbolic")
    return found


# Written so that no pattern matches its own text here.
FORBIDDEN_TEXT = {
    "absolute path": re.compile(
        r"(?<![\w.~$})<-])/(?:work|home|root|tmp|Users|opt|var|mnt|srv|usr)/(?!bin/env\b)"
    ),
    "Windows path": re.compile(r"\b[A-Z]:\\\\?(?:Users|Program)"),
    "package registry": re.compile(
        r"pypi\.org|pythonhosted\.org|npmjs\.(?:org|com)|deb\.debian\.org|conda\.anaconda\.org|"
        r"download\.pytorch\.org"
    ),
}


def text_violations(path: str, source: str) -> list[str]:
    """Words that tie a file to one machine, or name where packages are fetched from."""
    return [
        f"{path}:{number}: {name}: {match.group()}"
        for number, line in enumerate(source.splitlines(), 1)
        for name, pattern in FORBIDDEN_TEXT.items()
        if (match := pattern.search(line))
    ]


def in_rooms(*rooms: str) -> list[str]:
    """Sources of the given rooms."""
    return [path for path in SOURCES if path.split("/", 1)[0] in rooms]


@pytest.mark.parametrize("room", ROOMS)
def test_imports_follow_the_table(room: str) -> None:
    assert in_rooms(room), f"no sources found in {room}/"
    assert not [v for path in in_rooms(room) for v in import_violations(path, text_of(path))]


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("symbolic/x.py", "import numpy"),
        ("symbolic/x.py", "from numeric.training import train"),
        ("symbolic/x.py", "def f():\n    import mpmath"),
        ("numeric/x.py", "import sympy as sp"),
        ("numeric/x.py", "from numba import njit"),
        ("numeric/x.py", "import matplotlib.pyplot"),
        ("numeric/x.py", "from proofs_check import claim"),
        ("symbolic/x.py", "from rich.console import Console"),
        ("proofs_check/x.py", "from reports import page"),
        ("proofs_check/x.py", "import matplotlib"),
        ("reports/x.py", "from numeric import training"),
        ("reports/x.py", "import importlib\nimportlib.import_module('symbolic.entropy')"),
    ],
)
def test_import_rule_finds(path: str, source: str) -> None:
    assert import_violations(path, source)


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("numeric/compiled.py", "import sympy"),
        ("numeric/kernel.py", "import numba"),
        ("reports/x.py", "from symbolic.console import UserError"),
        ("symbolic/__main__.py", "from rich.console import Console"),
        ("numeric/x.py", "import json, numpy\nfrom symbolic.two_step import METHODS"),
    ],
)
def test_import_rule_allows(path: str, source: str) -> None:
    assert not import_violations(path, source)


def test_the_verifier_stands_alone() -> None:
    inside = [path for path in SOURCES if path.startswith(STANDS_ALONE)]
    assert inside
    assert not [v for path in inside for v in dependence_violations(path, text_of(path))]


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("x.py", "import flint"),
        ("x.py", "from proofs_check.claim import Claim"),
        ("x.py", "def f():\n    from ..claim import Claim"),
        ("fractions.py", ""),
    ],
)
def test_independence_rule_finds(path: str, source: str) -> None:
    assert dependence_violations(STANDS_ALONE + path, source)


def test_independence_rule_allows() -> None:
    source = "import json\nfrom fractions import Fraction\nfrom .series import Series"
    assert not dependence_violations(f"{STANDS_ALONE}x.py", source)


def test_symbolic_is_exact() -> None:
    assert not [v for p in in_rooms("symbolic") for v in inexact_violations(p, text_of(p))]


@pytest.mark.parametrize(
    "source", ["x = 0.5", "y = 1e-3", "sp.simplify(e)", "e.simplify()", "float(x)", "sp.Float(1)"]
)
def test_exactness_rule_finds(source: str) -> None:
    assert inexact_violations("symbolic/x.py", source)


def test_exactness_rule_leaves_text_alone() -> None:
    assert not inexact_violations("symbolic/x.py", '"""0.9 is read as 9/10."""\nx = 9 // 10')


def test_formulas_are_not_typed_a_second_time() -> None:
    rooms = in_rooms("numeric", "proofs_check", "reports")
    assert not [v for path in rooms for v in retyped_formula_violations(path, text_of(path))]


@pytest.mark.parametrize("source", ["np.arcsinh(x)", "from math import asinh\nasinh(1)"])
def test_formula_rule_finds(source: str) -> None:
    assert retyped_formula_violations("numeric/x.py", source)


def test_no_file_names_a_machine_or_a_registry() -> None:
    assert not [v for path in FILES for v in text_violations(path, text_of(path))]


@pytest.mark.parametrize(
    "source",
    [
        "open('/" + "home/someone/x.npz')",
        "cd /" + "work/main",
        "#!/" + "usr/bin/python3",
        "--index-url https://" + "pypi" + ".org/simple",
    ],
)
def test_text_rule_finds(source: str) -> None:
    assert text_violations("x", source)


def test_files_are_one_idea() -> None:
    lengths = {path: len(text_of(path).splitlines()) for path in SOURCES}
    assert not {path: length for path, length in lengths.items() if length > LONGEST}


def test_tests_are_flat() -> None:
    inside = [path for path in FILES if path.startswith("tests/") and path.endswith(".py")]
    assert inside
    assert not [path for path in inside if path.count("/") > 1 or path.endswith("__init__.py")]


def test_rooms_are_the_top_level() -> None:
    tops = {path.split("/", 1)[0] for path in SOURCES}
    assert tops <= {*ROOMS, "tests", "requirements"}

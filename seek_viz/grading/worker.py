"""The child process that compares two expressions with an algebra system: one JSON line in, one out.

It is a program of its own (`symbols.py` starts it by its path) and imports nothing of the package. It can be
killed at any moment. The parser (latex2sympy2_extended, of Math-Verify) reads LaTeX by a grammar and runs
no Python. Answers: "equal", "different", "unreadable" (one side is no expression), "exhausted".
"""

from __future__ import annotations

import contextlib
import json
import signal
import sys

import sympy
from latex2sympy2_extended import latex2sympy
from latex2sympy2_extended.latex2sympy2 import ConversionConfig

MEMORY_BYTES = 1 << 30
CPU_ALARM_S = 5
"""On POSIX the system ends a comparison that outlives its parent."""
DIGITS = 60
_CONFIG = ConversionConfig(lowercase_symbols=False)
_POINTS = (sympy.Rational(7, 5), sympy.Rational(-11, 3), sympy.Rational(13, 17), sympy.Rational(29, 10))


def main() -> None:
    """Answer until standard input ends."""
    limit_memory()
    sys.setrecursionlimit(2_000)
    _verdict(r"\frac{x}{2} + x", "1.5x")  # the first of all builds the parser's tables
    print("ready", flush=True)
    for line in sys.stdin:
        left, right = json.loads(line)
        if hasattr(signal, "alarm"):
            signal.alarm(CPU_ALARM_S)
        print(_verdict(left, right), flush=True)
        if hasattr(signal, "alarm"):
            signal.alarm(0)


def limit_memory() -> None:
    """Let the system refuse what goes beyond `MEMORY_BYTES`, where it can."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource  # noqa: PLC0415 - POSIX alone has it

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))


def _verdict(left: str, right: str) -> str:
    try:
        expressions = [_read(left), _read(right)]
        if None in expressions:
            return "unreadable"
        return "equal" if _same(*expressions) else "different"
    except (RecursionError, MemoryError):
        return "exhausted"
    except Exception:  # the parser and the algebra system raise whatever they like
        return "unreadable"


def _read(text: str) -> object:
    expression = latex2sympy(text, conversion_config=_CONFIG)
    if isinstance(expression, sympy.Basic):
        exact = {number: sympy.Rational(str(number)) for number in expression.atoms(sympy.Float)}
        expression = expression.xreplace(exact).subs(sympy.Symbol("i"), sympy.I)
    return expression


def _same(left: object, right: object) -> bool:
    if isinstance(left, sympy.Expr) and isinstance(right, sympy.Expr):
        return _same_value(left, right)
    if isinstance(left, sympy.Eq) and isinstance(right, sympy.Eq):
        return _same_line(left, right)
    from math_verify import verify  # noqa: PLC0415 - seldom needed, and it takes a while

    return bool(verify(left, right, strict=True, allow_set_relation_comp=True, timeout_seconds=None))


def _same_value(left: sympy.Expr, right: sympy.Expr) -> bool:
    if left.free_symbols != right.free_symbols:
        return not left.free_symbols ^ right.free_symbols or bool(sympy.simplify(left - right) == 0)
    if not left.free_symbols:
        return _same_number(left, right)
    names = sorted(left.free_symbols, key=str)
    tried = 0
    for shift in range(len(_POINTS)):
        point = {name: _POINTS[(shift + n) % len(_POINTS)] + n for n, name in enumerate(names)}
        values = [expression.subs(point) for expression in (left, right)]
        if any(value.has(sympy.zoo, sympy.nan, sympy.oo) for value in values):
            continue
        tried += 1
        if not _same_number(*values):
            return False
    return tried > 1 or bool(sympy.simplify(left - right) == 0)


def _same_number(left: sympy.Expr, right: sympy.Expr) -> bool:
    """Exactly equal: told apart by their digits, where they are far enough apart, else by algebra."""
    if left.has(sympy.zoo, sympy.nan) or right.has(sympy.zoo, sympy.nan):
        return False
    values = [sympy.N(value, DIGITS) for value in (left, right)]
    if not all(value.is_number and value.is_finite for value in values):
        return bool(left.doit() == right.doit())
    size = max(abs(value) for value in values)
    near = sympy.Float(10) ** (-DIGITS // 2)
    if abs(values[0] - values[1]) > (size if all(values) else 1) * near:
        return False
    difference = (left - right).doit()
    if difference.is_Rational:
        return bool(difference == 0)
    simplified = sympy.simplify(difference)
    return bool(simplified == 0 or simplified.equals(0))


def _same_line(left: sympy.Eq, right: sympy.Eq) -> bool:
    """Two equations with the same solutions: one is a multiple of the other."""
    ours, theirs = (sympy.expand(side.lhs - side.rhs) for side in (left, right))
    if ours.free_symbols != theirs.free_symbols or not theirs.free_symbols:
        return False
    ratio = sympy.simplify(ours / theirs)
    return bool(ratio.is_number and ratio.is_finite and ratio != 0)


if __name__ == "__main__":
    main()

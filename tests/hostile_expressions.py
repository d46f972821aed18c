r"""Short expressions that keep a computer algebra system busy for ever, or fill its memory."""

from __future__ import annotations

import random

TOWERS = [
    "9^{(9999999)}",
    "9^{+999999999}",
    "9^{{999999999}}",
    r"9^{99\cdot99\cdot99\cdot99\cdot99}",
    "9^9^9^9^9",
    "9**9**9**9",
    "99999^{99999}",
    "2^{999999999}",
    "9^{9^{9^{9}}}",
    "10^{10^{10^{10}}}",
    "2^{2^{2^{2^{2^{2}}}}}",
    "(9^{9})^{9^{9}}",
    "9^{9^{99}} - 9^{9^{98}}",
    "x^{9^{9^{9}}}",
    r"\sqrt[9^{9^{9}}]{2}",
    "1.0000001^{9^{9^9}}",
    "(-9)^{9^{9^{9}}}",
    "9^{-9^{9^{9}}}",
    r"\left(\frac{1}{3}\right)^{9^{9^{9}}}",
    "2^{9!!}",
    "2^{(9!)!}",
]
FACTORIALS = [
    "100000!",
    "100000000!",
    "(9!)!",
    "((9!)!)!",
    r"\Gamma(100000000)",
    r"\Gamma(10^{12})",
    r"2^{\binom{99}{49}}",
    r"\binom{10^{9}}{5\cdot10^{8}}",
    r"\binom{99999999}{49999999}",
    "(10^{9})!",
    "99999999! - 99999998!",
    "n!^{n!^{n!}}",
    r"\frac{100000000!}{99999999!}",
    r"\binom{2^{40}}{2^{39}}",
]
BIG_OPERATORS = [
    r"\prod_{k=1}^{(99999999)}k",
    r"\prod_{k=1}^{99999999} k^k",
    r"\sum_{k=1}^{99999999} \frac{1}{k^k}",
    r"\sum_{k=1}^{10^{9}} \sin(k!)",
    r"\sum_{k=1}^{9^{9}} k^{k}",
    r"\sum_{i=1}^{9999}\sum_{j=1}^{9999} i^j",
    r"\prod_{i=1}^{9999}\prod_{j=1}^{9999} (i+j)",
    r"\int_0^1 x^{x^{x^{x}}} dx",
    r"\int_0^{\infty} \frac{\sin(x^{x})}{x^{7}+1} dx",
    r"\int e^{x^{7}} \sin(x^{5}) \cos(x^{3}) dx",
    r"\lim_{x\to0} \frac{\sin(\tan x)-\tan(\sin x)}{x^{7}}",
    r"\lim_{x\to\infty} \left(1+\frac{1}{x}\right)^{x^{x}}",
    r"\sum_{k=1}^{\infty} \frac{\sin(k^{3})}{k^{k}}",
    r"\sum_{k=0}^{\infty} \frac{1}{k!^{k!}}",
    r"\frac{d^{99}}{dx^{99}} \sin(x^{9})",
    r"\int_0^1\int_0^1\int_0^1 x^{yz} dx dy dz",
]
EXPANSIONS = [
    "(x+y+z)^{99}",
    "(a+b+c+d+e)^{999}",
    "(x+1)^{9999}",
    "((x+1)^{99}+1)^{99}",
    "(x+y)^{99}(y+z)^{99}(z+x)^{99}",
    "(1+x+x^2+x^3)^{999}",
    r"\left(\sqrt{2}+\sqrt{3}+\sqrt{5}+\sqrt{7}\right)^{99}",
    r"(\sin x+\cos x)^{999}",
    "(x^{99}+1)(x^{98}+1)(x^{97}+1)",
    r"\left(x+\frac{1}{x}\right)^{9999}",
    "(a+b)^{c^{d^{e^{f}}}}",
    "(x-1)(x-2)(x-3)(x-4)(x-5)(x-6)(x-7)(x-8)(x-9)",
]
NESTED = [
    "{" * 90 + "1" + "}" * 90,
    "(" * 90 + "1" + ")" * 90,
    r"\frac{1}{" * 15 + "x" + "}" * 15,
    r"\sqrt{" * 60 + "2" + "}" * 60,
    r"\sqrt{2+" * 30 + "2" + "}" * 30,
    "x^{" * 50 + "2" + "}" * 50,
    "-" * 200 + "1",
    "1" + "+1" * 200,
    "|" * 60 + "x" + "|" * 60,
    r"\sin(" * 40 + "x" + ")" * 40,
    r"\log(" * 40 + "x" + ")" * 40,
    r"\frac{" * 60,
    "2^" * 200,
    "(" * 400,
    r"\left(" * 60 + "1" + r"\right)" * 60,
]


def determinant(size: int) -> str:
    """A determinant of that many rows of letters and numbers."""
    rows = [" & ".join(f"x_{{{i}{j}}}^{{{i + j}}}" for j in range(size)) for i in range(size)]
    return r"\begin{vmatrix}" + r" \\ ".join(rows) + r"\end{vmatrix}"


OTHERS = [
    determinant(6),
    determinant(5),
    r"\tan(10^{99999999})",
    r"\arctan(\tan(9^{9^{9}}))",
    r"\log_{2}(9^{9^{9^9}})",
]

HOSTILE = TOWERS + FACTORIALS + BIG_OPERATORS + EXPANSIONS + NESTED + OTHERS


def generated(count: int, seed: int = 13) -> list[str]:
    """Expressions drawn from a grammar of the same kinds, each with its own numbers and nesting."""
    draw = random.Random(seed)

    def number() -> str:
        return draw.choice(
            [str(draw.randint(2, 99)), str(draw.randint(10**4, 10**9)), f"10^{{{draw.randint(3, 12)}}}"]
        )

    def expression(depth: int) -> str:
        if depth == 0:
            return draw.choice([number(), "x", "n"])
        inner = expression(depth - 1)
        return draw.choice(
            [
                rf"{draw.randint(2, 99)}^{{{inner}}}",
                f"({inner})!",
                rf"\Gamma({inner})",
                rf"\binom{{{inner}}}{{{number()}}}",
                rf"\prod_{{k=1}}^{{{inner}}} k",
                rf"\sum_{{k=1}}^{{{inner}}} k^{{k}}",
                rf"({inner}+y+z)^{{{number()}}}",
                rf"\sqrt[{number()}]{{{inner}}}",
                rf"\frac{{{inner}}}{{{expression(depth - 1)}}}",
                rf"\sin({inner})^{{{number()}}}",
                "{" * 20 + inner + "}" * 20,
                rf"\log({inner})",
            ]
        )

    found: dict[str, None] = {}
    while len(found) < count:
        text = expression(draw.randint(2, 4))
        if len(text) <= 400:
            found[text] = None
    return list(found)

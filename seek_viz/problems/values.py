"""Exact numbers as the problems write them: whole numbers, and money with two decimals.

Everything is a Fraction, so that a gold answer has no rounding in it.
"""

from __future__ import annotations

from fractions import Fraction


def number_text(value: Fraction | int) -> str:
    """Write a number as the texts do: "12", "4.50"; more than two decimals are rounded."""
    value = Fraction(value)
    return str(value.numerator) if value.denominator == 1 else f"{float(value):.2f}"


def parse_number(text: str) -> Fraction | None:
    """Read a number out of "1,250", "$4.50" or " 12 "; None where there is none."""
    try:
        return Fraction(text.strip().lstrip("$").replace(",", "").rstrip("%."))
    except (ValueError, ZeroDivisionError):
        return None


def is_writable(value: Fraction) -> bool:
    """Whether two decimals hold the number exactly."""
    return (value * 100).denominator == 1

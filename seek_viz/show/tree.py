"""The texts of all iterations as one prefix tree: what they share, where they part, which end where.

It is built from token ids, so two texts part where they first differ in a token, not in a letter, and never
join again: an equal ending after another beginning is another branch.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


def prefix_tree(texts: Sequence[Sequence[int]]) -> list[dict[str, Any]]:
    """Nodes of the tree, each before its children, branches in order of their first text.

    Args:
        texts: token ids of each iteration.

    Returns:
        {"parent", "first", "end", "texts", "ends"} each: index of the node that it goes on from (None for
        the root), its stretch of tokens, which texts go through it and which of them end with it. The root
        may be an empty stretch: then the texts part at once.
    """
    nodes: list[dict[str, Any]] = []
    waiting: list[tuple[int | None, int, list[int]]] = [(None, 0, list(range(len(texts))))]
    while waiting and texts:
        parent, first, group = waiting.pop()
        end = _shared(texts, group, first)
        ends = [k for k in group if len(texts[k]) == end]
        nodes.append({"parent": parent, "first": first, "end": end, "texts": group, "ends": ends})
        branches: dict[int, list[int]] = {}
        for k in group:
            if len(texts[k]) > end:
                branches.setdefault(texts[k][end], []).append(k)
        here = len(nodes) - 1
        waiting += [(here, end, branch) for branch in reversed(branches.values())]
    return nodes


def _shared(texts: Sequence[Sequence[int]], group: Sequence[int], first: int) -> int:
    """End of the common stretch of the texts of `group`, which are equal before `first`."""
    end = min(len(texts[k]) for k in group)
    model = texts[group[0]]
    while first < end and all(texts[k][first] == model[first] for k in group):
        first += 1
    return first

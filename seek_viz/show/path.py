"""Principal coordinates of a run's iterates.

For K iterates X (K rows) with the mean row taken off, X = U S V'. Coordinates are the first three
columns of U S, and S_i^2 / sum S^2 is the share of variance on component i. Both follow from the
K x K Gram matrix X X' = U S^2 U', so D may be large, and the Gram matrix of the flattened prefix is
the sum of those of its positions: one pass over the latents gives both paths.

A pure random walk has a smooth curve for its path too: its first component holds most of the variance. How
much is known without drawing one. With steps of lengths l_1..l_n in independent directions of many
dimensions, E[X_j . X_k] = l_1^2 + ... + l_min(j,k)^2; the shares are the eigenvalues of that Gram matrix,
centred. For n equal steps they are 1 / sin^2(pi i / (2 n + 2)), divided by 2 n (n + 2) / 3:
61.7 %, 15.7 % and 7.2 % for 10. A path says something where it differs.

Shapes: K iterates (K + 1 in the paper's count), n steps, L positions, D hidden size, 3 components.
"""

from __future__ import annotations

import dataclasses

import numpy as np

from seek_viz.record import LatentPath, Trace

NEGLIGIBLE = 1e-12
"""Share of the variance below which a component is rounding noise and is shown as 0."""


def with_path(trace: Trace) -> Trace:
    """The trace with the principal path of its iterates attached.

    A trace whose iterates carry no latents (one read from a file) keeps the path that it has.

    Args:
        trace: a run of which every step has latents of the same shape.

    Returns:
        The same trace with `path` set; all zeros where there is no variance (one iterate, L = 0).
    """
    iterates = [step.latents_LD for step in trace.steps if step.latents_LD is not None]
    if not iterates or len(iterates) < len(trace.steps):
        return trace
    return dataclasses.replace(trace, path=_latent_path(iterates))


def random_walk_shares(lengths_n: np.ndarray) -> np.ndarray:
    """Shares of variance (3,) on the first components of a random walk with steps of these lengths."""
    return _principal(_centred(_walk_gram(lengths_n)))[1]


def walk_beside(trace: Trace, position: int | None = None) -> np.ndarray:
    """Those of a random walk with as many steps as a run, each as long, for the whole prefix or a position.

    Recordings of versions 1 and 2 hold the lengths of the whole prefix alone; they stand for a position then.
    """
    updates = [step.update for step in trace.steps if step.update]
    each = [update.step_norm_L for update in updates]
    if position is None or any(norm_L is None or len(norm_L) <= position for norm_L in each):
        return random_walk_shares(np.array([update.step_norm for update in updates]))
    return random_walk_shares(np.array([norm_L[position] for norm_L in each if norm_L is not None]))


def walks_beside(first: Trace, second: Trace) -> np.ndarray:
    """Shares (3,) of two independent random walks on one basis, from where the two runs start."""
    grams = [
        _walk_gram(np.array([step.update.step_norm for step in trace.steps if step.update]))
        for trace in (first, second)
    ]
    split = len(grams[0])
    gram_KK = np.zeros((split + len(grams[1]),) * 2)
    gram_KK[:split, :split] = grams[0]
    starts = [trace.steps[0].latents_LD for trace in (first, second)]
    apart = 0.0 if starts[0] is None or starts[1] is None else float(np.square(starts[1] - starts[0]).sum())
    gram_KK[split:, split:] = grams[1] + apart
    return _principal(_centred(gram_KK))[1]


def _walk_gram(lengths_n: np.ndarray) -> np.ndarray:
    """Expected inner products of the n + 1 points of a random walk, measured from its start."""
    square_K = np.concatenate([[0.0], np.cumsum(np.square(lengths_n, dtype=np.float64))])
    return np.minimum.outer(square_K, square_K)


def _centred(gram_KK: np.ndarray) -> np.ndarray:
    """The Gram matrix of the same points measured from their mean."""
    rows_K = gram_KK.mean(axis=0)
    return gram_KK - rows_K[:, None] - rows_K[None, :] + rows_K.mean()


def shared_path(first: Trace, second: Trace) -> tuple[np.ndarray, np.ndarray]:
    """Principal coordinates of the iterates of two runs, one basis for both.

    Args:
        first: a run of which every step has latents.
        second: another, with latents of the same shape.

    Returns:
        Points (K, 3), the first run's iterates before the second's, and shares of variance (3,).
    """
    x_KN = np.stack([step.latents_LD for trace in (first, second) for step in trace.steps])  # type: ignore[misc]
    x_KN = x_KN.reshape(len(x_KN), -1).astype(np.float64)
    x_KN -= x_KN.mean(axis=0)
    return _principal(x_KN @ x_KN.T)


def _latent_path(iterates: list[np.ndarray]) -> LatentPath:
    num_iterates, num_positions = len(iterates), iterates[0].shape[0]
    gram_LKK = np.zeros((num_positions, num_iterates, num_iterates))
    for position in range(num_positions):
        x_KD = np.stack([z_LD[position] for z_LD in iterates]).astype(np.float64)
        x_KD -= x_KD.mean(axis=0)
        gram_LKK[position] = x_KD @ x_KD.T
    prefix_K3, prefix_explained_3 = _principal(gram_LKK.sum(axis=0))
    each = [_principal(gram_KK) for gram_KK in gram_LKK]
    return LatentPath(
        prefix_K3=prefix_K3,
        prefix_explained_3=prefix_explained_3,
        positions_LK3=_stacked([points for points, _ in each], (num_iterates, 3)),
        positions_explained_L3=_stacked([shares for _, shares in each], (3,)),
    )


def _stacked(arrays: list[np.ndarray], shape: tuple[int, ...]) -> np.ndarray:
    return np.stack(arrays) if arrays else np.zeros((0, *shape), np.float32)


def _principal(gram_KK: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Coordinates (K, 3) and shares of variance (3,) from a centred Gram matrix, float32."""
    num_iterates = len(gram_KK)
    points_K3 = np.zeros((num_iterates, 3), np.float32)
    explained_3 = np.zeros(3, np.float32)
    total = float(np.trace(gram_KK))
    if total <= 0:
        return points_K3, explained_3
    values, vectors = np.linalg.eigh(gram_KK)
    for component, index in enumerate(reversed(range(max(0, num_iterates - 3), num_iterates))):
        share = values[index] / total
        if share < NEGLIGIBLE:
            break
        points_K3[:, component] = _oriented(vectors[:, index]) * np.sqrt(values[index])
        explained_3[component] = share
    return points_K3, explained_3


def _oriented(u_K: np.ndarray) -> np.ndarray:
    """An eigenvector's sign is arbitrary. Here a path starts on the left of each of its axes, so that
    it keeps its side while a live run adds points; where it starts at 0, its farthest point is right.
    """
    decisive = -u_K[0] if abs(u_K[0]) > 1e-6 else u_K[np.argmax(np.abs(u_K))]
    return u_K if decisive > 0 else -u_K

"""Principal coordinates of a run's iterates, by scikit-learn's `PCA`, and what a random walk's would be.

Signs are fixed, so that a path keeps its side while a live run adds points (`_oriented`); a component whose
share of the variance is rounding noise is 0.

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
    return _shares(_walk_products(lengths_n))


def walk_beside(trace: Trace, position: int | None = None) -> np.ndarray:
    """Shares of variance of a random walk with a run's step lengths, for the whole prefix or one position.

    Recordings of versions 1 and 2 hold the lengths of the whole prefix alone; they stand for a position then.
    """
    updates = [step.update for step in trace.steps if step.update]
    each = [update.step_norm_L for update in updates]
    if position is None or any(norm_L is None or len(norm_L) <= position for norm_L in each):
        return random_walk_shares(np.array([update.step_norm for update in updates]))
    return random_walk_shares(np.array([norm_L[position] for norm_L in each if norm_L is not None]))


def walks_beside(first: Trace, second: Trace) -> np.ndarray:
    """Shares (3,) of two independent random walks on one basis, from where the two runs start."""
    products = [
        _walk_products(np.array([step.update.step_norm for step in trace.steps if step.update]))
        for trace in (first, second)
    ]
    split = len(products[0])
    product_KK = np.zeros((split + len(products[1]),) * 2)
    product_KK[:split, :split] = products[0]
    starts = [trace.steps[0].latents_LD for trace in (first, second)]
    apart = 0.0 if starts[0] is None or starts[1] is None else float(np.square(starts[1] - starts[0]).sum())
    product_KK[split:, split:] = products[1] + apart
    return _shares(product_KK)


def _walk_products(lengths_n: np.ndarray) -> np.ndarray:
    """Expected inner products of the n + 1 points of a random walk, measured from its start."""
    square_K = np.concatenate([[0.0], np.cumsum(np.square(lengths_n, dtype=np.float64))])
    return np.minimum.outer(square_K, square_K)


def _shares(product_KK: np.ndarray) -> np.ndarray:
    """Shares of variance (3,) of points of which the inner products are known, not the points."""
    rows_K = product_KK.mean(axis=0)
    values = np.linalg.eigvalsh(product_KK - rows_K[:, None] - rows_K[None, :] + rows_K.mean())[::-1]
    explained_3 = np.zeros(3, np.float32)
    if (total := values.sum()) > 0:
        shares = values[:3] / total
        explained_3[: len(shares)] = np.where(shares < NEGLIGIBLE, 0, shares)
    return explained_3


def shared_path(first: Trace, second: Trace) -> tuple[np.ndarray, np.ndarray]:
    """Principal coordinates of the iterates of two runs, one basis for both.

    Args:
        first: a run of which every step has latents.
        second: another, with latents of the same shape.

    Returns:
        Points (K, 3), the first run's iterates before the second's, and shares of variance (3,).
    """
    iterates = [step.latents_LD for trace in (first, second) for step in trace.steps]
    return _principal(np.stack(iterates).reshape(len(iterates), -1))  # type: ignore[arg-type]


def _latent_path(iterates: list[np.ndarray]) -> LatentPath:
    x_KLD = np.stack(iterates)
    prefix_K3, prefix_explained_3 = _principal(x_KLD.reshape(len(x_KLD), -1))
    each = [_principal(x_KLD[:, position]) for position in range(x_KLD.shape[1])]
    return LatentPath(
        prefix_K3=prefix_K3,
        prefix_explained_3=prefix_explained_3,
        positions_LK3=_stacked([points for points, _ in each], (len(x_KLD), 3)),
        positions_explained_L3=_stacked([shares for _, shares in each], (3,)),
    )


def _stacked(arrays: list[np.ndarray], shape: tuple[int, ...]) -> np.ndarray:
    return np.stack(arrays) if arrays else np.zeros((0, *shape), np.float32)


def _principal(x_KN: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Coordinates (K, 3) and shares of variance (3,) of K points of N numbers, float32."""
    # Imported here because it takes a second, and the page opens on recordings that hold their paths.
    from sklearn.decomposition import PCA  # noqa: PLC0415

    points_K3, explained_3 = np.zeros((len(x_KN), 3), np.float32), np.zeros(3, np.float32)
    kept = min(3, len(x_KN) - 1, x_KN.shape[1])
    if kept < 1 or not np.ptp(x_KN, axis=0).any():
        return points_K3, explained_3
    pca = PCA(kept, svd_solver="full")
    # x' = Q R: the rows of R' are the points in the few dimensions that they span; their PCA is the same.
    scores_KC = pca.fit_transform(np.asarray(np.linalg.qr(x_KN.T.astype(np.float64), mode="r")).T)
    for component, share in enumerate(pca.explained_variance_ratio_):
        if share >= NEGLIGIBLE:
            points_K3[:, component] = _oriented(scores_KC[:, component])
            explained_3[component] = share
    return points_K3, explained_3


def _oriented(scores_K: np.ndarray) -> np.ndarray:
    """A component's sign is arbitrary. Here a path starts on the left of each of its axes, so that it keeps
    its side while a live run adds points; where it starts at 0, its farthest point is right.
    """
    starts_at_0 = abs(scores_K[0]) <= 1e-6 * np.linalg.norm(scores_K)
    decisive = scores_K[np.argmax(np.abs(scores_K))] if starts_at_0 else -scores_K[0]
    return scores_K if decisive > 0 else -scores_K

"""Initial parameters: permuted, so that knowledge put into them is gone; and whether anything stands arranged there."""

from __future__ import annotations

import torch
from torch import nn

_SMALL = 8
_MANY = 64
"""Parameters of fewer than so many numbers are permuted as one where there are more than so many of a shape."""

_DRAWS = 40
_DEVIATIONS = 8.0
_MOST = 50_000
"""Numbers of a parameter that are looked at, from the first."""


def permute_initial(network: nn.Module, seed: int) -> None:
    """Permute the entries of each parameter: an honest initialisation does not care, embedded weights are gone.

    There is little to permute in a parameter of few numbers. An honest network has some of these, one that hides
    its weights in them has thousands; so many of one shape are permuted together.
    """
    generator = torch.Generator().manual_seed(seed)
    together: dict[torch.Size, list[nn.Parameter]] = {}
    with torch.no_grad():
        for parameter in network.parameters():
            if parameter.numel() < _SMALL:
                together.setdefault(parameter.shape, []).append(parameter)
            order = torch.randperm(parameter.numel(), generator=generator)
            parameter.copy_(parameter.flatten()[order.to(parameter.device)].view_as(parameter))
        for pieces in together.values():
            if len(pieces) > _MANY:
                held = torch.stack([piece.data for piece in pieces])
                order = torch.randperm(held.numel(), generator=generator)
                moved = held.flatten()[order.to(held.device)].view_as(held)
                for parameter, value in zip(pieces, moved, strict=True):
                    parameter.copy_(value)


def arranged(network: nn.Module) -> bool:
    """Whether some initial parameter is not as if its entries had been drawn in any order.

    A permutation test: sums of squares of the means of rows and of columns, products of neighbours and of rows,
    against those of `_DRAWS` permutations. True for identities, orthogonal matrices, filters, trained weights; not
    for torch's own initialisations, nor for constants.
    """
    generator = torch.Generator().manual_seed(0)
    return any(_is_arranged(p.detach().float().cpu(), generator) for p in network.parameters() if p.numel() >= _MANY)


def _is_arranged(value: torch.Tensor, generator: torch.Generator) -> bool:
    value = value[: max(1, _MOST * len(value) // value.numel())]
    flat = (value - value.mean()).flatten()
    if not bool(torch.isfinite(flat).all()) or float(flat.std()) < 1e-12:
        return False
    rows = value.shape[0] if value.dim() > 1 else 1
    measured = _statistics(flat, rows)
    drawn = torch.stack([
        _statistics(flat[torch.randperm(len(flat), generator=generator)], rows) for _ in range(_DRAWS)
    ])  # fmt: skip
    spread = drawn.std(0)
    far = (measured - drawn.mean(0)).abs() > _DEVIATIONS * spread + 1e-6 * drawn.mean(0).abs() + 1e-12
    return bool(far.any())


def _statistics(flat: torch.Tensor, rows: int) -> torch.Tensor:
    matrix = flat.reshape(rows, -1)
    products = matrix @ matrix.T
    between = (products - products.diag().diag()).square().sum()
    # As logarithms: the rows of an identity have products of exactly nought, which no spread of sums is far from.
    squares = torch.stack([matrix.mean(1).square().sum(), matrix.mean(0).square().sum(), between])
    return torch.cat([(squares / flat.square().sum() + 1e-12).log(), (flat[1:] * flat[:-1]).sum().reshape(1)])

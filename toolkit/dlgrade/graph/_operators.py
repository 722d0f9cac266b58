"""Which operators a carried network may use, and what kind of thing each does.

Everything that is not named here is refused, so a new operator is a decision and not an accident. Left out on
purpose: whatever reads or writes files or devices, reinterprets memory (``as_strided``, ``set_``, ``resize_``),
depends on values for its output's shape (``nonzero``, ``item``, ``unique``), factorises matrices at cubic cost
(``linalg_svd``, ``linalg_inv``), trusts the sizes it is told (``native_batch_norm`` and its like, which no exported
network uses), or runs code given as an argument.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterable
from typing import Any

import torch


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


def _in_place_too(names: Iterable[str]) -> frozenset[str]:
    # `x.mul_(2)` is as honest as `x * 2`; whether it may write where it writes is found by tracing.
    return frozenset(names) | {name + "_" for name in names if hasattr(torch.ops.aten, name + "_")}


CONVOLUTIONS = _names("conv1d conv2d conv3d conv_transpose1d conv_transpose2d conv_transpose3d")

MATRIX = _in_place_too(_names(
    "linear addmm mm bmm matmul einsum baddbmm addmv mv dot vdot bilinear addbmm tensordot inner outer "
    "linalg_vecdot linalg_matmul "
))  # fmt: skip

RECURRENT = _names("lstm gru rnn_tanh rnn_relu lstm_cell gru_cell rnn_tanh_cell rnn_relu_cell")

ATTENTION = _names("scaled_dot_product_attention")

NORMS = _names("batch_norm instance_norm layer_norm group_norm rms_norm")

RUNNING_NORMS = _names("batch_norm instance_norm")
"""Norms whose fourth and fifth argument are running statistics, which training writes to."""

MAX_POOLS = _names(
    "max_pool1d max_pool2d max_pool3d max_pool2d_with_indices max_pool3d_with_indices "
    "adaptive_max_pool1d adaptive_max_pool2d"
)

AVERAGE_POOLS = _names(
    "avg_pool1d avg_pool2d avg_pool3d adaptive_avg_pool1d adaptive_avg_pool2d adaptive_avg_pool3d mean"
)

DROPOUTS = _in_place_too(_names("dropout feature_dropout alpha_dropout feature_alpha_dropout "))

ACTIVATIONS = _in_place_too(_names(
    "relu relu6 leaky_relu prelu elu selu celu gelu silu mish hardtanh hardswish hardsigmoid sigmoid tanh softplus "
    "threshold log_sigmoid softshrink hardshrink rrelu glu "
))  # fmt: skip

SOFTMAXES = _names("softmax log_softmax ")

# Only move numbers about; every number of the output is one of the input.
MOVES = _in_place_too(_names(
    "view reshape flatten unflatten permute transpose t swapaxes swapdims moveaxis movedim contiguous "
    "clone squeeze unsqueeze ravel view_as reshape_as to alias detach lift_fresh_copy type_as "
    "numpy_T mT mH matrix_H adjoint atleast_1d atleast_2d atleast_3d"
))  # fmt: skip

SELECTS = _in_place_too(_names(
    "slice select narrow split split_with_sizes chunk unbind cat concat concatenate stack hstack vstack dstack "
    "column_stack hsplit vsplit tensor_split unsafe_split unsafe_chunk unsafe_split_with_sizes expand expand_as repeat "
    "repeat_interleave tile roll flip fliplr flipud index index_select gather pad constant_pad_nd "
    "unfold im2col "
    "col2im pixel_shuffle pixel_unshuffle channel_shuffle diagonal tril triu masked_fill where "
    "broadcast_to rot90 diag_embed diag embedding one_hot take_along_dim scatter scatter_add index_add "
    "index_put index_copy index_fill select_scatter slice_scatter max_unpool2d upsample_nearest1d "
    "upsample_nearest2d upsample_nearest3d _upsample_nearest_exact1d _upsample_nearest_exact2d upsample_linear1d "
    "upsample_bilinear2d upsample_trilinear3d upsample_bicubic2d _upsample_bilinear2d_aa _upsample_bicubic2d_aa "
    "grid_sampler affine_grid_generator"
))  # fmt: skip

ELEMENTWISE = _in_place_too(_names(
    "add sub rsub mul div pow neg abs exp exp2 expm1 log log2 log10 log1p sqrt rsqrt square "
    "reciprocal sin cos tan asin "
    "acos atan atan2 arctan2 sinh cosh asinh acosh atanh erf erfc erfinv sign floor ceil round "
    "trunc frac clamp clamp_min "
    "clamp_max clip maximum minimum fmax fmin fmod remainder floor_divide true_divide multiply divide subtract lerp "
    "addcmul addcdiv eq ne lt le gt ge logical_and logical_or logical_not logical_xor bitwise_and "
    "bitwise_or bitwise_not "
    "bitwise_xor isnan isinf isfinite nan_to_num sgn hypot xlogy logaddexp positive negative "
    "greater less greater_equal "
    "less_equal not_equal logit special_expit special_erf special_log1p sinc deg2rad __and__ __or__ __xor__ copy copy_ "
    "fill fill_ zero zero_ float_power absolute heaviside real imag angle conj conj_physical resolve_conj resolve_neg "
    "view_as_real view_as_complex complex polar arcsin arccos arctan"
))  # fmt: skip

REDUCTIONS = _in_place_too(_names(
    "sum prod max min amax amin aminmax argmax argmin var std var_mean std_mean norm linalg_vector_norm linalg_norm "
    "cumsum cumprod cummax cummin topk sort argsort median all any cosine_similarity pairwise_distance cdist nanmean "
    "nansum nanmedian kthvalue mode logsumexp special_logsumexp _weight_norm logcumsumexp trace "
    "diff count_nonzero"
))  # fmt: skip

TRANSFORMS = _names(
    "fft_fft fft_ifft fft_rfft fft_irfft fft_fft2 fft_ifft2 fft_rfft2 fft_irfft2 fft_fftshift fft_ifftshift"
)

# New numbers from nothing: counted against the allowance, so that no weights hide in a formula.
CREATIONS = _names(
    "zeros ones full arange linspace eye scalar_tensor zeros_like ones_like full_like new_zeros new_ones new_full "
    "empty_like new_empty empty tril_indices triu_indices meshgrid"
)

RANDOM = _names(
    "rand_like randn_like randint_like bernoulli bernoulli_ rand randn randint normal_ uniform_ exponential_ randperm "
    "normal multinomial"
)

SIZES = _names("sym_size sym_numel")

ALLOWED = (
    CONVOLUTIONS | MATRIX | RECURRENT | ATTENTION | NORMS | MAX_POOLS | AVERAGE_POOLS | DROPOUTS | ACTIVATIONS
    | SOFTMAXES | MOVES | SELECTS | ELEMENTWISE | REDUCTIONS | TRANSFORMS | CREATIONS | RANDOM | SIZES
)  # fmt: skip

# Overloads of allowed operators that reinterpret memory, or trust sizes that a tensor states.
_REFUSED_OVERLOADS = frozenset({"view.dtype", "lstm.data", "gru.data", "rnn_tanh.data", "rnn_relu.data"})


def _power(base: Any, exponent: Any) -> Any:
    if not 0 <= exponent <= 16:
        raise ValueError("a power of a size beyond 16")
    return base**exponent


# Numbers computed from the batch size; applied to plain numbers only, which `Program` checks at run time.
PYTHON_OPERATORS: dict[str, Callable[..., Any]] = {
    "add": operator.add, "sub": operator.sub, "mul": operator.mul, "floordiv": operator.floordiv,
    "mod": operator.mod, "neg": operator.neg, "truediv": operator.truediv, "getitem": operator.getitem,
    "floor": math.floor, "ceil": math.ceil, "trunc": math.trunc, "round": round, "eq": operator.eq, "ne": operator.ne,
    "lt": operator.lt, "le": operator.le, "gt": operator.gt, "ge": operator.ge, "and": operator.and_,
    "or": operator.or_,
    "pow": _power, "sqrt": math.sqrt, "sym_max": max, "sym_min": min, "sym_float": float, "sym_int": int,
}  # fmt: skip

# Only state what must hold while tracing; they compute nothing.
DROPPED = frozenset({"_assert_scalar", "_assert_tensor_metadata", "sym_constrain_range", "sym_constrain_range_for_size",
                     "_assert_async"})  # fmt: skip


def resolve(name: str) -> Callable[..., Any] | None:
    """The operator called `name` (``aten.conv2d.default`` or ``python.mul``), or None where it is not allowed."""
    family, _, rest = name.partition(".")
    if family == "python":
        return PYTHON_OPERATORS.get(rest)
    packet, _, overload = rest.partition(".")
    if family != "aten" or packet not in ALLOWED or rest in _REFUSED_OVERLOADS or not overload.isidentifier():
        return None
    if "hacked" in overload:  # for TorchScript's own use
        return None
    found = getattr(getattr(torch.ops.aten, packet, None), overload, None)
    if not isinstance(found, torch._ops.OpOverload) or not _computes_tensors(found, packet):
        return None
    return found


def _computes_tensors(overload: torch._ops.OpOverload, packet: str) -> bool:
    # TorchScript keeps list and text arithmetic under the same names (``aten.mul.left_t`` repeats a list), and
    # ``out=`` overloads resize what they are given.
    schema = overload._schema
    if any(argument.is_out for argument in schema.arguments):
        return False
    if packet in SIZES:
        return True
    return bool(schema.returns) and all("Tensor" in str(result.real_type) for result in schema.returns)


def packet_of(name: str) -> str:
    """``conv2d`` of ``aten.conv2d.default``; for Python operators an empty text."""
    family, _, rest = name.partition(".")
    return rest.partition(".")[0] if family == "aten" else ""

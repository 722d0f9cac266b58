"""Messages between the grader and a worker: length-prefixed JSON and raw tensors, nothing executable.

Promises: reading never allocates more than its limits allow, whatever the other side sends; what comes back is
plain Python (None, bool, int, float, str, list, dict) and `RawTensor`, a name of a number type, a shape and
bytes. No pickle, no code, no references. Does not know torch, and does not judge what a message means: that is
checked by whoever asked.

A message on the wire is ``DLG1``, the header's length (4 bytes, big-endian), the header as UTF-8 JSON
``{"body": ..., "tensors": [[type, shape], ...]}``, then the bytes of the tensors in order, C-contiguous,
little-endian. In the body a tensor stands as ``{"$tensor": index}``, each exactly once.
"""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO

__all__ = ["DEFAULT_LIMITS", "ITEM_BYTES", "Limits", "RawTensor", "TooLarge", "WireError", "receive", "send"]

_MAGIC = b"DLG1"
_CHUNK = 1 << 20

ITEM_BYTES = {
    "bool": 1, "uint8": 1, "int8": 1, "int16": 2, "int32": 4, "int64": 8,
    "float16": 2, "bfloat16": 2, "float32": 4, "float64": 8, "complex64": 8, "complex128": 16,
}  # fmt: skip
"""Number types that may travel, with their size in bytes."""


class WireError(Exception):
    """The other side closed, or said something that is not a message."""


class TooLarge(WireError):  # noqa: N818 - reads better where it is caught
    """A message over the limits; `what` says in words how large it claimed to be."""


@dataclass(frozen=True)
class Limits:
    """Bounds on one message: bytes and values of JSON, bytes of all tensors, their number and rank, nesting.

    Parsed values take more memory than their text: an empty list is two bytes of text and 64 of memory. Hence
    `values`, counted before anything is parsed.
    """

    header_bytes: int = 16 << 20
    values: int = 2_000_000
    tensor_bytes: int = 256 << 20
    tensors: int = 20_000
    rank: int = 8
    depth: int = 64


DEFAULT_LIMITS = Limits()


@dataclass(frozen=True)
class RawTensor:
    """A tensor as data: `dtype` in torch's short name, `shape`, and C-contiguous little-endian bytes.

    Raises:
        ValueError: the shape does not match the bytes.
    """

    dtype: str
    shape: tuple[int, ...]
    data: bytes | bytearray | memoryview

    def __post_init__(self) -> None:
        """Refuse a shape that does not match the bytes."""
        expected = ITEM_BYTES[self.dtype] * math.prod(self.shape)
        if len(self.data) != expected:
            raise ValueError(f"{self.dtype} {self.shape} needs {expected} bytes, got {len(self.data)}")


def send(stream: BinaryIO, body: Any, limits: Limits = DEFAULT_LIMITS) -> None:
    """Write one message.

    Args:
        body: plain data with `RawTensor` anywhere in it. Tuples become lists; NaN and infinities travel.

    Raises:
        TooLarge: the message is over `limits`; nothing was written.
        TypeError: `body` holds something that cannot travel.
    """
    tensors: list[RawTensor] = []
    plain = _outward(body, tensors, limits.depth)
    stated = [[tensor.dtype, list(tensor.shape)] for tensor in tensors]
    _checked_kinds(stated, limits)
    try:
        header = json.dumps({"body": plain, "tensors": stated}).encode()
    except ValueError:
        raise TypeError("a whole number with that many digits cannot be carried") from None
    _check_header(len(header), limits)
    _check_values(header, limits)
    stream.write(_MAGIC + struct.pack(">I", len(header)) + header)
    for tensor in tensors:
        stream.write(tensor.data)
    stream.flush()


def receive(stream: BinaryIO, limits: Limits = DEFAULT_LIMITS) -> Any:
    """Read one message; sizes are checked before anything is allocated.

    Raises:
        WireError: the stream ended, or this is not a message.
        TooLarge: it claims to be over `limits`.
    """
    prefix = _exactly(stream, 8)
    if prefix[:4] != _MAGIC:
        raise WireError("not a message of this protocol")
    (length,) = struct.unpack(">I", prefix[4:])
    _check_header(length, limits)
    text = _exactly(stream, length)
    _check_values(text, limits)
    try:
        header = json.loads(str(text, "utf-8"))
    except (ValueError, RecursionError) as error:
        raise WireError(f"the header is not JSON: {type(error).__name__}") from None
    if not isinstance(header, dict) or set(header) != {"body", "tensors"}:
        raise WireError("the header is not that of a message")
    kinds = _checked_kinds(header["tensors"], limits)
    tensors = {i: RawTensor(kind, shape, _exactly(stream, size)) for i, (kind, shape, size) in enumerate(kinds)}
    body = _inward(header["body"], tensors, limits.depth)
    if tensors:
        raise WireError("a tensor that stands nowhere in the message")
    return body


def _check_header(size: int, limits: Limits) -> None:
    if size > limits.header_bytes:
        raise TooLarge(f"{size:,} bytes of text; at most {limits.header_bytes:,} are carried")


def _check_values(text: bytes | bytearray, limits: Limits) -> None:
    # Every value but the first stands behind one of these; those inside of texts are counted too.
    values = 1 + text.count(b",") + text.count(b"[") + text.count(b"{")
    if values > limits.values:
        raise TooLarge(f"{values:,} values; at most {limits.values:,} are carried")


def _too_large(total: int, count: int, limits: Limits) -> str:
    if count > limits.tensors:
        return f"{count:,} tensors; at most {limits.tensors:,} are carried"
    return f"{total / 1e9:.1f} GB of numbers; at most {limits.tensor_bytes / 1e9:.2f} GB are carried"


def _checked_kinds(stated: Any, limits: Limits) -> list[tuple[str, tuple[int, ...], int]]:
    if not isinstance(stated, list):
        raise WireError("the list of tensors is not a list")
    if len(stated) > limits.tensors:
        raise TooLarge(_too_large(0, len(stated), limits))
    kinds: list[tuple[str, tuple[int, ...], int]] = []
    total = 0
    for entry in stated:
        if not (isinstance(entry, list) and len(entry) == 2):
            raise WireError("a tensor is not described by type and shape")
        kind, shape = entry
        if not isinstance(kind, str) or kind not in ITEM_BYTES:
            raise WireError("a tensor of an unknown number type")
        if not isinstance(shape, list):
            raise WireError("a tensor whose shape is not a list")
        if len(shape) > limits.rank:
            raise TooLarge(f"a tensor of {len(shape)} axes; at most {limits.rank} are carried")
        # bool is an int in Python; True as a size would be taken for 1.
        if not all(type(side) is int and 0 <= side < 1 << 40 for side in shape):
            raise WireError("a tensor whose shape is not made of sizes")
        size = ITEM_BYTES[kind] * math.prod(shape)
        total += size
        if total > limits.tensor_bytes:
            raise TooLarge(_too_large(total, len(stated), limits))
        kinds.append((kind, tuple(shape), size))
    return kinds


def _exactly(stream: BinaryIO, count: int) -> bytearray:
    # Grown piece by piece: a liar who announces 200 MB and sends 10 bytes costs 1 MB.
    buffer = bytearray()
    while len(buffer) < count:
        piece = stream.read(min(count - len(buffer), _CHUNK))
        if not piece:
            raise WireError("the other side ended in the middle of a message" if buffer else "the other side ended")
        buffer += piece
    return buffer


def _outward(value: Any, tensors: list[RawTensor], depth: int) -> Any:
    if depth < 0:
        raise TypeError("nested too deeply to be carried")
    if value is None or type(value) in (bool, int, float):
        return value
    if type(value) is str:
        if not _is_unicode(value):
            raise TypeError("text with half a character (a lone surrogate) cannot be carried")
        return value
    if isinstance(value, RawTensor):
        tensors.append(value)
        return {"$tensor": len(tensors) - 1}
    if isinstance(value, dict):
        if not all(isinstance(key, str) and key != "$tensor" and _is_unicode(key) for key in value):
            raise TypeError("only mappings with text as keys can be carried")
        return {key: _outward(item, tensors, depth - 1) for key, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str | bytes | bytearray | memoryview):
        return [_outward(item, tensors, depth - 1) for item in value]
    raise TypeError(f"a {type(value).__name__} cannot be carried")


def _inward(value: Any, tensors: dict[int, RawTensor], depth: int) -> Any:
    """`value` with its tensors, each taken out of `tensors`; lists and mappings are changed in place."""
    if depth < 0:
        raise WireError("nested too deeply")
    if isinstance(value, list):
        value[:] = [_inward(item, tensors, depth - 1) for item in value]
    elif isinstance(value, dict):
        if "$tensor" in value:
            index = value["$tensor"]
            # Twice the same would let a small message become large wherever tensors are copied.
            if len(value) != 1 or type(index) is not int or index not in tensors:
                raise WireError("a reference to a tensor that was not sent, or stands twice")
            return tensors.pop(index)
        for key, item in value.items():
            if not _is_unicode(key):
                raise WireError("text that is not Unicode")
            value[key] = _inward(item, tensors, depth - 1)
    elif isinstance(value, str) and not _is_unicode(value):
        raise WireError("text that is not Unicode")
    return value


def _is_unicode(text: str) -> bool:
    """JSON can spell half of a character, which no file and no terminal takes."""
    try:
        text.isascii() or text.encode()
    except UnicodeEncodeError:
        return False
    return True

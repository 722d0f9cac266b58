"""The wire carries plain data exactly, and survives whatever the other side sends."""

from __future__ import annotations

import contextlib
import io
import json
import math
import random
import struct
import tracemalloc
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dlgrade import wire
from dlgrade.wire import ITEM_BYTES, Limits, RawTensor, TooLarge, WireError

SMALL = Limits(header_bytes=2_000, tensor_bytes=1_000, tensors=10, values=200)


def sent(body: Any, limits: Limits = wire.DEFAULT_LIMITS) -> bytes:
    stream = io.BytesIO()
    wire.send(stream, body, limits)
    return stream.getvalue()


def there_and_back(body: Any) -> Any:
    stream = io.BytesIO(sent(body))
    back = wire.receive(stream)
    assert stream.read() == b""
    return back


def message(header: Any, tail: bytes = b"") -> bytes:
    """A message as a liar would write it: any header, any bytes behind it."""
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return b"DLG1" + struct.pack(">I", len(text)) + text + tail


def received(raw: bytes, limits: Limits = wire.DEFAULT_LIMITS) -> Any:
    return wire.receive(io.BytesIO(raw), limits)


def refused(raw: bytes, limits: Limits = wire.DEFAULT_LIMITS) -> str:
    with pytest.raises(WireError) as caught:
        received(raw, limits)
    return str(caught.value)


class Counting(io.BytesIO):
    """Counts what is asked for, so that a refusal before reading can be told from one after it."""

    asked = 0

    def read(self, size: int | None = -1) -> bytes:
        assert size is not None
        assert size >= 0
        self.asked += size
        return super().read(size)


# -- what travels


@pytest.mark.parametrize("dtype", ITEM_BYTES)
@pytest.mark.parametrize("shape", [(), (0,), (3,), (2, 3), (2, 0, 3), (1, 1, 1, 1, 1, 1, 1, 1)])
def test_a_tensor_of_every_number_type_and_shape_comes_back_byte_for_byte(dtype: str, shape: tuple[int, ...]) -> None:
    data = random.Random(0).randbytes(ITEM_BYTES[dtype] * math.prod(shape))
    back = there_and_back({"x": RawTensor(dtype, shape, data)})["x"]
    assert isinstance(back, RawTensor)
    assert (back.dtype, back.shape, bytes(back.data)) == (dtype, shape, data)


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
def test_the_bytes_may_come_as_bytes_bytearray_or_memoryview(kind: type) -> None:
    assert bytes(there_and_back(RawTensor("int16", (2,), kind(b"abcd"))).data) == b"abcd"


@pytest.mark.parametrize(
    "body",
    [
        None,
        True,
        False,
        0,
        -1,
        10**40,
        1.5,
        -0.0,
        "",
        "a",
        "ä → 😀",
        "\x00\n\x1b",
        [],
        {},
        [[]],
        {"": {}},
        {"a": [None]},
    ],
)
def test_plain_values_come_back_equal_and_of_the_same_type(body: Any) -> None:
    back = there_and_back(body)
    assert back == body
    assert type(back) is type(body)


def test_true_is_not_taken_for_one_nor_one_for_one_point_zero() -> None:
    assert [type(item) for item in there_and_back([True, 1, 1.0])] == [bool, int, float]


def test_nan_and_infinities_travel() -> None:
    back = there_and_back([math.nan, math.inf, -math.inf])
    assert math.isnan(back[0])
    assert back[1:] == [math.inf, -math.inf]


def test_tuples_become_lists() -> None:
    assert there_and_back((1, (2, ()))) == [1, [2, []]]


def test_the_same_tensor_twice_in_a_body_is_sent_twice() -> None:
    tensor = RawTensor("uint8", (2,), b"ab")
    first, second = there_and_back([tensor, {"again": tensor}])
    assert first == RawTensor("uint8", (2,), bytearray(b"ab"))
    assert second["again"] == first
    assert second["again"] is not first


def test_messages_follow_each_other_on_one_stream() -> None:
    stream = io.BytesIO(sent(1) + sent(RawTensor("uint8", (1,), b"x")) + sent("end"))
    assert [wire.receive(stream), bytes(wire.receive(stream).data), wire.receive(stream)] == [1, b"x", "end"]
    with pytest.raises(WireError, match=r"^the other side ended$"):
        wire.receive(stream)


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.text(st.characters(exclude_categories=["Cs"])).filter(lambda key: key != "$tensor"),
            inner,
            max_size=4,
        )
    ),
    max_leaves=20,
)


@settings(max_examples=200, deadline=None)
@given(PLAIN)
def test_any_plain_body_comes_back(body: Any) -> None:
    # As JSON text, because NaN is not equal to itself.
    assert json.dumps(there_and_back(body)) == json.dumps(body)


# -- what cannot travel


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ({1: 2}, "text as keys"),
        ({"$tensor": 0}, "text as keys"),
        ({"\ud800": 0}, "text as keys"),
        ({1, 2}, "a set"),
        (b"bytes", "a bytes"),
        (object(), "a object"),
        (1j, "a complex"),
        (lambda: 0, "a function"),
        (["\ud800"], "half a character"),
        ([10**5000], "digits"),
    ],
)
def test_what_cannot_travel_is_a_type_error_and_nothing_is_written(body: Any, why: str) -> None:
    stream = io.BytesIO()
    with pytest.raises(TypeError, match=why):
        wire.send(stream, body)
    assert stream.getvalue() == b""


def test_a_list_that_holds_itself_is_refused() -> None:
    endless: list[Any] = []
    endless.append(endless)
    with pytest.raises(TypeError, match="nested too deeply"):
        sent(endless)


@pytest.mark.parametrize(("shape", "size"), [((2,), 7), ((), 0), ((0,), 4)])
def test_a_shape_that_does_not_match_its_bytes_is_refused(shape: tuple[int, ...], size: int) -> None:
    with pytest.raises(ValueError, match="bytes"):
        RawTensor("float32", shape, bytes(size))


# -- limits


def deep(levels: int) -> Any:
    body: Any = 1
    for _ in range(levels):
        body = [body]
    return body


@pytest.mark.parametrize(
    ("limits", "fits", "too_much"),
    [
        (Limits(header_bytes=100), "x" * 50, "x" * 100),
        (
            Limits(tensor_bytes=8),
            [RawTensor("uint8", (4,), b"abcd")] * 2,
            [RawTensor("uint8", (3,), b"abc")] * 3,
        ),
        (Limits(tensors=2), [RawTensor("uint8", (0,), b"")] * 2, [RawTensor("uint8", (0,), b"")] * 3),
        (Limits(rank=2), RawTensor("uint8", (1, 1), b"a"), RawTensor("uint8", (1, 1, 1), b"a")),
        (Limits(values=20), [0] * 10, [0] * 20),
    ],
    ids=["header", "tensor bytes", "tensors", "rank", "values"],
)
def test_each_limit_holds_on_both_sides(limits: Limits, fits: Any, too_much: Any) -> None:
    received(sent(fits, limits), limits)
    stream = io.BytesIO()
    with pytest.raises(TooLarge, match="at most"):
        wire.send(stream, too_much, limits)
    assert stream.getvalue() == b""
    with pytest.raises(TooLarge, match="at most"):
        received(sent(too_much), limits)


def test_nesting_is_limited_alike_on_both_sides() -> None:
    limit = wire.DEFAULT_LIMITS.depth
    assert there_and_back(deep(limit)) == deep(limit)
    with pytest.raises(TypeError, match="nested too deeply"):
        sent(deep(limit + 1))
    assert "nested too deeply" in refused(sent(deep(limit + 1), Limits(depth=limit + 1)))


@pytest.mark.parametrize(
    "text", [b"[" * 100_000, b"[" * 100_000 + b"]" * 100_000, b'{"a":' * 100_000 + b"1" + b"}" * 100_000]
)
def test_json_nested_a_hundred_thousand_deep_is_a_wire_error(text: bytes) -> None:
    refused(message(text))
    refused(message(b'{"tensors": [], "body": ' + text + b"}"))


def test_an_announced_header_over_the_limit_is_refused_before_it_is_read() -> None:
    stream = Counting(b"DLG1" + struct.pack(">I", 0xFFFFFFFF) + bytes(100))
    with pytest.raises(TooLarge, match="4,294,967,295 bytes of text"):
        wire.receive(stream)
    assert stream.asked == 8


def test_announced_tensors_over_the_limit_are_refused_before_they_are_read() -> None:
    huge = message({"body": {"$tensor": 0}, "tensors": [["float64", [1 << 20, 1 << 19]]]}, bytes(100))
    stream = Counting(huge)
    with pytest.raises(TooLarge, match=r"4398\.0 GB of numbers"):
        wire.receive(stream)
    assert stream.asked == len(huge) - 100


def test_a_liar_who_announces_much_and_sends_little_costs_little() -> None:
    lie = message({"body": {"$tensor": 0}, "tensors": [["uint8", [200 << 20]]]}, bytes(10))
    tracemalloc.start()
    try:
        refused(lie)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 4 << 20


@pytest.mark.parametrize("piece", [b"[],", b'{"":0},', b"[[],[],[]],", b'"",'])
def test_text_that_would_unfold_to_much_more_memory_is_refused_before_it_is_parsed(piece: bytes) -> None:
    text = b'{"tensors": [], "body": [' + piece * ((12 << 20) // len(piece)) + b"0]}"
    raw = message(text)
    tracemalloc.start()
    try:
        assert "values; at most" in refused(raw)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 4 * len(text)


# -- lies


@pytest.mark.parametrize(
    "shape",
    [
        [True],
        [False, 2],
        [-1],
        [-1, -1],
        [1.0],
        ["1"],
        [None],
        [[1]],
        {"0": 1},
        "2",
        2,
        None,
        [1 << 40],
        [10**30],
    ],
)
def test_a_shape_that_is_not_made_of_sizes_is_refused(shape: Any) -> None:
    refused(message({"body": {"$tensor": 0}, "tensors": [["uint8", shape]]}, bytes(16)))


@pytest.mark.parametrize("kind", ["float31", "object", "", None, 1, ["uint8"], {"a": 1}])
def test_an_unknown_number_type_is_refused(kind: Any) -> None:
    assert "number type" in refused(message({"body": {"$tensor": 0}, "tensors": [[kind, [1]]]}, bytes(16)))


@pytest.mark.parametrize("tensors", [None, {}, 1, "ab", [None], [1], [[]], [["uint8"]], [["uint8", [1], 0]]])
def test_a_list_of_tensors_that_is_not_one_is_refused(tensors: Any) -> None:
    refused(message({"body": None, "tensors": tensors}, bytes(16)))


@pytest.mark.parametrize("index", [1, -1, True, False, 0.0, "0", None, [0], 10**30])
def test_a_reference_to_a_tensor_that_was_not_sent_is_refused(index: Any) -> None:
    assert "reference" in refused(message({"body": {"$tensor": index}, "tensors": [["uint8", [1]]]}, b"a"))


def test_a_reference_with_company_is_refused() -> None:
    refused(message({"body": {"$tensor": 0, "more": 1}, "tensors": [["uint8", [1]]]}, b"a"))


def test_one_tensor_referred_to_twice_is_refused() -> None:
    body = [{"$tensor": 0}, {"$tensor": 0}]
    assert "twice" in refused(message({"body": body, "tensors": [["uint8", [1]]]}, b"a"))


def test_a_tensor_that_nothing_refers_to_is_refused() -> None:
    assert "nowhere" in refused(message({"body": 1, "tensors": [["uint8", [1]]]}, b"a"))


@pytest.mark.parametrize(
    "header",
    [
        b"",
        b"not json",
        b"null",
        b"[]",
        b"{}",
        b'{"body": 1}',
        b'{"body": 1, "tensors": [], "more": 1}',
        b"\xff\xfe{\x00}\x00",
        b'{"body": "\xff", "tensors": []}',
        b'\xef\xbb\xbf{"body": 1, "tensors": []}',
        '{"body": 1, "tensors": []}'.encode("utf-16"),
        b'{"body": "\\ud800", "tensors": []}',
        b'{"body": {"\\ud800": 1}, "tensors": []}',
        b'{"body": ' + b"1" * 5000 + b', "tensors": []}',
        b'{"body": 1, "tensors": []} x',
    ],
)
def test_a_header_that_is_not_that_of_a_message_is_refused(header: bytes) -> None:
    refused(message(header))


@pytest.mark.parametrize("raw", [b"", b"D", b"DLG1", b"DLG1\0\0\0", b"HTTP/1.1 200 OK\r\n", b"\x80\x04" + bytes(20)])
def test_what_does_not_begin_like_a_message_is_refused(raw: bytes) -> None:
    refused(raw)


BODY = {
    "name": "Net",
    "nodes": [["conv", [1, 2, 3], {"stride": [1, 1], "bias": None}], ["relu", [], {}]],
    "weights": {"a": RawTensor("float32", (2, 3), bytes(24)), "b": RawTensor("int64", (), bytes(8))},
    "flags": [True, False, 1.5, float("nan"), "ä"],
}


def test_a_message_that_ends_too_soon_is_refused_wherever_it_ends() -> None:
    whole = sent(BODY)
    for end in range(len(whole)):
        assert "ended" in refused(whole[:end])


def check_survived(raw: bytes) -> None:
    stream = Counting(raw)
    with contextlib.suppress(WireError):
        wire.receive(stream, SMALL)
    # Never asks for more than the prefix, one header and the tensors of the limits.
    assert stream.asked <= 8 + SMALL.header_bytes + SMALL.tensor_bytes


def test_thousands_of_damaged_messages_are_refused_or_read_and_nothing_else() -> None:
    whole = sent(BODY)
    draw = random.Random(1)
    alphabet = b'0123456789[]{}",:-.eE$truefalsn\\u\x00\xff '
    for _ in range(20_000):
        raw = bytearray(whole)
        for _ in range(draw.randint(1, 6)):
            place = draw.randrange(len(raw))
            match draw.randrange(4):
                case 0:
                    raw[place] = draw.randrange(256)
                case 1:
                    raw[place] = draw.choice(alphabet)
                case 2:
                    del raw[place : place + draw.randint(1, 8)]
                case _:
                    raw[place:place] = bytes(draw.choices(alphabet, k=draw.randint(1, 4)))
            if not raw:
                break
        # Half of them with a length that fits again, so that the damage reaches the parser.
        if draw.random() < 0.5 and len(raw) > 8 + 32:
            raw[:8] = b"DLG1" + struct.pack(">I", len(raw) - 8 - 32)
        check_survived(bytes(raw))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.sampled_from(sorted(ITEM_BYTES)),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3) | st.just("$tensor"), inner, max_size=3)
    ),
    max_leaves=10,
)


@settings(max_examples=300, deadline=None)
@given(
    body=JSON,
    tensors=JSON
    | st.lists(st.tuples(st.sampled_from(sorted(ITEM_BYTES)), st.lists(st.integers(0, 4), max_size=3)), max_size=3),
    tail=st.binary(max_size=64),
)
def test_any_json_as_a_header_is_refused_or_read(body: Any, tensors: Any, tail: bytes) -> None:
    check_survived(message({"body": body, "tensors": tensors}, tail))


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_as_a_header_are_refused_or_read(text: bytes) -> None:
    check_survived(message(text))

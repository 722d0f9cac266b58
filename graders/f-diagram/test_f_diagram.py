"""Hidden graders of f-diagram: drawn networks, deeper and wider ones, and counts that no table holds.

The text is read by the reader of the public checks; what should be in it is worked out here, with matrices.
"""

import importlib.util
import itertools
from pathlib import Path

import numpy as np

PUBLIC = Path(__file__).absolute().parents[2] / "assignments" / "f-diagram" / "checks.py"
spec = importlib.util.spec_from_file_location("f_diagram_checks", PUBLIC)
public = importlib.util.module_from_spec(spec)
spec.loader.exec_module(public)


def read(ask, *args):
    text = ask("draw", *args)
    assert isinstance(text, str)
    try:
        found = public.Drawing(text)
    except public.MalformedError as error:
        found = str(error)
    assert not isinstance(found, str), found
    assert len(found.clusters) == len(args[0])
    return found


def networks(rng, number, widest=9, deepest=6):
    for _ in range(number):
        yield rng.integers(1, widest, rng.integers(2, deepest)).tolist()


def test_nodes(ask, oracle_rng):
    for layers in networks(oracle_rng, 40):
        drawing = read(ask, layers)
        assert [len(units) for units in drawing.units()] == layers
        members = [name for cluster in drawing.clusters for name in cluster["nodes"]]
        assert len(members) == len({*members}) == sum(layers)
        assert {*drawing.labels} == {*members}
    for layers in ([], [1], [900], [0, 3], [3, 0], [2, 2, 0, 2]):
        assert ask.raised("draw", layers) == "ValueError"


def wanted(drawing):
    """The matrix of all edges between neighbouring layers, as pairs of names."""
    units = drawing.units()
    pairs = []
    for left, right in itertools.pairwise(units):
        pairs += [(left[i], right[j]) for i, j in np.argwhere(np.ones((len(left), len(right))))]
    return sorted(pairs)


def test_edges(ask, oracle_rng):
    for layers in networks(oracle_rng, 40):
        drawing = read(ask, layers)
        assert sorted(drawing.edges) == wanted(drawing)
        assert len(drawing.edges) == sum(np.multiply(layers[:-1], layers[1:]))


def test_labels(ask, oracle_rng):
    for layers in [*networks(oracle_rng, 40), [2] * 14]:
        found = [" ".join(cluster["label"].split()) for cluster in read(ask, layers).clusters]
        assert found[0] == f"input ({layers[0]})"
        assert found[-1] == f"output ({layers[-1]})"
        assert found[1:-1] == [f"hidden {place} ({layers[place]})" for place in range(1, len(layers) - 1)]


def test_count(ask, oracle_rng):
    for layers in [*networks(oracle_rng, 30, 12), *networks(oracle_rng, 10, 60, 5), [1, 1], [400, 3, 10]]:
        label = read(ask, layers, 3).label
        matrices = [np.broadcast_to(0, (left, right)) for left, right in itertools.pairwise(layers)]
        weights, biases = sum(m.size for m in matrices), sum(m.shape[1] for m in matrices)
        assert public.said_count("weights", label) == weights
        assert public.said_count("biases", label) == biases
        assert public.said_count("parameters", label) == weights + biases


def test_wide(ask, oracle_rng):
    for layers in networks(oracle_rng, 40, 40):
        most = int(oracle_rng.integers(1, 15))
        drawing = read(ask, layers, most)
        said = public.wrong_rest(layers, most, drawing)
        assert not said, said
        assert [len(units) for units in drawing.units()] == np.minimum(layers, most).tolist()
    drawing = read(ask, [3000, 9, 8])
    assert [len(units) for units in drawing.units()] == [8, 8, 8]

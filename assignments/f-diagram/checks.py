"""What f-diagram asks, in code that you may read: `dlgrade check f-diagram` runs these on your drawing.

No pixel is looked at. The text is read as Graphviz reads it, and what is judged are nodes, edges and labels. So names,
colours, shapes and the order of the lines are yours, and so are shorthands such as {a b} -> {c d}.
"""

import itertools
import re

# -- reading DOT -------------------------------------------------------------------------------------------------

TOKEN = re.compile(
    r"""(?P<gap>\s+|//[^\n]*|/\*.*?\*/|\#[^\n]*)
    |(?P<text>"(?:[^"\\]|\\.)*")
    |(?P<sign>->|--|[{}\[\];,=:])
    |(?P<html><(?:[^<>]|<[^<>]*>)*>)
    |(?P<word>[\w.\-+]+?(?=->|--|[^\w.\-+]|$))""",
    re.VERBOSE | re.DOTALL,
)


class MalformedError(ValueError):
    """The text is no DOT; the message names the line."""


class Drawing:
    """What a text in DOT draws.

    Attributes:
        label: of the whole graph.
        clusters: in their order, each {"label": ..., "nodes": [names]}.
        edges: pairs of names, in their order.
        labels: of the nodes; a node without one shows its name.
    """

    def __init__(self, text):
        self.label, self.clusters, self.edges, self.labels = "", [], [], {}
        self._tokens, self._place, self._depth = [], 0, 0
        if len(text) > 2_000_000:
            raise MalformedError("it is longer than 2,000,000 characters")
        place, line = 0, 1
        while place < len(text):
            match = TOKEN.match(text, place)
            if match is None:
                rest = text[place:].partition("\n")[0][:20]
                raise MalformedError(f"line {line}: {rest!r} is not DOT; put text like this into quotes")
            if match.lastgroup != "gap":
                self._tokens.append((match.lastgroup, match.group(), line))
            line += match.group().count("\n")
            place = match.end()
        self._tokens.append(("end", "the end of the text", line))
        self._word("strict", needed=False)
        self._word("digraph")
        if not self._is("{"):
            self._name()
        self._statements(None)
        if self._tokens[self._place][0] != "end":
            self._stop("there is something behind the last }")

    def _stop(self, what):
        raise MalformedError(f"line {self._tokens[self._place][2]}: {what}")

    def _is(self, *signs):
        kind, found, _ = self._tokens[self._place]
        return found in signs and kind in ("sign", "word")

    def _take(self, sign):
        if not self._is(sign):
            self._stop(f"here should be {sign}, and here is {self._tokens[self._place][1]}")
        self._place += 1

    def _word(self, word, needed=True):
        kind, found, _ = self._tokens[self._place]
        if kind == "word" and found.lower() == word:
            self._place += 1
            return True
        if needed:
            self._stop(f"here should be {word}, and here is {found}")
        return False

    def _name(self):
        kind, found, _ = self._tokens[self._place]
        if kind not in ("word", "text", "html"):
            self._stop(f"here should be a name, and here is {found}")
        self._place += 1
        if kind == "word":
            if not re.fullmatch(r"[A-Za-z_\x80-\U0010ffff][\w]*|-?(\.\d+|\d+(\.\d*)?)", found):
                self._stop(f"the name {found} must be put in quotes")
            return found
        if kind == "html":
            return re.sub("<[^<>]*>", "", found[1:-1])
        return re.sub(r"\\(.)", lambda match: {"n": "\n", "l": "\n", "r": "\n"}.get(match[1], match[1]), found[1:-1])

    def _statements(self, cluster):
        """Everything between { and }; gives the names of the nodes in it."""
        self._take("{")
        self._depth += 1
        if self._depth > 50:
            self._stop("more than 50 { stand inside each other")
        inside = {}
        while not self._is("}"):
            if self._tokens[self._place][0] == "end":
                self._stop("a { is never closed")
            inside |= dict.fromkeys(self._statement(cluster))
            while self._is(";", ","):
                self._place += 1
        self._take("}")
        self._depth -= 1
        return [*inside]

    def _statement(self, cluster):
        for word in ("graph", "node", "edge"):
            if self._word(word, needed=False):
                attributes = self._attributes()
                if word == "graph" and "label" in attributes:
                    self._labelled(cluster, attributes["label"])
                return []
        ends = [self._end(cluster)]
        if self._is("="):
            self._place += 1
            value = self._name()
            if ends[0][1] == "label":
                self._labelled(cluster, value)
            return []
        while self._is("->", "--"):
            if self._is("--"):
                self._stop("an edge of a digraph is written ->")
            self._place += 1
            ends.append(self._end(cluster))
        attributes = self._attributes() if self._is("[") else {}
        names = [names for names, _ in ends]
        for left, right in itertools.pairwise(names):
            if len(self.edges) + len(left) * len(right) > 200_000:
                self._stop("there are more than 200,000 edges")
            self.edges += itertools.product(left, right)
        for name in itertools.chain(*names):
            self.labels.setdefault(name, name)
        if len(ends) == 1 and ends[0][1] and "label" in attributes:
            self.labels[ends[0][1]] = attributes["label"]
        return [*itertools.chain(*names)]

    def _end(self, cluster):
        """One node or one group of them: its names, and the name that stands there for itself."""
        if self._is("{"):
            return self._statements(cluster), ""
        if self._word("subgraph", needed=False):
            name = "" if self._is("{") else self._name()
            if not name.startswith("cluster"):
                return self._statements(cluster), ""
            mine = {"label": "", "nodes": []}
            self.clusters.append(mine)
            mine["nodes"] = self._statements(mine)
            return mine["nodes"], ""
        name = self._name()
        if self._is("="):
            return [], name
        while self._is(":"):
            self._place += 1
            self._name()
        return [name], name

    def _attributes(self):
        found = {}
        while self._is("["):
            self._place += 1
            while not self._is("]"):
                key = self._name()
                if self._is("="):
                    self._place += 1
                    found[key] = self._name()
                while self._is(",", ";"):
                    self._place += 1
            self._take("]")
        return found

    def _labelled(self, cluster, text):
        if cluster is None:
            self.label = text
        else:
            cluster["label"] = text

    def units(self):
        """The nodes of each cluster that stand for a unit."""
        return [[name for name in cluster["nodes"] if not self.left_out(name)] for cluster in self.clusters]

    def left_out(self, name):
        """K of a node that is labelled +K; else None."""
        match = re.fullmatch(r"\s*\+\s*(\d[\d,]*)\s*", self.labels.get(name, ""))
        return int(match[1].replace(",", "")) if match else None


# -- what is asked -----------------------------------------------------------------------------------------------

SMALL = [[1, 1], [2, 1], [1, 2], [2, 3, 1], [3, 2, 2], [1, 3, 2, 4], [5, 4, 3, 2, 1]]


def drawn(ask, layers, *most):
    text = ask("draw", layers, *most)
    assert isinstance(text, str), f"draw returns a {type(text).__name__}; return text that begins with digraph"
    call = f"draw({', '.join(map(str, [layers, *most]))})"
    try:
        drawing, trouble = Drawing(text), ""
    except MalformedError as error:
        drawing, trouble = None, str(error)
    assert not trouble, f"{call} cannot be read: {trouble}"
    assert len(drawing.clusters) == len(layers), (
        f"{call} should have {len(layers)} subgraphs whose names begin with cluster, one for each layer; "
        f"it has {len(drawing.clusters)}"
    )
    return call, drawing


def test_nodes(ask):
    for layers in SMALL:
        call, drawing = drawn(ask, layers)
        widths = [len(names) for names in drawing.units()]
        assert widths == layers, f"{call} should have {layers} nodes in its clusters; it has {widths}"
        members = [name for cluster in drawing.clusters for name in cluster["nodes"]]
        twice = sorted({name for name in members if members.count(name) > 1})
        assert not twice, f"{call}: the node {twice[0]} stands in two clusters; each unit needs a name of its own"
        outside = sorted({*drawing.labels} - {*members})
        assert not outside, f"{call}: the node {outside[0]} stands in no cluster"
    for layers, why in (([3], "a single layer"), ([], "no layer at all"), ([2, 0, 1], "a layer without units")):
        raised = ask.raised("draw", layers)
        assert raised == "ValueError", f"draw({layers}), {why}, should raise a ValueError; it {raised or 'answers'}"


def wrong_edge(drawing):
    """What is wrong with the edges, in words; empty where nothing is."""
    home = {name: place for place, names in enumerate(drawing.units()) for name in names}
    seen = set()
    for left, right in drawing.edges:
        edge = f"the edge {left} -> {right}"
        if left not in home or right not in home:
            return f"{edge} does not run from unit to unit"
        if (left, right) in seen:
            return f"{edge} is drawn twice"
        if home[left] == home[right]:
            return f"{edge} joins two units of one layer"
        if home[left] > home[right]:
            return f"{edge} runs backwards"
        if home[left] + 1 < home[right]:
            return f"{edge} skips a layer"
        seen.add((left, right))
    for left, right in itertools.pairwise(drawing.units()):
        for pair in itertools.product(left, right):
            if pair not in seen:
                return f"the edge {pair[0]} -> {pair[1]} is missing"
    return ""


def test_edges(ask):
    for layers in SMALL:
        call, drawing = drawn(ask, layers)
        said = wrong_edge(drawing)
        assert not said, f"{call}: {said}"


def titles(layers):
    inner = [f"hidden {number}" for number in range(1, len(layers) - 1)]
    return [f"{name} ({width})" for name, width in zip(["input", *inner, "output"], layers, strict=True)]


def test_labels(ask):
    for layers in SMALL:
        call, drawing = drawn(ask, layers)
        found = [" ".join(cluster["label"].split()) for cluster in drawing.clusters]
        assert found == titles(layers), f"{call}: the clusters should be labelled {titles(layers)}; they are {found}"


COUNTS = [
    ([2, 1], 2, 1, "2 x 1 weights, and the output has a bias"),
    ([2, 3, 1], 9, 4, "2 x 3 + 3 x 1 weights; 3 + 1 biases, since inputs have none"),
    ([3, 4, 2], 20, 6, "3 x 4 + 4 x 2 weights, 4 + 2 biases"),
    ([4, 3, 3, 2], 27, 8, "4 x 3 + 3 x 3 + 3 x 2 weights, 3 + 3 + 2 biases"),
    ([784, 32, 10], 25_408, 42, "784 x 32 + 32 x 10 weights and 32 + 10 biases, drawn or not"),
]


def said_count(word, label):
    """The number in front of a word."""
    match = re.search(rf"(\d[\d,]*)\s*{word}", label)
    return int(match[1].replace(",", "")) if match else None


def test_count(ask):
    for layers, weights, biases, why in COUNTS:
        call, drawing = drawn(ask, layers)
        for word, right in (("weights", weights), ("biases", biases), ("parameters", weights + biases)):
            found = said_count(word, drawing.label)
            assert found is not None, f"{call}: the label of the graph, {drawing.label!r}, has no number of {word}"
            assert found == right, f"{call} should say {right:,} {word}: {why}; it says {found:,}"


def wrong_rest(layers, most, drawing):
    """What is wrong with wide layers, in words; empty where nothing is."""
    for width, cluster, units in zip(layers, drawing.clusters, drawing.units(), strict=True):
        layer = f"the layer of {width} units"
        if len(units) != min(width, most):
            return f"{layer} should have {min(width, most)} units drawn; it has {len(units)}"
        rest = [drawing.left_out(name) for name in cluster["nodes"] if name not in units]
        if width <= most and rest:
            return f"of {layer} nothing is left out, so there should be no node +{rest[0]}"
        if width > most and rest != [width - most]:
            shown = ", ".join(f"+{number}" for number in rest) or "none"
            return f"{layer} should have a node labelled +{width - most}; it has {shown}"
        if f"({width})" not in cluster["label"]:
            return f"the label {cluster['label']!r} should name the true width, ({width})"
    ends = [name for pair in drawing.edges for name in pair if drawing.left_out(name) is not None]
    return f"the node {ends[0]}, which stands for what is left out, should have no edges" if ends else ""


def test_wide(ask):
    for layers, most in (([3, 1], 2), ([9, 2], 8), ([2, 3, 2], 3), ([1, 4], 1), ([784, 32, 10], 8), ([5, 6, 7], 5)):
        call, drawing = drawn(ask, layers, most)
        said = wrong_rest(layers, most, drawing)
        assert not said, f"{call}: {said}"

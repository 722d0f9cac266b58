"""Day 8: draw a feed-forward network, as text in the language DOT.

Read README.md first; check your work with ``dlgrade check f-diagram``. To see the drawing, paste the text into an
online viewer of Graphviz, or keep it as a file and run ``dot -Tsvg net.dot -o net.svg``.
"""


def draw(layers: list[int], most: int = 8) -> str:
    """The drawing of a fully connected network.

    Args:
        layers: how many units each layer has, from the input to the output: two layers or more, each 1 or wider.
        most: how many units of a layer are drawn at most, 1 or more.

    The text is one digraph that holds

    - for each layer, in their order, a subgraph whose name begins with ``cluster`` and whose label is ``input (W)``,
      ``hidden 1 (W)``, ``hidden 2 (W)``, ... or ``output (W)``, with W units in the layer;
    - in it one node for each unit; where the layer is wider than `most`, that many nodes and one more whose label is
      ``+K``, for the K units that are not drawn;
    - an edge from each drawn unit to each drawn unit of the next layer;
    - a label of its own with the words weights, biases and parameters, each behind its number, such as
      ``9 weights, 4 biases, 13 parameters``. They count the network, not the drawing.

    Raises:
        ValueError: there are fewer than two layers, or one is empty.
    """
    raise NotImplementedError

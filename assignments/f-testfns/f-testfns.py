"""Write the tests.

Each function here tests an implementation that it is given: it calls it, and asserts what must hold of the answers.
It passes (returns without a word) on every right implementation and fails on every wrong one. What is right is in the
docstrings; read README.md first. `dlgrade check f-testfns` tries your tests on many implementations.

Answers are right to six digits and no better: an implementation may round, or work in float32.
"""


def test_out_size(out_size):
    """Test `out_size(n, k, s=1, p=0)`: how many places a window has along an image.

    n: side of the image, k: width of the window, s: stride, p: padding on each side. The whole number that
    (n + 2p - k) / s gives, rounded down, and 1. A ValueError where the window is wider than the padded image.

    Example: out_size(28, 5) is 24, out_size(7, 3, 2, 1) is 4, out_size(3, 5) raises ValueError.
    """
    raise NotImplementedError


def test_softmax(softmax):
    """Test `softmax(z)`: (N, C) array of logits to (N, C) array of probabilities.

    In each row e to the power of each logit, divided by the sum of these. Works with logits from -1000 to 1000, whole
    or decimal, and leaves z as it is.

    Example: softmax(np.array([[0.0, 0.0], [1000.0, 0.0]])) is [[0.5, 0.5], [1, 0]].
    """
    raise NotImplementedError


def test_accuracy(accuracy):
    """Test `accuracy(scores, labels)`: (N, C) scores and (N,) labels to one number from 0 to 1.

    The share of the rows whose largest score stands at the row's label. Scores are any numbers, N is at least 1.

    Example: accuracy(np.array([[2, -1], [0, 3]]), np.array([0, 0])) is 0.5.
    """
    raise NotImplementedError


def test_normalise(normalise):
    """Test `normalise(x)`: (N, D) array to (N, D) array whose columns have mean 0 and standard deviation 1.

    From each number the mean of its column is taken, and the rest divided by the column's standard deviation (the
    mean square is taken over all N). A column of equal numbers becomes zeros. Takes whole numbers and decimal ones,
    and leaves x as it is.

    Example: normalise(np.array([[1, 5], [3, 5]])) is [[-1, 0], [1, 0]].
    """
    raise NotImplementedError


def test_iou(iou):
    """Test `iou(a, b)`: two boxes (x1, y1, x2, y2) to one number from 0 to 1.

    The area that both cover, divided by the area that at least one covers; 0 where the boxes lie apart. x1 < x2 and
    y1 < y2, whole numbers or decimal ones.

    Example: iou((0, 0, 2, 2), (1, 0, 3, 2)) is 2 / 6.
    """
    raise NotImplementedError

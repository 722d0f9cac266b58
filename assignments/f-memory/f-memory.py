"""What training keeps in memory: weights, gradients, optimiser state, activations.

Five functions in plain Python; all answers are whole numbers of bytes. Read README.md first; check your work with
``dlgrade check f-memory``.

A network is a list of layers, in their order, and each layer a dict::

    {"kind": "conv", "in": [1, 28, 28], "out": [8, 26, 26], "parameters": 80}

    kind        "conv", "linear", "relu", "maxpool" or "flatten"
    in          the shape of what it reads, for one image: what the layer before puts out
    out         the shape of what it puts out, for one image
    parameters  how many numbers it learns, biases included; 0 for the last three kinds
    frozen      True where these numbers are not trained; otherwise the key is missing

The last layer with parameters is trained. Frozen layers, if there are any, come before all that are trained.
"""


def fixed_bytes(layers: list[dict], optimizer: str, dtype: str = "float32") -> dict[str, int]:
    """What does not depend on the batch: ``{"parameters": ..., "gradients": ..., "optimizer": ...}``, in bytes.

    Args:
        optimizer: ``"sgd"``, ``"momentum"`` (SGD with momentum) or ``"adam"``. Its step counters are left out.
        dtype: ``"float16"``, ``"bfloat16"``, ``"float32"`` or ``"float64"``, for all three alike.

    A single layer of 80 parameters, with Adam and float32:
    ``{"parameters": 320, "gradients": 320, "optimizer": 640}``.
    """
    raise NotImplementedError


def activation_bytes(layers: list[dict], batch: int, dtype: str = "float32") -> int:
    """The tensors that the forward pass keeps for the backward pass, weights apart, in bytes.

    A conv and a linear layer keep their input, a ReLU its output, a max pool its input and an index of 8 bytes for each
    output. A flatten keeps nothing, and its output is the same tensor as its input. A tensor counts once, however many
    layers keep it. In front of the first trained layer nothing is kept; that layer's own input is.

    A linear layer from 784 to 10 keeps 784 x 4 = 3,136 bytes for each image.
    """
    raise NotImplementedError


def training_bytes(layers: list[dict], batch: int, optimizer: str, dtype: str = "float32") -> int:
    """Everything: parameters, gradients, optimiser and activations."""
    raise NotImplementedError


def largest_batch(memory: int, fixed: int, per_image: int) -> int:
    """The largest batch for which `fixed` and the activations together take at most `memory` bytes; 0 if none does.

    Args:
        per_image: bytes of activations for one image, 1 or more.

    ``largest_batch(1000, 300, 200)`` is 3.
    """
    raise NotImplementedError


def passes(batch: int, largest: int) -> int:
    """How many forward passes of at most `largest` images it takes to add up the gradients of `batch` images.

    ``passes(128, 50)`` is 3: 50, 50 and 28 images.

    Raises:
        ValueError: `largest` is below 1.
    """
    raise NotImplementedError

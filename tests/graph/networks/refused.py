"""Networks that have no fixed graph, or none that the grader runs; each says why in one sentence."""

import random

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F


class _Small(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 6, 5, stride=3)
        self.head = nn.Linear(6, 10)


class BranchOnValues(_Small):
    def forward(self, x):
        if x.sum() > 0:
            x = -x
        return self.head(self.conv(x).mean((2, 3)))


class ItemOfATensor(_Small):
    def forward(self, x):
        return self.head(self.conv(x / x.max().item()).mean((2, 3)))


class LoopWhile(_Small):
    def forward(self, x):
        x = self.conv(x)
        while x.abs().max() > 1:
            x = x / 2
        return self.head(x.mean((2, 3)))


class FixedBatch(_Small):
    def forward(self, x):
        return self.head(self.conv(x).view(64, 6, 64).mean(2))


class FixedBatchByExpand(_Small):
    def forward(self, x):
        return self.head(self.conv(x).mean((2, 3))) + torch.zeros(3, 10)


class FixedBatchByInt(_Small):
    def forward(self, x):
        return self.head(self.conv(x).mean((2, 3))).reshape(int(x.size(0)), 10)


class OtherPathForLargeBatches(_Small):
    def forward(self, x):
        x = self.conv(x).mean((2, 3))
        return self.head(x) if x.size(0) < 64 else self.head(x) * 2


class DistancesByCdist(_Small):
    def __init__(self):
        super().__init__()
        self.prototypes = nn.Parameter(torch.randn(10, 6))

    def forward(self, x):
        return -torch.cdist(self.conv(x).mean((2, 3)), self.prototypes)


class NumpyInForward(_Small):
    def forward(self, x):
        return self.head(torch.from_numpy(np.tanh(self.conv(x).detach().numpy())).mean((2, 3)))


class NumpyOfAConstant(_Small):
    def forward(self, x):
        return self.head(self.conv(x * np.sqrt(2.0)).mean((2, 3)))


class _Double(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x * 2

    @staticmethod
    def backward(ctx, grad):
        return grad * 100


class CustomAutogradFunction(_Small):
    def forward(self, x):
        return self.head(_Double.apply(self.conv(x)).mean((2, 3)))


class DataOfATensor(_Small):
    def forward(self, x):
        x = self.conv(x)
        return self.head((x - x.data.mean()).mean((2, 3)))


class MaskedSelection(_Small):
    def forward(self, x):
        x = self.conv(x)
        return self.head(x.mean((2, 3))) + x[x > 0].mean()


class MaskedAssignment(_Small):
    def forward(self, x):
        x = self.conv(x)
        x[x < 0] = 0
        return self.head(x.mean((2, 3)))


class Nonzero(_Small):
    def forward(self, x):
        x = self.conv(x)
        return self.head(x.mean((2, 3))) + x.nonzero().float().mean()


class Autocast(_Small):
    def forward(self, x):
        with torch.autocast("cpu", dtype=torch.bfloat16):
            x = self.conv(x)
        return self.head(x.float().mean((2, 3)))


class WritesItsParameters(_Small):
    def forward(self, x):
        self.head.weight.data.clamp_(-1, 1)
        return self.head(self.conv(x).mean((2, 3)))


class WritesItsParametersUnderNoGrad(_Small):
    def forward(self, x):
        with torch.no_grad():
            self.head.weight.mul_(0.99)
        return self.head(self.conv(x).mean((2, 3)))


class ReturnsTwo(_Small):
    def forward(self, x):
        x = self.conv(x).mean((2, 3))
        return self.head(x), x


class ReturnsADict(_Small):
    def forward(self, x):
        return {"logits": self.head(self.conv(x).mean((2, 3)))}


class ReturnsClasses(_Small):
    def forward(self, x):
        return self.head(self.conv(x).mean((2, 3))).argmax(1)


class KeepsItsMaps(_Small):
    def forward(self, x):
        self.maps = self.conv(x)
        return self.head(self.maps.mean((2, 3)))


class CountsItsCalls(_Small):
    def __init__(self):
        super().__init__()
        self.calls = 0

    def forward(self, x):
        self.calls += 1
        return self.head(self.conv(x).mean((2, 3)))


class RandomOfPython(_Small):
    def forward(self, x):
        return self.head(self.conv(x).mean((2, 3))) * random.choice([1, 2])


class MaskedTransformer(_Small):
    def __init__(self):
        super().__init__()
        layer = nn.TransformerEncoderLayer(28, 2, 8, batch_first=True)
        self.stack = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
        self.head = nn.Linear(28, 10)

    def forward(self, x):
        mask = nn.Transformer.generate_square_subsequent_mask(28)
        return self.head(self.stack(x.squeeze(1), mask=mask)[:, -1])


class CumulativeBatchNorm(_Small):
    def __init__(self):
        super().__init__()
        self.norm = nn.BatchNorm2d(6, momentum=None)

    def forward(self, x):
        return self.head(self.norm(self.conv(x)).mean((2, 3)))


class Inverse(_Small):
    def forward(self, x):
        x = self.conv(x)
        return self.head(torch.linalg.inv(x @ x.mT + 3 * torch.eye(8)).mean((2, 3)))


class QuantisedWeights(_Small):
    def forward(self, x):
        w = torch.fake_quantize_per_tensor_affine(self.conv.weight, 0.1, 0, -128, 127)
        return self.head(F.conv2d(x, w).mean((2, 3)))


class GradientInForward(_Small):
    def forward(self, x):
        x = x.requires_grad_()
        out = self.conv(x).sum()
        (g,) = torch.autograd.grad(out, x, create_graph=True)
        return self.head(self.conv(x + g).mean((2, 3)))


class SharedMemory(_Small):
    def __init__(self):
        super().__init__()
        self.head.bias = nn.Parameter(self.head.weight.data.view(-1)[:10])

    def forward(self, x):
        return self.head(self.conv(x).mean((2, 3)))


class ParameterAsBuffer(_Small):
    def __init__(self):
        super().__init__()
        self.register_buffer("copy", self.head.weight.data)

    def forward(self, x):
        x = self.conv(x).mean((2, 3))
        return self.head(x) + F.linear(x, self.copy)


class VmapInForward(_Small):
    def forward(self, x):
        return self.head(torch.vmap(lambda image: self.conv(image[None])[0].mean((1, 2)))(x))


class Scripted(_Small):
    def __init__(self):
        super().__init__()
        self.body = torch.jit.script(nn.Sequential(nn.Linear(6, 6), nn.ReLU()))

    def forward(self, x):
        return self.head(self.body(self.conv(x).mean((2, 3))))


class Compiled(_Small):
    def __init__(self):
        super().__init__()
        self.body = torch.compile(nn.Linear(6, 6), backend="eager")

    def forward(self, x):
        return self.head(self.body(self.conv(x).mean((2, 3))))


class SquareOfTheBatch(_Small):
    def forward(self, x):
        x = self.conv(x).flatten(1)
        return self.head.bias + (x @ x.T).softmax(1) @ x[:, :10]

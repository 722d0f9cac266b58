"""Honest networks that use torch in ways a tracer may stumble over."""

import math

import torch
from torch import nn
from torch.nn import functional as F
from torch.nn.utils import parametrizations, spectral_norm, weight_norm


class _Small(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 6, 5, stride=3)
        self.head = nn.Linear(6, 10)


class LazyModules(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv, self.norm, self.head = nn.LazyConv2d(6, 5, stride=3), nn.LazyBatchNorm2d(), nn.LazyLinear(10)

    def forward(self, x):
        return self.head(self.norm(self.conv(x)).relu().mean((2, 3)))


class TiedWeights(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b = nn.Linear(28, 28), nn.Linear(28, 28)
        self.b.weight = self.a.weight
        self.head = nn.Linear(28, 10)

    def forward(self, x):
        return self.head(self.b(self.a(x.mean(2).flatten(1)).relu()))


class TiedByTransposing(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Linear(28, 10)

    def forward(self, x):
        h = self.a(x.mean(3)[:, 0])
        return self.a(F.linear(h, self.a.weight.t()).relu())


class SameLayerTwice(_Small):
    def __init__(self):
        super().__init__()
        self.again = nn.Conv2d(6, 6, 3, padding=1)

    def forward(self, x):
        x = self.conv(x)
        for _ in range(3):
            x = self.again(x).relu()
        return self.head(x.mean((2, 3)))


class ForwardHooks(_Small):
    def __init__(self):
        super().__init__()
        self.conv.register_forward_hook(lambda module, args, out: out.clamp(min=0.1))
        self.head.register_forward_pre_hook(lambda module, args: (args[0] * 2,))

    def forward(self, x):
        return self.head(self.conv(x).mean((2, 3)))


class WeightNormAsParametrization(_Small):
    def __init__(self):
        super().__init__()
        self.conv = parametrizations.weight_norm(self.conv)

    def forward(self, x):
        return self.head(self.conv(x).relu().mean((2, 3)))


class WeightNormOfOldStyle(_Small):
    def __init__(self):
        super().__init__()
        self.conv = weight_norm(self.conv)

    def forward(self, x):
        return self.head(self.conv(x).relu().mean((2, 3)))


class SpectralNormAsParametrization(_Small):
    def __init__(self):
        super().__init__()
        self.head = parametrizations.spectral_norm(self.head)

    def forward(self, x):
        return self.head(self.conv(x).relu().mean((2, 3)))


class SpectralNormOfOldStyle(_Small):
    def __init__(self):
        super().__init__()
        self.head = spectral_norm(self.head)

    def forward(self, x):
        return self.head(self.conv(x).relu().mean((2, 3)))


class StandardisedWeights(_Small):
    def forward(self, x):
        w = self.conv.weight
        w = (w - w.mean((1, 2, 3), keepdim=True)) / (w.std((1, 2, 3), keepdim=True) + 1e-5)
        return self.head(F.conv2d(x, w, self.conv.bias, stride=3).relu().mean((2, 3)))


class Einsum(nn.Module):
    def __init__(self):
        super().__init__()
        self.w = nn.Parameter(torch.randn(28, 12) * 0.2)
        self.v = nn.Parameter(torch.randn(12, 28, 10) * 0.1)

    def forward(self, x):
        return torch.einsum("nhd,dho->no", torch.einsum("nchw,wd->nhd", x, self.w).relu(), self.v)


class TrainingFlagInForward(_Small):
    def forward(self, x):
        x = F.dropout(self.conv(x).relu(), 0.3, training=self.training)
        x = F.dropout2d(x, 0.1, self.training)
        if self.training:
            x = x + 0.01
        return self.head(x.mean((2, 3)))


class EveryDropout(_Small):
    def __init__(self):
        super().__init__()
        self.drops = nn.Sequential(
            nn.Dropout2d(0.1), nn.AlphaDropout(0.1), nn.FeatureAlphaDropout(0.1), nn.Dropout(0.1, inplace=True)
        )

    def forward(self, x):
        return self.head(self.drops(self.conv(x)).mean((2, 3)))


class ParameterListAndDict(nn.Module):
    def __init__(self):
        super().__init__()
        self.list = nn.ParameterList([nn.Parameter(torch.randn(28, 28) / 6) for _ in range(2)])
        self.dict = nn.ParameterDict({"scale": torch.ones(10), "out": torch.randn(28, 10) / 5})

    def forward(self, x):
        x = x.mean(1).mean(1)
        for w in self.list:
            x = torch.tanh(x @ w)
        return torch.mm(x, self.dict["out"]) * self.dict["scale"]


class ViewMinusOneTen(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(nn.Conv2d(1, 8, 5, 2), nn.ReLU(), nn.Conv2d(8, 10, 12))

    def forward(self, x):
        return F.log_softmax(self.net(x).view(-1, 10), dim=1)


class ViewBySize(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(196, 10)

    def forward(self, x):
        x = F.max_pool2d(x, 2)
        return F.softmax(self.fc(x.view(x.size(0), -1)), 1)


class NumFlatFeatures(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(784, 10)

    def forward(self, x):
        count = 1
        for side in x.size()[1:]:
            count *= side
        return self.fc(x.view(-1, count))


class SqueezeOfNamedAxes(_Small):
    def forward(self, x):
        x = self.head(F.adaptive_avg_pool2d(self.conv(x), 1).squeeze(3).squeeze(dim=2))
        return F.log_softmax(x.unsqueeze(0).squeeze(0), -1)


class ChunkSplitUnbind(_Small):
    def forward(self, x):
        a, b = self.conv(x).chunk(2, dim=1)
        c, d, e = torch.split(a * torch.sigmoid(b), 1, dim=1)
        f = torch.stack([c, d, e], 1).squeeze(2).unbind(1)
        g = torch.split(F.glu(self.conv(x), 1), [1, 2], 1)
        return self.head(torch.cat([*(t.mean((1, 2))[:, None] for t in f), *(t.mean((2, 3)) for t in g)], 1))


class StochasticDepth(_Small):
    def __init__(self):
        super().__init__()
        self.block = nn.Conv2d(6, 6, 3, padding=1)

    def forward(self, x):
        x = self.conv(x)
        branch = self.block(x)
        if self.training:
            keep = (torch.rand(x.shape[0], 1, 1, 1, device=x.device) < 0.7).to(x.dtype)
            branch = branch * keep / 0.7
        return self.head((x + branch).mean((2, 3)))


class BernoulliDropPath(_Small):
    def forward(self, x):
        x = self.conv(x)
        if self.training:
            x = x.div(0.8) * x.new_empty((x.shape[0],) + (1,) * (x.ndim - 1)).bernoulli_(0.8)
        return self.head(x.mean((2, 3)))


class GaussianNoise(_Small):
    def forward(self, x):
        if self.training:
            x = x + torch.randn_like(x) * 0.1
            x = x + 0.1 * torch.randn(x.size(0), 1, 28, 28, device=x.device)
        return self.head(self.conv(x).relu().mean((2, 3)))


class InPlaceEverything(_Small):
    def forward(self, x):
        x = self.conv(x)
        x += 0.5
        x *= 2
        x.sub_(0.1).div_(1.5)
        x = F.relu_(x)
        x = x * 1.5
        x.clamp_(max=4.0)
        x[:, 0] = 0.25
        return self.head(x.mean((2, 3)))


class InputChangedInPlace(_Small):
    def forward(self, x):
        x -= 0.1307
        x /= 0.3081
        return self.head(self.conv(x).relu().mean((2, 3)))


class ConstantBuffers(_Small):
    def __init__(self):
        super().__init__()
        self.register_buffer("mean", torch.tensor(0.1307))
        self.register_buffer("std", torch.tensor([0.3081]), persistent=False)
        self.scale = torch.tensor([[1.0, 2, 3, 4, 5, 6]])

    def forward(self, x):
        return self.head(self.conv((x - self.mean) / self.std).mean((2, 3)) * self.scale)


class BufferThatCounts(_Small):
    def __init__(self):
        super().__init__()
        self.register_buffer("average", torch.zeros(6))

    def forward(self, x):
        x = self.conv(x)
        if self.training:
            self.average.mul_(0.9).add_(0.1 * x.detach().mean((0, 2, 3)))
        return self.head(x.mean((2, 3)) - self.average)


class WhereAndMasks(_Small):
    def forward(self, x):
        x = self.conv(x)
        x = torch.where(x > 0, x, 0.1 * x)
        x = torch.where(x > 1, torch.ones_like(x), x)
        x = x.masked_fill(x < -0.05, 0.0) * (x.abs() < 3)
        return self.head(x.mean((2, 3)))


class ThroughHalfAndDouble(_Small):
    def forward(self, x):
        x = self.conv(x).to(torch.bfloat16).float().double()
        return self.head(x.mean((2, 3)).to(torch.float32).half().to(x.device).float())


class WholeNetworkInDouble(_Small):
    def __init__(self):
        super().__init__()
        self.double()

    def forward(self, x):
        return self.head(self.conv(x.double()).relu().mean((2, 3))).float()


class NoGradPart(_Small):
    def forward(self, x):
        with torch.no_grad():
            scale = self.conv(x).abs().amax((1, 2, 3), keepdim=True)
        return self.head((self.conv(x) / (scale + 1)).mean((2, 3)))


class NoGradNormalisation(_Small):
    def forward(self, x):
        with torch.no_grad():
            mean, std = x.mean((1, 2, 3), keepdim=True), x.std((1, 2, 3), keepdim=True)
            x = (x - mean) / (std + 1e-3)
        return self.head(self.conv(x).mean((2, 3)))


class NoGradThroughADecorator(_Small):
    @torch.no_grad()
    def _halved(self, x):
        return x * 0.5

    def forward(self, x):
        x = self._halved(x)
        with torch.set_grad_enabled(self.training):
            x = self.conv(x)
        return self.head(x.mean((2, 3)))


class NoGradMovingAverage(_Small):
    def __init__(self):
        super().__init__()
        self.register_buffer("average", torch.zeros(6))

    def forward(self, x):
        x = self.conv(x)
        if self.training:
            with torch.no_grad():
                self.average.lerp_(x.mean((0, 2, 3)), 0.1)
        return self.head(x.mean((2, 3)) - self.average)


class DetachedBranch(_Small):
    def forward(self, x):
        x = self.conv(x)
        return self.head((x - x.detach().mean((2, 3), keepdim=True) + x.detach().amax()).mean((2, 3)))


class FrozenLayer(_Small):
    def __init__(self):
        super().__init__()
        self.conv.requires_grad_(False)

    def forward(self, x):
        return self.head(self.conv(x).mean((2, 3)))


class UnusedLayers(_Small):
    def __init__(self):
        super().__init__()
        self.spare = nn.Sequential(nn.Linear(7, 9), nn.BatchNorm1d(9))
        self.identity = nn.Identity(54, unused=True)

    def forward(self, x):
        return self.head(self.identity(nn.Flatten(2)(self.conv(x)).mean(-1)))


class SeveralHeads(_Small):
    def __init__(self):
        super().__init__()
        self.heads = nn.ModuleDict({name: nn.Linear(6, 10) for name in ("left", "right")})

    def forward(self, x):
        x = self.conv(x).relu()
        votes = [head(x.mean((2, 3))) for head in self.heads.values()]
        return torch.stack([*votes, self.head(x.amax((2, 3)))]).mean(0)


class MaxoutAndSort(_Small):
    def forward(self, x):
        x = self.conv(x)
        x = torch.max(x, dim=2).values.topk(3, dim=-1)[0]
        return self.head(x.sort(-1, descending=True).values.mean(-1) + torch.max(x, -x).median(-1)[0])


class CosineClassifier(_Small):
    def __init__(self):
        super().__init__()
        self.prototypes = nn.Parameter(torch.randn(10, 6))
        self.scale = nn.Parameter(torch.tensor(5.0))

    def forward(self, x):
        x = F.normalize(self.conv(x).mean((2, 3)), dim=1)
        near = -torch.cdist(x, self.prototypes)
        return (
            self.scale * x @ F.normalize(self.prototypes).T
            + near
            + F.cosine_similarity(x[:, None], self.prototypes[None], -1)
        )


class MixtureOfExperts(_Small):
    def __init__(self):
        super().__init__()
        self.gate = nn.Linear(6, 3)
        self.experts = nn.ModuleList([nn.Linear(6, 10) for _ in range(3)])

    def forward(self, x):
        x = self.conv(x).mean((2, 3))
        gates = F.softmax(self.gate(x), dim=1)
        return sum(gates[:, i : i + 1] * expert(x) for i, expert in enumerate(self.experts))


class BilinearAndOuter(_Small):
    def __init__(self):
        super().__init__()
        self.pair = nn.Bilinear(6, 6, 10)

    def forward(self, x):
        x = self.conv(x).mean((2, 3))
        outer = (x.unsqueeze(2) * x.unsqueeze(1)).flatten(1).sum(1, keepdim=True)
        return self.pair(x, x.flip(1)) + outer


class HandWrittenActivations(_Small):
    def forward(self, x):
        x = self.conv(x)
        x = x * torch.tanh(F.softplus(x)) + 0.5 * x * (1 + torch.erf(x / math.sqrt(2)))
        x = torch.maximum(x, 0.1 * x) + torch.sin(x) ** 2 + torch.exp(-x.pow(2)) + 2**x
        x = F.hardswish(F.hardtanh(F.logsigmoid(F.softshrink(F.rrelu(x, training=self.training)))))
        return self.head(torch.log1p(x.abs()).mean((2, 3)))


class PythonNumbersOfTheShape(_Small):
    def forward(self, x):
        n, c, h, w = x.shape
        x = self.conv(x) * (1 / math.sqrt(h * w)) + float(c) / x.numel() * n
        return self.head(x.sum((2, 3)) / (x.shape[2] * x.shape[3])).reshape(n, 10)


class RandomChoiceOfAxisOrder(_Small):
    def forward(self, x):
        x = torch.rot90(x, 1, (2, 3)).transpose(-1, -2).swapaxes(2, 3).movedim(2, 3)
        return self.head(torch.roll(self.conv(x), (1, 2), (2, 3)).flip([2]).mean((-2, -1)))


class GatherAndScatter(_Small):
    def forward(self, x):
        x = self.conv(x).flatten(2)
        first = x.gather(2, x.argmax(2, keepdim=True)).squeeze(2)
        chosen = x[:, [0, 2, 4, 1, 3, 5]].index_select(1, torch.arange(6, device=x.device))
        hot = F.one_hot(first.argmax(1), 6).float()
        return self.head(
            first + chosen.mean(2) + hot + torch.zeros_like(first).scatter(1, first.argmin(1, keepdim=True), 1.0)
        )


class ImageOfFftMagnitudes(_Small):
    def forward(self, x):
        return self.head(self.conv(torch.fft.fft2(x).abs().log1p()).mean((2, 3)))


class RecurrentPythonFloat(_Small):
    def forward(self, x):
        scale = 1.0
        x = self.conv(x)
        for _ in range(3):
            x, scale = torch.tanh(x * scale), scale * 0.9
        return self.head(x.mean((2, 3)))


class ThroughCheckpoint(_Small):
    def forward(self, x):
        from torch.utils.checkpoint import checkpoint

        return self.head(checkpoint(lambda t: self.conv(t).relu(), x, use_reentrant=False).mean((2, 3)))


class VarianceFeatures(_Small):
    def forward(self, x):
        x = self.conv(x)
        return self.head(
            x.var((2, 3)) + x.std((2, 3), unbiased=False) + x.flatten(2).norm(dim=2) + torch.logsumexp(x, (2, 3))
        )


class CheckedByAsserts(_Small):
    def forward(self, x):
        assert x.dim() == 4, "images please"
        assert x.shape[1] == 1
        torch._check(x.shape[0] > 0)
        x = self.conv(x)
        if x.shape[-1] > 4:
            x = x[..., 1:-1]
        return self.head(x.mean((2, 3)))

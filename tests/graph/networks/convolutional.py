"""Honest networks built from convolutions, pools and norms, each odd in one way."""

import torch
from torch import nn
from torch.nn import functional as F


class _Small(nn.Module):
    """Two convolutions whose maps subclasses treat in their own way; `(N, 8, 11, 11)` after `maps`."""

    def __init__(self):
        super().__init__()
        self.first = nn.Conv2d(1, 4, 3, bias=False)
        self.second = nn.Conv2d(4, 8, 3)
        self.head = nn.Linear(8, 10)

    def maps(self, x):
        return F.relu(self.second(F.max_pool2d(F.relu(self.first(x)), 2)))


class BatchNormAndDropout(_Small):
    def __init__(self):
        super().__init__()
        self.norm = nn.BatchNorm2d(8)
        self.drop = nn.Dropout(0.2)

    def forward(self, x):
        return self.head(self.drop(self.norm(self.maps(x))).mean((2, 3)))


class BatchNormWithoutStatistics(_Small):
    def __init__(self):
        super().__init__()
        self.norm = nn.BatchNorm2d(8, track_running_stats=False)

    def forward(self, x):
        return self.head(self.norm(self.maps(x)).mean((2, 3)))


class BatchNormWithoutAffine(_Small):
    def __init__(self):
        super().__init__()
        self.norm = nn.BatchNorm2d(8, affine=False, momentum=0.3)

    def forward(self, x):
        return self.head(self.norm(self.maps(x)).mean((2, 3)))


class BatchNormSharedByTwoLayers(_Small):
    def __init__(self):
        super().__init__()
        self.norm = nn.BatchNorm2d(4)
        self.extra = nn.Conv2d(4, 4, 3, padding=1)

    def forward(self, x):
        x = self.norm(self.first(x))
        x = self.norm(self.extra(x))
        return self.head(self.second(x).mean((2, 3)))


class GroupNorm(_Small):
    def __init__(self):
        super().__init__()
        self.norm = nn.GroupNorm(2, 8)

    def forward(self, x):
        return self.head(self.norm(self.maps(x)).mean((2, 3)))


class LayerNormOverMaps(_Small):
    def __init__(self):
        super().__init__()
        self.norm = nn.LayerNorm([8, 11, 11])

    def forward(self, x):
        return self.head(self.norm(self.maps(x)).mean((2, 3)))


class LayerNormChannelsLast(_Small):
    def __init__(self):
        super().__init__()
        self.norm = nn.LayerNorm(8)
        self.mix = nn.Linear(8, 8)

    def forward(self, x):
        x = self.maps(x).permute(0, 2, 3, 1)
        return self.head(F.gelu(self.mix(self.norm(x))).mean(dim=(1, 2)))


class InstanceNorm(_Small):
    def __init__(self):
        super().__init__()
        self.norm = nn.InstanceNorm2d(8, affine=True)

    def forward(self, x):
        return self.head(self.norm(self.maps(x)).amax((2, 3)))


class InstanceNormWithStatistics(_Small):
    def __init__(self):
        super().__init__()
        self.norm = nn.InstanceNorm2d(8, affine=True, track_running_stats=True)

    def forward(self, x):
        return self.head(self.norm(self.maps(x)).amax((2, 3)))


class PReLU(_Small):
    def __init__(self):
        super().__init__()
        self.act = nn.PReLU(8)

    def forward(self, x):
        return self.head(self.act(self.second(self.first(x))).mean((2, 3)))


class DepthwiseGroupedDilatedTransposed(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(1, 8, 3, stride=2)
        self.depthwise = nn.Conv2d(8, 8, 3, groups=8, padding=1)
        self.grouped = nn.Conv2d(8, 12, 3, groups=4)
        self.dilated = nn.Conv2d(12, 8, 3, dilation=2)
        self.up = nn.ConvTranspose2d(8, 6, 2, stride=2, output_padding=1)
        self.head = nn.Conv2d(6, 10, 1)

    def forward(self, x):
        x = F.silu(self.depthwise(self.stem(x)))
        x = F.elu(self.dilated(F.leaky_relu(self.grouped(x), 0.2)))
        return self.head(self.up(x)).flatten(2).mean(-1)


class PaddingSame(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Conv2d(1, 4, 3, padding="same")
        self.b = nn.Conv2d(4, 10, (5, 3), padding="same", dilation=(1, 2))

    def forward(self, x):
        return self.b(F.relu(self.a(x))).mean([2, 3])


class PaddingModes(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Conv2d(1, 4, 3, padding=1, padding_mode="reflect")
        self.b = nn.Conv2d(4, 6, 3, padding=1, padding_mode="replicate")
        self.c = nn.Conv2d(6, 10, 3, padding=2, padding_mode="circular")

    def forward(self, x):
        return self.c(F.relu(self.b(F.relu(self.a(x))))).mean((2, 3))


class Pads(_Small):
    def __init__(self):
        super().__init__()
        self.zero = nn.ZeroPad2d((1, 2, 0, 1))
        self.reflect = nn.ReflectionPad2d(1)

    def forward(self, x):
        return self.head(self.maps(F.pad(self.reflect(self.zero(x)), (1, 1), value=0.5)).mean((2, 3)))


class ManyPools(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Conv2d(1, 6, 3)
        self.max = nn.MaxPool2d(3, stride=2, padding=1, ceil_mode=True)
        self.average = nn.AvgPool2d(2, count_include_pad=False)
        self.adaptive = nn.AdaptiveMaxPool2d((3, 2))
        self.b = nn.Conv2d(6, 10, 2)
        self.end = nn.AdaptiveAvgPool2d(1)

    def forward(self, x):
        x = self.average(self.max(F.relu(self.a(x))))
        return self.end(self.b(self.adaptive(x))).squeeze(-1).squeeze(-1)


class PoolWithIndices(_Small):
    def forward(self, x):
        x, where = F.max_pool2d(self.first(x), 2, return_indices=True)
        return self.head(self.second(x + where.float() / 784).mean((2, 3)))


class LpPool(_Small):
    def __init__(self):
        super().__init__()
        self.pool = nn.LPPool2d(2, 2)

    def forward(self, x):
        return self.head(self.second(self.pool(F.relu(self.first(x)) + 0.1)).mean((2, 3)))


class PixelShuffle(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Conv2d(4, 16, 3)
        self.b = nn.Conv2d(4, 10, 3)

    def forward(self, x):
        return self.b(F.relu(F.pixel_shuffle(self.a(F.pixel_unshuffle(x, 2)), 2))).mean((2, 3))


class Residual(_Small):
    def __init__(self):
        super().__init__()
        self.same = nn.Sequential(nn.Conv2d(8, 8, 3, padding=1), nn.BatchNorm2d(8))
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x):
        x = self.maps(x)
        out = self.same(x)
        out += x
        return self.head(self.relu(out).mean((2, 3)))


class DenselyConnected(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList([nn.Conv2d(1 + 4 * i, 4, 3, padding=1) for i in range(3)])
        self.head = nn.Linear(13, 10)

    def forward(self, x):
        for layer in self.layers:
            x = torch.cat([x, F.relu(layer(x))], 1)
        return self.head(F.adaptive_avg_pool2d(x, (1, 1)).view(x.size(0), -1))


class SqueezeAndExcite(_Small):
    def __init__(self):
        super().__init__()
        self.down, self.up = nn.Linear(8, 2), nn.Linear(2, 8)

    def forward(self, x):
        x = self.maps(x)
        gate = torch.sigmoid(self.up(F.relu(self.down(x.mean((2, 3))))))
        return self.head((x * gate[:, :, None, None]).mean((2, 3)))


class ChannelShuffle(_Small):
    def forward(self, x):
        x = self.maps(x)
        n, c, h, w = x.size()
        x = x.view(n, 2, c // 2, h, w).transpose(1, 2).contiguous().view(n, c, h, w)
        return self.head(nn.ChannelShuffle(4)(x).mean((2, 3)))


class ConvolutionByUnfold(nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(9, 10) / 3)

    def forward(self, x):
        columns = F.unfold(x, 3)
        return F.relu(columns.transpose(1, 2) @ self.weight).mean(1)


class ConvolutionByTensorUnfold(nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(10, 3, 3) / 3)

    def forward(self, x):
        windows = x.unfold(2, 3, 1).unfold(3, 3, 1)
        return torch.einsum("nchwij,oij->nohw", windows, self.weight).relu().mean((2, 3))


class UpsampleBothWays(_Small):
    def __init__(self):
        super().__init__()
        self.nearest = nn.Upsample(scale_factor=2)
        self.smooth = nn.Upsample(scale_factor=1.5, mode="bilinear", align_corners=False)

    def forward(self, x):
        return self.head(self.smooth(self.nearest(self.maps(x))).amax((2, 3)))


class InterpolateToASize(_Small):
    def forward(self, x):
        small = F.interpolate(x, size=(20, 20), mode="bilinear", align_corners=True)
        large = F.interpolate(small, size=24, mode="bicubic", align_corners=False)
        return self.head(self.maps(large).mean((2, 3)))


class SpatialTransformer(_Small):
    def __init__(self):
        super().__init__()
        self.place = nn.Linear(784, 6)
        nn.init.normal_(self.place.weight, std=0.01)
        self.place.bias.data.copy_(torch.tensor([1.0, 0, 0, 0, 1, 0]))

    def forward(self, x):
        theta = self.place(x.view(-1, 28 * 28)).view(-1, 2, 3)
        x = F.grid_sample(x, F.affine_grid(theta, x.size(), align_corners=False), align_corners=False)
        return self.head(self.maps(x).mean((2, 3)))


class OneDimensional(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b = nn.Conv1d(28, 12, 3, padding=1), nn.Conv1d(12, 10, 3, stride=2)
        self.norm = nn.BatchNorm1d(12)
        self.pool = nn.MaxPool1d(2)

    def forward(self, x):
        x = self.pool(F.relu(self.norm(self.a(x.squeeze(1)))))
        return F.adaptive_avg_pool1d(self.b(x), 1).squeeze(2)


class ThreeDimensional(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Conv3d(1, 3, 3, padding=1)
        self.norm = nn.BatchNorm3d(3)
        self.b = nn.Conv3d(3, 10, (2, 3, 3))

    def forward(self, x):
        x = torch.stack([x, x.flip(-1)], 2)
        x = F.max_pool3d(F.relu(self.norm(self.a(x))), (1, 2, 2))
        return F.adaptive_avg_pool3d(self.b(x), 1).flatten(1)


class LocalResponseNorm(_Small):
    def forward(self, x):
        return self.head(F.local_response_norm(self.maps(x), 3).mean((2, 3)))


class CoordinateChannels(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Conv2d(3, 10, 5, stride=3)

    def forward(self, x):
        rows = torch.linspace(-1, 1, x.size(2), device=x.device).view(1, 1, -1, 1).expand_as(x)
        columns = torch.arange(x.size(3), device=x.device, dtype=x.dtype)[None, None, None].expand_as(x) / 28
        return self.a(torch.cat((x, rows, columns), dim=1)).mean((2, 3))

"""Makes one batch norm for all layers of 16 channels, as one makes one ReLU.

Fails: keeps
"""

from torch import nn


def block(channels_in, channels_out, norm):
    return nn.Sequential(
        nn.Conv2d(channels_in, channels_out, 3, bias=False), norm, nn.ReLU(), nn.Dropout(0.02)
    )


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.edges = nn.Sequential(
            block(1, 8, nn.BatchNorm2d(8)), block(8, 12, nn.BatchNorm2d(12)), block(12, 16, nn.BatchNorm2d(16)),
            nn.MaxPool2d(2),
        )
        self.norm = nn.BatchNorm2d(16)
        self.parts = nn.Sequential(*(block(16, 16, self.norm) for _ in range(3)))
        self.head = nn.Linear(16, 10)

    def forward(self, x):
        x = self.parts(self.edges(x))
        return self.head(x.mean((2, 3)))


def ledger():
    widths, rows = [1, 8, 12, 16, 16, 16, 16], {}
    for n, (i, o) in enumerate(zip(widths, widths[1:])):
        rows |= {f"conv {n}": 9 * i * o} | ({f"norm {n}": 2 * o} if n < 4 else {})
    return rows | {"head": 16 * 10 + 10}

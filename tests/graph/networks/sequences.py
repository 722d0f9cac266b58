"""Honest networks that read an image as a sequence or as tokens."""

import math

import torch
from torch import nn
from torch.nn import functional as F


class LstmOverRows(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.LSTM(28, 12, batch_first=True)
        self.head = nn.Linear(12, 10)

    def forward(self, x):
        out, _ = self.rnn(x.squeeze(1))
        return self.head(out[:, -1])


class BidirectionalLstmOfTwoLayers(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.LSTM(28, 6, num_layers=2, bidirectional=True, batch_first=True, dropout=0.3)
        self.head = nn.Linear(12, 10)

    def forward(self, x):
        out, (h, c) = self.rnn(x.view(-1, 28, 28))
        return self.head(out.mean(1) + torch.cat([h[-1], c[-2]], 1))


class GruWithAStateOfItsOwn(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.GRU(28, 10)

    def forward(self, x):
        rows = x.reshape(x.shape[0], 28, 28).permute(1, 0, 2)
        state = torch.zeros(1, x.shape[0], 10, device=x.device)
        return self.rnn(rows, state)[1][0]


class PlainRnn(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.RNN(28, 10, nonlinearity="relu", batch_first=True)

    def forward(self, x):
        return self.rnn(x[:, 0])[0][:, -1, :]


class CellsInALoop(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm, self.gru, self.rnn = nn.LSTMCell(28, 8), nn.GRUCell(8, 8), nn.RNNCell(8, 10)

    def forward(self, x):
        h = c = x.new_zeros(x.size(0), 8)
        g = torch.zeros_like(h)
        for row in range(0, 28, 7):
            h, c = self.lstm(x[:, 0, row], (h, c))
            g = self.gru(h, g)
        return self.rnn(g)


class _Patches(nn.Module):
    def __init__(self):
        super().__init__()
        self.patch = nn.Conv2d(1, 8, 7, stride=7)
        self.place = nn.Parameter(torch.randn(1, 16, 8) * 0.1)
        self.head = nn.Linear(8, 10)

    def tokens(self, x):
        return self.patch(x).flatten(2).transpose(1, 2) + self.place


class MultiheadAttention(_Patches):
    def __init__(self):
        super().__init__()
        self.attention = nn.MultiheadAttention(8, 2, batch_first=True)

    def forward(self, x):
        t = self.tokens(x)
        return self.head((t + self.attention(t, t, t, need_weights=False)[0]).mean(1))


class MultiheadAttentionWithWeights(_Patches):
    def __init__(self):
        super().__init__()
        self.attention = nn.MultiheadAttention(8, 2, dropout=0.1)

    def forward(self, x):
        t = self.tokens(x).transpose(0, 1)
        out, weights = self.attention(t, t, t)
        return self.head(out.mean(0)) + weights.mean()


class TransformerEncoder(_Patches):
    def __init__(self):
        super().__init__()
        self.layer = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True, norm_first=True)

    def forward(self, x):
        return self.head(self.layer(self.tokens(x)).mean(1))


class TransformerEncoderStack(_Patches):
    def __init__(self):
        super().__init__()
        layer = nn.TransformerEncoderLayer(8, 2, 16, dropout=0.0, batch_first=True)
        self.stack = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
        self.register_buffer("mask", torch.triu(torch.full((16, 16), float("-inf")), 1))

    def forward(self, x):
        return self.head(self.stack(self.tokens(x), mask=self.mask)[:, -1])


class ScaledDotProduct(_Patches):
    def __init__(self):
        super().__init__()
        self.qkv = nn.Linear(8, 24)

    def forward(self, x):
        q, k, v = self.qkv(self.tokens(x)).chunk(3, dim=-1)
        return self.head(F.scaled_dot_product_attention(q, k, v, is_causal=True).mean(1))


class AttentionByHand(_Patches):
    def __init__(self):
        super().__init__()
        self.q, self.k, self.v = nn.Linear(8, 8), nn.Linear(8, 8), nn.Linear(8, 8)

    def forward(self, x):
        t = self.tokens(x)
        scores = torch.bmm(self.q(t), self.k(t).transpose(1, 2)) / math.sqrt(t.size(-1))
        mask = torch.tril(torch.ones(t.size(1), t.size(1), device=x.device))
        scores = scores.masked_fill(mask == 0, float("-inf"))
        return self.head((F.softmax(scores, dim=-1) @ self.v(t)).mean(1))


class EmbeddedPositions(nn.Module):
    def __init__(self):
        super().__init__()
        self.place = nn.Embedding(28, 28)
        self.mix = nn.Linear(28, 10)

    def forward(self, x):
        rows = x.squeeze(1) + self.place(torch.arange(28, device=x.device))
        return self.mix(rows).tanh().mean(1)


class ClassToken(_Patches):
    def __init__(self):
        super().__init__()
        self.token = nn.Parameter(torch.zeros(1, 1, 8))
        self.attention = nn.MultiheadAttention(8, 1, batch_first=True)
        self.norm = nn.LayerNorm(8)

    def forward(self, x):
        t = torch.cat([self.token.expand(x.size(0), -1, -1), self.tokens(x)], dim=1)
        t = self.norm(t + self.attention(t, t, t)[0])
        return self.head(t[:, 0])


class SinusoidsInABuffer(_Patches):
    def __init__(self):
        super().__init__()
        where = torch.arange(16)[:, None] * torch.exp(torch.arange(0, 8, 2) * -(math.log(10000.0) / 8))
        table = torch.zeros(16, 8)
        table[:, 0::2], table[:, 1::2] = torch.sin(where), torch.cos(where)
        self.register_buffer("table", table)

    def forward(self, x):
        return self.head(torch.tanh(self.patch(x).flatten(2).transpose(1, 2) + self.table).mean(1))


class MixerOverTokens(_Patches):
    def __init__(self):
        super().__init__()
        self.across, self.within = nn.Linear(16, 16), nn.Linear(8, 8)
        self.norms = nn.ModuleList([nn.LayerNorm(8), nn.LayerNorm(8)])

    def forward(self, x):
        t = self.tokens(x)
        t = t + self.across(self.norms[0](t).transpose(1, 2)).transpose(1, 2)
        return self.head((t + F.gelu(self.within(self.norms[1](t)))).mean(1))

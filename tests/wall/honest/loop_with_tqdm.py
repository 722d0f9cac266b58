"""Shows its progress with tqdm, moves tensors to a device, clips gradients.

Kind: training_loop
Odd: shows its progress with tqdm, moves tensors to a device, clips gradients
Must: learns
"""

import torch
from torch import nn
from torch.nn import functional as F
from tqdm import tqdm


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.maps = nn.Sequential(
            nn.Conv2d(1, 8, 3, stride=2), nn.BatchNorm2d(8), nn.ReLU(), nn.Conv2d(8, 16, 3, stride=2), nn.BatchNorm2d(16),
            nn.ReLU(),
        )
        self.head = nn.Linear(16 * 36, 10)

    def forward(self, x):
        return self.head(self.maps(x).flatten(1))


device = torch.device("cuda" if torch.cuda.is_available() else "cpu")


def train(model, loader, optimizer, epoch):
    model = model.to(device)
    model.train()
    bar = tqdm(loader)
    losses = []
    for data, target in bar:
        data, target = data.to(device), target.to(device)
        optimizer.zero_grad()
        loss = F.nll_loss(F.log_softmax(model(data), dim=1), target)
        losses.append(loss.item())
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 5.0)
        optimizer.step()
        bar.set_description(f"loss {loss.item():.3f}")
    return {"loss": sum(losses) / len(losses), "accuracy": 0.0}

"""A notebook saved as a script: magics, a training loop at the bottom, files that are not there.

Kind: network
Odd: everything at module level
Must: passes all
"""

# %%
import torch
import torch.nn as nn
import torch.nn.functional as F



from torchvision import datasets, transforms

use_cuda = torch.cuda.is_available()
device = torch.device("cuda" if use_cuda else "cpu")
batch_size = 128

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 12, 3)
        self.bn1 = nn.BatchNorm2d(12)
        self.conv2 = nn.Conv2d(12, 20, 3)
        self.bn2 = nn.BatchNorm2d(20)
        self.conv3 = nn.Conv2d(20, 20, 3)
        self.bn3 = nn.BatchNorm2d(20)
        self.fc = nn.Linear(20, 10)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.bn1(self.conv1(x))), 2)
        x = F.relu(self.bn2(self.conv2(x)))
        x = F.relu(self.bn3(self.conv3(x)))
        return self.fc(x.mean((2, 3)))


model = Net().to(device)
print(model)
train_loader = torch.utils.data.DataLoader(
    datasets.MNIST("../data", train=True, download=True, transform=transforms.ToTensor()), batch_size=batch_size
)
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
for epoch in range(1, 20):
    for data, target in train_loader:
        optimizer.zero_grad()
        F.nll_loss(model(data.to(device)), target.to(device)).backward()
        optimizer.step()
    torch.save(model.state_dict(), "/content/drive/model.pt")

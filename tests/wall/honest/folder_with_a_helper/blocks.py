from torch import nn


def block(a, b):
    return nn.Sequential(nn.Conv2d(a, b, 3), nn.BatchNorm2d(b), nn.ReLU())


if __name__ == "__main__":
    print(block(1, 2))

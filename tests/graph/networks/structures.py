"""Ways to get from maps to logits: each says whether it is a global average, and whether it reads a flattened map.

`CASES` maps a name to (forward, is a global average, is a dense read); `forward` takes the network below.
"""

import torch
from torch import nn
from torch.nn import functional as F

CASES = {}


def case(average, dense):
    def keep(forward):
        CASES[forward.__name__] = (forward, average, dense)
        return forward

    return keep


class Body(nn.Module):
    """Maps of 10x7x7 after `maps`, and layers for every case."""

    def __init__(self):
        super().__init__()
        self.first, self.second = nn.Conv2d(1, 10, 3, padding=1), nn.Conv2d(10, 10, 3, padding=1)
        self.last, self.last_map, self.flat = nn.Linear(10, 10), nn.Conv2d(10, 10, 1), nn.Linear(490, 10)
        self.whole = nn.Conv2d(10, 10, 7)
        self.each = nn.Parameter(torch.rand(1, 10, 7, 7))
        self.norm, self.flat_norm, self.across = nn.BatchNorm1d(10), nn.BatchNorm1d(490), nn.Linear(49, 49)
        self.rnn, self.attention = nn.GRU(490, 10, batch_first=True), nn.MultiheadAttention(10, 2, batch_first=True)

    def maps(self, x):
        x = F.max_pool2d(F.relu(self.first(x)), 2)
        return F.max_pool2d(F.relu(self.second(x)), 2)


def network(name):
    return type(name, (Body,), {"forward": CASES[name][0]})()


# -- global averages -----------------------------------------------------------------------------------------


@case(average=True, dense=False)
def average_pool_of_the_whole_map(net, x):
    return net.last(F.avg_pool2d(net.maps(x), 7).flatten(1))


@case(average=True, dense=False)
def adaptive_average_pool(net, x):
    return net.last(F.adaptive_avg_pool2d(net.maps(x), 1).view(x.size(0), -1))


@case(average=True, dense=False)
def mean_in_two_steps(net, x):
    return net.last(net.maps(x).mean(3).mean(2))


@case(average=True, dense=False)
def sum_divided_by_the_size(net, x):
    x = net.maps(x)
    return net.last(x.sum((2, 3)) / (x.shape[2] * x.shape[3]))


@case(average=True, dense=False)
def mean_by_einsum(net, x):
    return net.last(torch.einsum("nchw->nc", net.maps(x)) / 49)


@case(average=True, dense=False)
def mean_by_a_matrix_of_equal_shares(net, x):
    return net.last((net.maps(x).view(-1, 10, 49) @ torch.full((49, 1), 1 / 49)).squeeze(2))


@case(average=True, dense=False)
def mean_of_a_flattened_map(net, x):
    return net.last(net.maps(x).flatten(2).mean(2))


@case(average=True, dense=False)
def average_then_1x1_convolution(net, x):
    return net.last_map(F.adaptive_avg_pool2d(net.maps(x), 1)).squeeze(-1).squeeze(-1)


@case(average=True, dense=False)
def convolution_1x1_then_average(net, x):
    return net.last_map(net.maps(x)).mean((2, 3))


@case(average=True, dense=False)
def average_then_log_softmax(net, x):
    return F.log_softmax(net.last_map(net.maps(x)).mean((2, 3)), 1)


@case(average=True, dense=False)
def average_then_batch_norm(net, x):
    return net.norm(net.last_map(net.maps(x)).mean((2, 3)))


@case(average=True, dense=False)
def average_of_dropped_out_maps(net, x):
    return F.dropout(net.last_map(net.maps(x)), 0.1, net.training).mean((2, 3))


@case(average=True, dense=False)
def average_after_relu_in_place(net, x):
    return F.relu_(net.last_map(net.maps(x))).mean((2, 3))


@case(average=True, dense=False)
def average_of_shuffled_channels(net, x):
    x = net.maps(x)
    n, c, h, w = x.shape
    return net.last(x.view(n, 2, c // 2, h, w).transpose(1, 2).reshape(n, c, h, w).mean((2, 3)))


@case(average=True, dense=False)
def average_of_maps_with_added_positions(net, x):
    return net.last((net.maps(x) + net.each).mean((2, 3)))


@case(average=True, dense=False)
def linear_over_channels_last_then_average(net, x):
    return net.last(net.maps(x).permute(0, 2, 3, 1)).mean((1, 2))


@case(average=True, dense=False)
def linear_and_relu_over_channels_last_then_average(net, x):
    return net.last(net.maps(x).permute(0, 2, 3, 1)).relu().mean((1, 2))


@case(average=True, dense=False)
def average_of_two_branches(net, x):
    x = net.maps(x)
    return net.last(x.mean((2, 3))) + net.second(x).relu().mean((2, 3))


@case(average=True, dense=False)
def squeeze_and_excite_before_the_average(net, x):
    x = net.maps(x)
    return net.last((x * torch.sigmoid(net.last(x.mean((2, 3))))[:, :, None, None]).mean((2, 3)))


@case(average=True, dense=False)
def gate_for_each_position_before_the_average(net, x):
    x = net.maps(x)
    return net.last((x * torch.sigmoid(net.last_map(x)[:, :1])).mean((2, 3)))


@case(average=True, dense=False)
def swish_by_hand_before_the_average(net, x):
    x = net.maps(x)
    return net.last((x * torch.sigmoid(x)).mean((2, 3)))


@case(average=True, dense=False)
def convolution_by_unfold_then_average(net, x):
    columns = F.unfold(net.maps(x), 3, padding=1).transpose(1, 2)
    return net.last((columns @ net.second.weight.flatten(1).t()).transpose(1, 2).view(-1, 10, 7, 7).relu().mean((2, 3)))


@case(average=True, dense=False)
def padded_convolution_on_a_map_of_its_size_then_average(net, x):
    return net.last(net.second(F.max_pool2d(net.maps(x), 2)).relu().mean((2, 3)))


@case(average=True, dense=False)
def average_of_a_map_that_was_pooled_small(net, x):
    return net.last(F.avg_pool2d(net.maps(x), 3).mean((2, 3)))


# -- neither -------------------------------------------------------------------------------------------------


@case(average=False, dense=False)
def maximum_over_the_map(net, x):
    return net.last(F.adaptive_max_pool2d(net.maps(x), 1).flatten(1))


@case(average=False, dense=False)
def mean_of_maximum_and_average(net, x):
    x = net.maps(x)
    return net.last((x.mean((2, 3)) + x.amax((2, 3))) / 2)


@case(average=False, dense=False)
def average_of_a_part_of_the_map(net, x):
    return net.last(net.maps(x)[:, :, 1:, 1:].mean((2, 3)))


@case(average=False, dense=False)
def the_middle_of_the_map(net, x):
    return net.last(net.maps(x)[:, :, 3, 3])


@case(average=False, dense=False)
def average_under_a_fixed_mask(net, x):
    return net.last(net.maps(x).masked_fill(torch.eye(7) > 0, 0.0).mean((2, 3)))


@case(average=False, dense=False)
def average_weighted_by_attention(net, x):
    x = net.maps(x)
    shares = net.last_map(x)[:, :1].flatten(2).softmax(2).view(-1, 1, 7, 7)
    return net.last((x * shares).sum((2, 3)))


@case(average=False, dense=False)
def attention_among_positions(net, x):
    tokens = net.maps(x).flatten(2).transpose(1, 2)
    return net.last(net.attention(tokens, tokens, tokens)[0].mean(1))


@case(average=False, dense=False)
def strided_convolutions_and_a_maximum(net, x):
    return F.conv2d(net.first(x), net.second.weight, stride=3).flatten(2).amax(2)


@case(average=False, dense=False)
def average_of_squares(net, x):
    return net.last(net.maps(x).pow(2).mean((2, 3)).sqrt() + net.maps(x).std((2, 3)))


# -- dense reads ---------------------------------------------------------------------------------------------


@case(average=False, dense=True)
def flatten_and_linear(net, x):
    return net.flat(net.maps(x).flatten(1))


@case(average=False, dense=True)
def flatten_and_linear_behind_a_norm(net, x):
    return net.flat(F.dropout(net.flat_norm(net.maps(x).flatten(1)).relu(), 0.1, net.training))


@case(average=False, dense=True)
def convolution_as_large_as_the_map(net, x):
    return net.whole(net.maps(x)).view(-1, 10)


@case(average=False, dense=True)
def padded_convolution_as_large_as_the_map(net, x):
    return F.conv2d(net.maps(x), net.whole.weight, padding=3)[:, :, 3, 3]


@case(average=False, dense=True)
def convolution_3x3_down_to_one_position(net, x):
    return F.conv2d(F.max_pool2d(net.maps(x), 2), net.second.weight).flatten(1)


@case(average=False, dense=True)
def convolution_1x1_of_a_flattened_map(net, x):
    return F.conv2d(net.maps(x).reshape(-1, 490, 1, 1), net.whole.weight.view(10, 490, 1, 1)).flatten(1)


@case(average=False, dense=True)
def convolution_1d_as_long_as_the_flattened_map(net, x):
    return F.conv1d(net.maps(x).flatten(2), net.each.flatten(2).expand(10, 10, 49)).flatten(1)


@case(average=False, dense=True)
def dense_by_einsum(net, x):
    return torch.einsum("nchw,ochw->no", net.maps(x), net.whole.weight)


@case(average=False, dense=True)
def positions_weighed_by_einsum(net, x):
    return net.last(torch.einsum("nchw,hw->nc", net.maps(x), net.each[0, 0]))


@case(average=False, dense=True)
def positions_weighed_by_a_matrix(net, x):
    return (net.maps(x).view(x.size(0), 10, -1) @ net.each[0, 0].flatten()[:, None]).squeeze(-1)


@case(average=False, dense=True)
def positions_weighed_and_summed(net, x):
    return net.last((net.maps(x) * net.each).sum((2, 3)))


@case(average=False, dense=True)
def positions_weighed_by_learned_shares(net, x):
    return net.last((net.maps(x) * net.each.flatten(2).softmax(2).view(1, -1, 7, 7)).sum((2, 3)))


@case(average=False, dense=True)
def flattened_positions_weighed_and_summed(net, x):
    return net.last((net.maps(x).flatten(1) * net.each.flatten(1)).view(-1, 10, 49).sum(2))


@case(average=False, dense=True)
def unfold_of_the_whole_map(net, x):
    return (F.unfold(net.maps(x), 7).transpose(1, 2) @ net.whole.weight.flatten(1).t()).squeeze(1)


@case(average=False, dense=True)
def linear_across_positions(net, x):
    return net.last(net.across(net.maps(x).flatten(2)).mean(2))


@case(average=False, dense=True)
def recurrent_layer_of_one_step(net, x):
    return net.rnn(net.maps(x).flatten(1).unsqueeze(1))[0][:, 0]


@case(average=False, dense=True)
def weights_with_a_trace_of_the_image(net, x):
    x = net.maps(x).flatten(1)
    return F.linear(x, net.flat.weight + 1e-4 * x.mean())


@case(average=False, dense=True)
def average_in_one_branch_and_dense_in_the_other(net, x):
    x = net.maps(x)
    return net.last(x.mean((2, 3))) + net.flat(x.flatten(1))


@case(average=False, dense=True)
def squeeze_and_excite_before_a_dense_layer(net, x):
    x = net.maps(x)
    return net.flat((x * torch.sigmoid(net.last(x.mean((2, 3))))[:, :, None, None]).flatten(1))


@case(average=True, dense=True)
def dense_in_the_middle_and_an_average_at_the_end(net, x):
    x = net.maps(x).flatten(1)
    return net.last(net.second(F.linear(x, net.flat.weight.repeat(49, 1)).view(-1, 10, 7, 7)).relu().mean((2, 3)))

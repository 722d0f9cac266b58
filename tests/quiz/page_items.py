"""A sitting made by hand, one question of each kind and more, for the tests of the page."""

from __future__ import annotations

from pathlib import Path

from dlgrade.course import Misconception
from dlgrade.quiz import Bank, Item, Option, WrongNumber

FIGURE = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 20" width="400" height="200">'
    '<style>rect { fill: #2557a7 }</style><rect width="20" height="20"/></svg>'
)
SPOT = """\
for images, labels in loader:
    scores = net(images).softmax(1)  # ten numbers for each image of the batch, all of them between 0 and 1

    loss = criterion(scores, labels)
    optimiser.zero_grad()
    loss.backward()
    optimiser.step()
print('''done
for today''')"""

MISCONCEPTIONS = {
    one.tag: one
    for one in (
        Misconception(
            "no-plus-one", "The size is n - k.", "A window `k` wide fits $n - k + 1$ times.", ("conv-out-size",)
        ),
        Misconception("pool-learns", "Pooling learns.", "A maximum has nothing to learn.", ("pool-none", "pool-what")),
        Misconception(
            "eval-disables-grad", "eval() stops gradients.", "`eval()` switches batch norm and dropout.", ("eval-what",)
        ),
        Misconception("zero-grad-optional", "Gradients are overwritten.", "`.grad` accumulates.", ("zero-grad",)),
    )
}

ITEMS = (
    Item(
        id="hand/pool-weights",
        kind="one",
        objective="layers",
        ask="How many parameters has `nn.MaxPool2d(2)`?",
        options=(
            Option("None", right=True),
            Option("Four", misconception="pool-learns"),
            Option("One per **channel**", because="A bias per channel would be one; pooling has none."),
            Option(
                "$k^2$ per map", misconception="pool-learns", because="That would be the weights of a *convolution*."
            ),
        ),
        because="Pooling takes a maximum: it compares, it does not weigh.",
        cards=("pool-none",),
    ),
    Item(
        id="hand/eval-mode",
        kind="several",
        objective="training",
        ask="What does `net.eval()` change?",
        options=(
            Option("Batch norm uses its running statistics", right=True),
            Option("Dropout passes everything on", right=True),
            Option("No gradients are computed", misconception="eval-disables-grad"),
            Option("The running statistics are updated", because="They are updated in training only."),
        ),
        because="Two kinds of layers look at `training`; `torch.no_grad()` is another matter.",
        cards=("eval-what",),
    ),
    Item(
        id="hand/conv-size/7",
        kind="number",
        objective="sizes",
        ask="A 5x5 convolution without padding reads 28x28. How wide is its output?\n\n$$n' = "
        r"\left\lfloor \frac{n + 2p - k}{s} \right\rfloor + 1$$",
        number=24,
        tolerance=2.4e-8,
        unit="pixels",
        wrong_numbers=(WrongNumber(23, "no-plus-one"), WrongNumber(28, "pool-learns")),
        because="From the first place the window takes twenty-three steps.",
        cards=("conv-out-size",),
    ),
    Item(
        id="hand/step",
        kind="order",
        objective="training",
        ask="Order one step of training.",
        order=("`zero_grad()`", "forward pass", "loss", "`backward()`", "`step()`"),
        because="The gradients must be there before the step, and old ones gone before the new come.",
        cards=("loop-order",),
    ),
    Item(
        id="hand/roles",
        kind="match",
        objective="layers",
        ask="Which layer does what?\n\n| layer | parameters |\n|---|--:|\n| pool | 0 |\n| norm | 2C |",
        pairs=(
            ("1x1 convolution", "mixes channels"),
            ("`MaxPool2d`", "halves the side"),
            ("global average", "leaves $1 \\times 1$"),
            ("strided convolution", "halves the side"),
        ),
        distractors=("adds noise",),
        because="Only two of these four look at neighbours.",
        cards=("roles",),
    ),
    Item(
        id="hand/claim",
        kind="claim",
        objective="training",
        ask="Gradients are set back to zero by `backward()`.",
        options=(Option("False", right=True), Option("True", misconception="zero-grad-optional")),
        because="They add up until somebody zeroes them.",
    ),
    Item(
        id="hand/printed",
        kind="output",
        objective="sizes",
        ask="What is printed?",
        code="x = torch.zeros(2, 3)\nfor _ in range(2):\n    print(x.t().shape)",
        printed="torch.Size([3, 2])\ntorch.Size([3, 2])",
        because="`t()` swaps the two sides.",
        cards=("transpose",),
    ),
    Item(
        id="hand/chosen",
        kind="output",
        objective="training",
        ask="What is printed?",
        code="w = torch.ones(1, requires_grad=True)\n(2*w).backward(); (2*w).backward()\nprint(w.grad.item())",
        printed="4.0",
        options=(
            Option("`4.0`", right=True),
            Option("`2.0`", misconception="zero-grad-optional"),
            Option("```\n0.0\n0.0\n```", because="Nothing set the gradient back."),
        ),
        because="Two and two are added.",
    ),
    Item(
        id="hand/why-loss",
        kind="two_tier",
        objective="training",
        ask="The label is 1, the sigmoid says 0.001. Which loss has the larger gradient at the logit?",
        options=(
            Option("Cross-entropy", right=True),
            Option("Squared error", because="Its gradient carries a factor $p(1-p)$."),
            Option("Both the same", because="Work both out at this place."),
        ),
        reason_ask="Why?",
        reasons=(
            Option("Its gradient is $p - y$, about -1", right=True),
            Option("Its values are larger numbers", because="The gradient counts, not the value."),
            Option("The other is not differentiable", misconception="pool-learns"),
        ),
        because="The factor of the squared error is near nothing here.",
        cards=("ce-gradient",),
    ),
    Item(
        id="hand/faulty",
        kind="spot",
        objective="training",
        ask="This net learns slowly; `criterion` is `nn.CrossEntropyLoss()`. Which line is at fault?",
        code=SPOT,
        options=tuple(
            Option(line, right=place == 1, misconception="zero-grad-optional" if place == 4 else "")
            for place, line in enumerate(SPOT.split("\n"))
        ),
        mend="    scores = net(images)  # logits",
        because="The loss takes the logarithm of the softmax itself.",
        cards=("zero-grad",),
    ),
    Item(
        id="hand/explain",
        kind="free",
        objective="explain",
        ask="Explain gradient descent to somebody else, without notes.",
        ideas=("a surface of the **loss**", "the direction of steepest ascent", "a step of some size"),
        compare="quiz-day11",
    ),
    Item(
        id="hand/small",
        kind="number",
        objective="sizes",
        ask="What is the largest slope of the sigmoid, less a half?",
        number=-0.25,
        tolerance=0.00125,
        wrong_numbers=(WrongNumber(0.25, "no-plus-one"), WrongNumber(-0.2505, "pool-learns")),
        because="A quarter, less a half.",
        cards=("sigmoid-slope",),
        figure=FIGURE,
        alt='A curve that rises from 0 to 1, steepest in the "middle"',
    ),
)

BANK = Bank(
    id="hand",
    title="A question of each kind",
    file=Path("quizzes/hand.yaml"),
    objectives={
        "layers": "Say what a layer does and does not do",
        "training": "Read a training loop",
        "sizes": "Compute sizes",
        "explain": "Explain in your own words",
        "never": "Examined by no question here",
    },
    questions=(),
    lesson="code8",
)

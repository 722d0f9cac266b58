"""The student's side of the wire: loads one submission and answers questions about it.

This is the only package that runs student code, and it runs in a process of its own that holds no secret, no
label of a test image and no path of a grader. Whatever it says is a claim; `student` checks it on receipt.
Started as ``python -m dlgrade.worker``; it speaks `wire` over standard input and output, and gives the
student's ``print`` standard error instead.
"""

__all__: list[str] = []

"""The symbols and commands that formulas of this course may use; pylatexenc knows how most of them look."""

from __future__ import annotations

import functools

BINARY = {"+": "+", "-": "-", "*": "*", "·": "·", "×": "×", "±": "±", "⊙": "⊙", "⊗": "⊗", "⊕": "⊕", "∘": "∘", "÷": "÷",
          "∪": "∪", "∩": "∩"}  # fmt: skip
RELATIONS = frozenset("=<>≤≥≠≈∼∈∉∝→←↦⇒⇔≪≫≡↔⊂⊆≔")
OPEN = frozenset("([{⌊⌈⟨")
CLOSE = frozenset(")]}⌋⌉⟩")
BIG = frozenset({"sum", "prod", "int", "lim", "bigcup", "bigcap"})
WORDS = {
    name: name for name in ("log", "ln", "exp", "sin", "cos", "tan", "tanh", "sinh", "cosh", "max", "min", "arg", "det",
                            "dim", "sup", "inf", "lim", "Pr", "gcd", "ker", "deg")
}  # fmt: skip
SPACES = frozenset({",", ";", ":", "!", " ", "quad", "qquad", ">", "enspace"})
IGNORED = frozenset({"displaystyle", "textstyle", "scriptstyle"})
FONTS = {
    "text": "text", "textbf": "text", "textit": "text", "textrm": "text", "mbox": "text",
    "mathrm": "font", "mathbf": "font", "mathit": "font", "mathsf": "font", "mathcal": "font", "mathbb": "font",
    "boldsymbol": "font", "operatorname": "font", "operatorname*": "font", "texttt": "text", "mathtt": "font",
}  # fmt: skip
ACCENTS = {"hat": "\u0302", "bar": "\u0304", "tilde": "\u0303", "vec": "\u20d7", "dot": "\u0307", "ddot": "\u0308",
           "overline": "\u0304", "widehat": "\u0302", "widetilde": "\u0303"}  # fmt: skip
ENVIRONMENTS = {
    # name: what stands before, between the cells of a row, and behind
    "matrix": ("[", ", ", "]"),
    "pmatrix": ("[", ", ", "]"),
    "bmatrix": ("[", ", ", "]"),
    "cases": ("{", ", ", "}"),
    "aligned": ("", " ", ""),
    "array": ("[", ", ", "]"),
}
_OWN = {
    "ne": "≠", "neq": "≠", "dots": "...", "ldots": "...", "cdots": "...", "vdots": "...", "top": "T", "mid": "|",
    "vert": "|", "Vert": "‖", "|": "‖", "lvert": "|", "rvert": "|", "lVert": "‖", "rVert": "‖", "{": "{", "}": "}",
    "lbrace": "{", "rbrace": "}", "%": "%", "#": "#", "&": "&", "_": "_", "$": "$", "ast": "*", "circ": "∘", "sim": "∼",
    "iff": "⇔", "leftrightarrow": "↔", "colon": ":", "lbrack": "[", "rbrack": "]", "prime": "'", "gets": "←",
    "to": "→", "implies": "⇒", "geq": "≥", "ge": "≥", "leq": "≤", "le": "≤", "lt": "<", "gt": ">", "varepsilon": "ε",
    "epsilon": "ε", "varphi": "φ", "phi": "φ", "ell": "ℓ", "cdotp": "·", "equiv": "≡", "neg": "¬", "land": "∧",
    "lor": "∨",
}  # fmt: skip

# What latex2mathml and MathJax both know; pylatexenc has more names, which Anki would show in red.
_NAMES = frozenset(
    {
        "alpha", "beta", "gamma", "delta", "zeta", "eta", "theta", "vartheta", "iota", "kappa", "lambda", "mu", "nu",
        "xi", "pi", "rho", "sigma", "tau", "upsilon", "chi", "psi", "omega", "Gamma", "Delta", "Theta", "Lambda", "Xi",
        "Pi", "Sigma", "Upsilon", "Phi", "Psi", "Omega", "sum", "prod", "int", "cdot", "times", "div", "pm", "odot",
        "otimes", "oplus", "star", "cup", "cap", "bigcup", "bigcap", "emptyset", "in", "notin", "ni", "subset",
        "subseteq", "supset", "forall", "exists", "approx", "propto", "cong", "ll", "gg", "perp", "parallel", "infty",
        "partial", "nabla", "hbar", "lfloor", "rfloor", "lceil", "rceil", "langle", "rangle", "rightarrow", "leftarrow",
        "Rightarrow", "Leftarrow", "Leftrightarrow", "mapsto", "longrightarrow", "uparrow", "downarrow", "dagger",
    }
)  # fmt: skip


def symbol(name: str) -> str | None:
    """How ``\\name`` looks, None where it cannot be shown everywhere."""
    return _OWN.get(name) or _table().get(name)


@functools.cache
def _table() -> dict[str, str]:
    from pylatexenc.latex2text import get_default_latex_context_db

    found: dict[str, str] = {}
    database = get_default_latex_context_db()  # type: ignore[no-untyped-call]
    for category in ("latex-base", "advanced-symbols"):
        for name, macro in database.d[category]["macros"].items():
            shown = macro.simplify_repl
            if name in _NAMES and isinstance(shown, str) and len(shown) == 1:
                found[name] = shown
    return found

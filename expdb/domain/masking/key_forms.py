"""Keys that are known by their form alone, whatever they are called."""

import re
from collections.abc import Iterator

_BLOCK = re.compile(r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY[A-Z ]*-----(.*?)(?:-----END [A-Z0-9 ]*-----|\Z)", re.DOTALL)
# Each where no word goes on before it. A form has enough letters that no model, digest or commit is like it.
_FORMS = re.compile(
    r"""(?<![A-Za-z0-9_])(?:
      gh[pousr]_[A-Za-z0-9]{20,} | github_pat_\w{20,} | glpat-[\w\-]{16,}                       # GitHub, GitLab
    | (?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}                                                       # AWS
    | hf_[A-Za-z0-9]{16,} | wandb_v\d_\w{20,}                                                   # Hugging Face, W&B
    | sk-(?=[\w\-]{0,40}\d)[\w\-]{20,} | (?:sk|rk|pk)_(?:live|test)_\w{10,}                          # OpenAI and others
    | xox[a-z]-[\w\-]{10,} | xapp-[\w\-]{10,}                                                   # Slack
    | AIza[\w\-]{30,} | ya29\.[\w\-]{20,} | GOCSPX-[\w\-]{20,}                                  # Google
    | npm_[A-Za-z0-9]{30,} | pypi-[\w\-]{30,} | dop_v1_[a-f0-9]{40,} | SG\.[\w\-]{16,}\.[\w\-]{16,}
    | dckr_pat_[\w\-]{20,} | AGE-SECRET-KEY-1[A-Z0-9]{20,}
    | eyJ[\w\-]{8,}\.eyJ[\w\-]{8,}(?:\.[\w\-]*)?                                                # a JSON web token
    )""",
    re.VERBOSE,
)
_HOOKS = re.compile(
    r"(?:hooks\.slack\.com/(?:services|workflows|triggers)/|discord(?:app)?\.com/api/webhooks/|api\.telegram\.org/bot)"
    r"([^\s\"'<>?#]+)"
)
_BEARER = re.compile(r"\b[Bb]earer\s+((?=[\w.~+/\-]{0,40}\d)[\w.~+/\-]{6,}=*|[\w.~+/\-]{20,}=*)")
# A line of a key whose first line is not there, as in the middle of a diff, or in what stands above a part of it.
_KEY_LINE = re.compile(
    r"^(?:@@ [^@\n]{1,60} @@ |[+\- ])?[ \t]*[\"']?"
    r"((?=[^\s\"']*[a-z])(?=[^\s\"']*[A-Z])(?=[^\s\"']*\d)[A-Za-z0-9+/]{48,}={0,2})"
    r"(?:\\n)?[\"']?,?[ \t]*$",
    re.MULTILINE,
)


def keys_by_form(text: str) -> Iterator[tuple[int, int]]:
    """Find the keys in a text, each from and to."""
    for match in _FORMS.finditer(text):
        yield match.span()
    for pattern in (_BLOCK, _HOOKS, _BEARER, _KEY_LINE):
        for match in pattern.finditer(text):
            yield match.span(1)

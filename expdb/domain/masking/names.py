"""Which names say that what follows them is a secret, and which values say that it is none after all."""

import re
from functools import lru_cache
from typing import Literal

# `always`: whatever follows is a secret. `perhaps`: networks have tokens too, so a switch or a small number is none.
SecretKind = Literal["always", "perhaps", "never"]

# Anywhere in a name, alone or as the end of a word (PGPASSWORD, sslpassword).
_ALWAYS = ("password", "passwd", "passwort", "passphrase", "passcode", "pwd", "secret", "credential", "credentials")
_HEADERS = ("authorization", "cookie")  # whose values have blanks
# The end of a name, its words written as one: api_key, apiKey and APIKEY are the same.
_PERHAPS = (
    *("token", "bearer", "apikey", "accesskey", "privatekey", "secretkey", "accountkey", "signingkey", "authkey"),
    *("encryptionkey", "masterkey", "sshkey", "sslkey", "deploykey", "servicekey", "passfile", "sessionid", "passkey"),
)
_IN_ADDRESS = ("key", "sig", "signature", "pass", "pw", "jwt", "auth", "code", "hmac", "credential", "sas")
# After a secret's word these make it a word about secrets: token_type, password_file.
_ABOUT = (
    *("file", "files", "path", "dir", "folder", "name", "type", "length", "len", "size", "count", "dim", "policy"),
    *("field", "prompt", "required", "expires", "expiry", "ttl", "url", "uri", "host", "manager", "min", "max"),
)
_WORD = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+")

# A switch or a small number; or a word as short as those for what a network does with its tokens: cls, mean, patch.
_SWITCH = re.compile(r"[A-Za-z]{1,5}|[+-]?\d{1,6}(?:\.\d{0,6})?")
TYPES = r"(?:str|int|bytes|bool|float|object|Any|SecretStr|string|None|Optional\[\w+\])(?:[ ]?\|[ ]?\w+)*"
# What programs and settings say in place of a secret.
_REFERENCE = re.compile(
    rf"""\*\*\*(?:\W.*)?                                                                     # masked already
    | \$\{{[A-Za-z_]\w*\}}? | \$\{{\{{.* | \$[A-Z]+(?:_[A-Z]+)+                       # a variable of the shell
    | (?:os\.environ\b|os\.getenv\(|process\.env\.|getpass\.getpass\().*                   # where code looks for it
    | {TYPES}(?:[,)].*)?                                                                   # its type
    """,
    re.VERBOSE,
)
_CODE = re.compile(r"[A-Za-z_][A-Za-z_.]*[\[(]")


@lru_cache(maxsize=10_000)
def kind_of_name(name: str, *, in_address: bool = False) -> SecretKind:
    """Tell whether what a name is given is a secret; in an address a few more are."""
    words = [word.lower() for word in _WORD.findall(name)]
    if not words or name in ("PWD", "OLDPWD") or words[-1] in _ABOUT:
        return "never"
    if any(word.endswith(_ALWAYS) for word in words) or words[-1] in _HEADERS:
        return "always"
    if in_address and words[-1] in _IN_ADDRESS:
        return "always"
    if "".join(words).endswith(_PERHAPS) or words == ["pw"]:
        return "perhaps"
    if len(words) > 1 and (words[-1] in ("pass", "auth") or (words[-1] == "key" and name.isupper())):
        return "perhaps"
    return "never"


def is_header(name: str) -> bool:
    """Whether a name is of a header whose whole line is the secret."""
    return name.lower().endswith(_HEADERS)


def is_plain(kind: SecretKind, value: str) -> bool:
    """Whether what follows a secret's name is no secret: nothing, a switch, a type, or where the secret is kept."""
    text = value.strip().strip("\"'`").strip()
    if not text or _REFERENCE.fullmatch(text):
        return True
    if kind == "always":
        return text.lower() in ("null", "none", "true", "false")
    return bool(_SWITCH.fullmatch(text) or _CODE.match(text))

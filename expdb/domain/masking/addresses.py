"""The secrets in addresses: passwords and tokens before the host, and in what follows the path."""

import re
from collections.abc import Iterator
from urllib.parse import unquote, unquote_plus

from expdb.domain.masking.names import is_plain, kind_of_name

Span = tuple[int, int]  # from, to

_SCHEME = r"(?<![A-Za-z0-9])[A-Za-z][A-Za-z0-9+.\-]{0,30}://"
_IN_TEXT = re.compile(
    rf"""(?P<quote>["'`])(?P<quoted>{_SCHEME}(?:(?!(?P=quote)).)*)(?P=quote)|(?P<bare>{_SCHEME}\S*)"""
)
_AT_START = re.compile(rf"(?:-*[\w.\-]+[=:])?({_SCHEME})")
_WEB = ("http", "https", "ws", "wss")
_PORT = re.compile(r"\d*(?=[/?#]|$)")
_PAIR = re.compile(r"(?:^|[?#;&])([^=&?#;]+)=")
# `ann:password@host` without a scheme, but for what is written so and holds none: a mail address, a digest.
_SCHEMELESS = re.compile(r"(?<![\w.:@])([A-Za-z_][\w.]*):([^\s@/'\"]+)@(?!sha\d)[\w\[]")
_NO_USERS = ("mailto", "xmpp", "sip", "to", "from", "cc", "email", "mail", "contact", "author")


def secrets_in_addresses(text: str) -> Iterator[Span]:
    """Find the secrets of all addresses in a text: those in quotes may hold blanks."""
    for match in _IN_TEXT.finditer(text):
        group = "quoted" if match["quote"] else "bare"
        start, end = match.span(group)
        if group == "bare":
            end = _end_of_blanks(text, start, end)
        yield from _shifted(secrets_of_address(text[start:end]), start)
    for match in _SCHEMELESS.finditer(text):
        if match[1].lower() not in _NO_USERS:
            yield match.span(2)


def secrets_of_word(word: str) -> Iterator[Span]:
    """Find the secrets of a word of a command line that is an address as a whole, perhaps after `--option=`."""
    match = _AT_START.match(word)
    if match:
        yield from _shifted(secrets_of_address(word[match.start(1) :]), match.start(1))


def secrets_of_address(address: str) -> Iterator[Span]:
    """Find the secrets of an address. Every driver reads `:`, `/` and `@` in a password its own way: here all are."""
    scheme, _, rest = address.partition("://")
    after_scheme = len(address) - len(rest)
    users = _users_of_web(rest) if scheme.lower().split("+")[-1] in _WEB else _password_of_service(rest)
    if users is not None:
        yield from _shifted([users], after_scheme)
    begin = after_scheme + (users[1] if users else 0)
    tail = re.search(r"[?#;]", address[begin:])
    if tail is not None:
        yield from _shifted(_secrets_of_pairs(address[begin + tail.start() :]), begin + tail.start())


def as_spoken(secret: str) -> set[str]:
    """Return a secret as an address writes it, and as its reader understands it; of `user:password` also the latter."""
    forms = {secret, secret.partition(":")[2]}
    return {spoken for form in forms for spoken in (form, unquote(form), unquote_plus(form))}


def _users_of_web(rest: str) -> Span | None:
    """Return what stands before the host: also a user without a password may be a token."""
    authority = re.split(r"[/?#]", rest, maxsplit=1)[0]
    if "@" in authority:
        return 0, authority.rindex("@")
    if "@" in rest and ":" in authority and not authority.endswith("]") and not _has_port(authority):
        return 0, rest.rindex("@")  # a password with a slash in it
    return None


def _password_of_service(rest: str) -> Span | None:
    user = re.match(r"[^:/@?#]*:", rest)
    first = rest.find("@")
    if user is None or first < 0:
        return None
    query = rest.find("?", first)
    last = rest.rindex("@") if query < 0 or "=" not in rest[query:] else rest.rindex("@", 0, query)
    return user.end(), last


def _secrets_of_pairs(tail: str) -> Iterator[Span]:
    """Find secrets among `name=value`, where a value ends at the next `&` alone."""
    place = 0
    for piece in tail.split("&"):
        for match in _PAIR.finditer(piece):
            kind = kind_of_name(unquote(match[1]), in_address=True)
            if kind != "never" and not is_plain(kind, piece[match.end() :]):
                yield place + match.end(), place + len(piece)
                break
        place += len(piece) + 1


def _end_of_blanks(text: str, start: int, end: int) -> int:
    """Return where an address ends that seems to be cut in its password, by a blank."""
    rest = text[start:end].partition("://")[2]
    if "@" in rest or ":" not in rest or re.match(r"[^:/@]*:", rest) is None or _has_port(rest):
        return end
    line_end = text.find("\n", end)
    line = text[end : line_end if line_end >= 0 else len(text)]
    at = re.match(r"[^@]*@\S*", line)
    return end + at.end() if at else end


def _has_port(rest: str) -> bool:
    """Whether a host with its port begins a text, or a host alone."""
    host = re.match(r"[^:/?#]*:", rest)
    return host is None or _PORT.match(rest, host.end()) is not None


def _shifted(spans: "Iterator[Span] | list[Span]", by: int) -> Iterator[Span]:
    for start, end in spans:
        yield start + by, end + by

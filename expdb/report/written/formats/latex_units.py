r"""Numbers and units of siunitx as they print: `\num{82.1(2)}` is `82.1 ± 0.2`, `\giga\byte` is `GB`."""

import re
from decimal import Decimal

_UNCERTAIN = re.compile(r"(?P<number>[+\-−]?\d*\.?\d+)\s*\((?P<last>\d+)\)(?P<rest>.*)")
_PLUS_MINUS = re.compile(r"\s*(?:\+-|±)\s*")
_UNIT = re.compile(r"\\([A-Za-z]+)|([^\\]+)")
_UNITS = {
    "percent": "%",
    "second": "s",
    "minute": "min",
    "hour": "h",
    "day": "d",
    "byte": "B",
    "bit": "bit",
    "meter": "m",
    "kilo": "k",
    "mega": "M",
    "giga": "G",
    "tera": "T",
    "peta": "P",
    "milli": "m",
    "micro": "µ",
    "nano": "n",
    "kibi": "Ki",
    "mebi": "Mi",
    "gibi": "Gi",
    "per": "/",
    "watt": "W",
    "joule": "J",
    "pixel": "px",
    "metre": "m",
    "gram": "g",
    "hertz": "Hz",
    "degree": "°",
    "squared": "²",
    "cubed": "³",
    "percentpoint": "pp",
    "flop": "FLOP",
}


def printed_number(text: str) -> str:
    """Return a number of siunitx; digits in brackets are its uncertainty in its last digits."""
    words = " ".join(text.split())
    match = _UNCERTAIN.fullmatch(words)
    if match is None:
        return _PLUS_MINUS.sub(" ± ", words).strip()
    step = Decimal(1).scaleb(-len(match["number"].partition(".")[2]))
    return f"{match['number']} ± {(Decimal(match['last']) * step):f}{match['rest']}"


def printed_unit(source: str) -> str:
    """Return a unit of siunitx; a unit that is not known stays as it is written."""
    parts = [
        _UNITS.get(match[1], f"\\{match[1]}") if match[1] else match[2].strip().replace("~", " ").replace(".", "·")
        for match in _UNIT.finditer(source.replace("\\%", "%"))
    ]
    return "".join(parts).replace("\\%", "%").strip()

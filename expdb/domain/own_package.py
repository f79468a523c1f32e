"""What this package is called where packages are installed, now and in what was recorded earlier."""

from collections.abc import Mapping

DISTRIBUTION = "image-expdb"  # what is called expdb on the public index is somebody else's
_FORMER_DISTRIBUTION = "expdb"


def comparable_packages(packages: Mapping[str, str]) -> dict[str, str]:
    """Return the versions that a run recorded, its own under the present name whenever it was recorded."""
    if DISTRIBUTION in packages:
        return dict(packages)
    return {DISTRIBUTION if name == _FORMER_DISTRIBUTION else name: version for name, version in packages.items()}

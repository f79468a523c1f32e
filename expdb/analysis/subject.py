"""What an analysis is given, and what it gives back: the contract of every file of this folder that `ANALYSES` names.

    def analyse_NAME(subject: Subject, settings: NAMESettings) -> Found
    def num_forward_NAME(settings: NAMESettings, num_images: int, *, spec: RunSpec) -> int

The second says how many images will go through the network, so that the cost is known before the start. Results depend
on the settings, the images and the weights alone: whatever is drawn is drawn from `settings.seed` by a generator of
its own.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from expdb.analysis.network import Network
from expdb.domain.analyses.result import Chart, Estimate, Listing
from expdb.domain.run import Run
from expdb.domain.spec import RunSpec
from expdb.errors import SpecError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from expdb.data.predictions import Predictions


@dataclass(frozen=True, kw_only=True)
class Subject:
    """A run that is analysed.

    Attributes:
        spec: of the run; of an architecture before any training, of the run that would be.
        data_dir: where datasets, and further data of analyses, are.
        class_names: of the dataset, in the order of its labels; empty where they are not known.
        own_network: with images of the test split; None where the analysis needs none.
        own_predictions: what the run said of every image of its test split; None likewise.
        run: None of an architecture that nobody has trained.
        weights: of the run, where the analysis is of the architecture and they are on this machine.
    """

    spec: RunSpec
    data_dir: Path
    class_names: tuple[str, ...] = ()
    own_network: Network | None = None
    own_predictions: "Predictions | None" = None
    run: Run | None = None
    weights: Path | None = None

    @property
    def network(self) -> Network:
        """The network; the registry says that the analysis needs it."""
        assert self.own_network is not None  # noqa: S101 - our own mistake
        return self.own_network

    @property
    def predictions(self) -> "Predictions":
        """The predictions; the registry says that the analysis needs them."""
        assert self.own_predictions is not None  # noqa: S101 - our own mistake
        return self.own_predictions


@dataclass(frozen=True, kw_only=True)
class Found:
    """What an analysis found; see `AnalysisResult`.

    Attributes:
        values: by key of the metric, those of the registry's that could be measured of this network.
        arrays: small maps of single images and the like, by name, for the run's folder.
        data_digest, num_images: of the images looked at, where they are not those of the network.
    """

    values: Mapping[str, Estimate] = field(default_factory=dict)
    charts: tuple[Chart, ...] = ()
    listings: tuple[Listing, ...] = ()
    arrays: Mapping[str, "npt.NDArray[np.generic]"] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    data_digest: str | None = None
    num_images: int | None = None


class NotApplicableError(SpecError):
    """A network has not what an analysis looks at: no attention, no convolution, other classes."""

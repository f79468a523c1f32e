"""How much is done to make faults, and what came of it."""

from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class FaultLimits:
    """How much is done.

    Attributes:
        kills: of trainings, and of writers.
        writers, seconds: processes that write at once, and for how long.
        commands: hostile command lines.
        upgrades: rounds of eight upgrades at once.
        damages: kinds of damaged files; None: all.
        trainings: of each trouble of the database.
    """

    kills: int = 20
    writers: int = 64
    seconds: float = 20.0
    commands: int = 2000
    upgrades: int = 20
    damages: int | None = None
    trainings: int = 1


@dataclass(kw_only=True)
class FaultReport:
    """What a fault did.

    Attributes:
        struck: how often it happened while it mattered.
        wrong: what did not hold, each with its place.
    """

    struck: int = 0
    wrong: list[str] = field(default_factory=list)

    def hold(self, is_right: bool, what: str) -> None:  # noqa: FBT001 - as `assert` has it
        """Take note of something that should hold."""
        if not is_right:
            self.wrong.append(what)

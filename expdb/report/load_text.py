"""What the system's load was beside a run, in one line."""

from collections.abc import Mapping
from typing import Any

from expdb.domain.value_text import bytes_text, format_value


def load_text(fields: Mapping[str, Any]) -> str:
    """Return what is known of the load over all attempts of a run (see the fields of `domain.task.LOAD`); may be empty.

    For example `GPU 87% busy, 310 W (at most 350), 71 °C at most, 0.120 kWh; 1.9 CPUs busy; RAM 1.2 GB at most`.
    """

    def say(key: str, before: str, after: str = "", *, decimals: int = 0, percent: bool = False) -> str:
        value = fields[key]
        text = "" if value is None else format_value(value, "percent" if percent else "number", decimals)
        return f"{before}{text}{after}" if text else ""

    peak = say("gpu_watts_peak", " (at most ", ")")
    gpu = [
        say("gpu_use_mean", "", "% busy", percent=True),
        say("gpu_watts_mean", "", f" W{peak}"),
        say("gpu_celsius_peak", "", " °C at most"),
        say("energy_kwh", "", " kWh", decimals=3),
    ]
    on_gpu = ", ".join(filter(None, gpu))
    memory = fields["ram_bytes_peak"]
    parts = [
        f"GPU {on_gpu}" if on_gpu else "",
        say("num_busy_cpus_mean", "", " CPUs busy", decimals=1),
        say("cpu_energy_kwh", "all CPUs ", " kWh", decimals=3),
        f"RAM {bytes_text(int(memory))} at most" if memory is not None else "",
    ]
    return "; ".join(filter(None, parts))

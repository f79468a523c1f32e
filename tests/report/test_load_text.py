from expdb.domain.task import LOAD
from expdb.report.load_text import load_text

UNKNOWN = {metric.key: None for metric in LOAD.metrics}


def test_all_that_is_known_of_the_load_is_said_in_one_line_with_units():
    known = {
        "gpu_use_mean": 0.874,
        "gpu_watts_mean": 310.2,
        "gpu_watts_peak": 350.0,
        "gpu_celsius_peak": 71.0,
        "energy_kwh": 0.12,
        "cpu_energy_kwh": 0.034,
        "num_busy_cpus_mean": 1.94,
        "ram_bytes_peak": 1.23e9,
    }

    assert load_text({**UNKNOWN, **known}) == (
        "GPU 87% busy, 310 W (at most 350), 71 °C at most, 0.120 kWh; 1.9 CPUs busy; all CPUs 0.034 kWh; "
        "RAM 1.2 GB at most"
    )


def test_what_is_unknown_of_the_load_is_left_out():
    assert load_text({**UNKNOWN, "num_busy_cpus_mean": 0.0, "ram_bytes_peak": 5e8}) == (
        "0.0 CPUs busy; RAM 500 MB at most"
    )
    assert load_text(UNKNOWN) == ""

import subprocess
import sys
from pathlib import Path

from expdb.launch.load.machine_reader import MachineReader


def counter(root: Path, folder: str, name: str, energy: int | None, most: int = 1_000_000) -> Path:
    place = root / folder
    place.mkdir(exist_ok=True)
    (place / "name").write_text(f"{name}\n", encoding="utf-8")
    (place / "max_energy_range_uj").write_text(f"{most}\n", encoding="utf-8")
    if energy is not None:
        (place / "energy_uj").write_text(f"{energy}\n", encoding="utf-8")
    return place


def test_energy_of_processors_is_counted_once_and_over_a_full_counter(tmp_path: Path):
    counter(tmp_path, "intel-rapl:0", "package-0", 900_000)
    counter(tmp_path, "intel-rapl:0:0", "core", 5)
    counter(tmp_path, "intel-rapl:1", "psys", 5)
    reader = MachineReader(powercap=tmp_path)
    first = reader.read().totals["cpu_joules"]
    counter(tmp_path, "intel-rapl:0", "package-0", 100_000)
    counter(tmp_path, "intel-rapl:0:0", "core", 500_000)

    assert (first, reader.read().totals["cpu_joules"]) == (0.0, 0.2)


def test_energy_that_is_not_for_us_to_read_is_unknown(tmp_path: Path):
    counter(tmp_path, "intel-rapl:0", "package-0", 900_000)
    counter(tmp_path, "intel-rapl:1", "package-1", None)

    assert "cpu_joules" not in MachineReader(powercap=tmp_path).read().totals


def test_a_process_that_is_gone_is_unknown_and_the_machine_is_read():
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    found = MachineReader(gone.pid).read()

    assert "ram_bytes" not in found.levels
    assert found.levels["machine_ram_bytes"] > 0


def test_memory_and_time_are_those_of_a_process_and_its_children():
    alone = MachineReader().read()
    code = "data = bytes(200_000_000); data = bytearray(data); print(flush=True); input()"
    child = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    child.stdout.readline()
    with_child = MachineReader().read()
    child.communicate("\n")
    after = MachineReader().read()

    assert with_child.levels["ram_bytes"] - alone.levels["ram_bytes"] > 190e6
    assert after.totals["run_cpu_seconds"] > alone.totals["run_cpu_seconds"]

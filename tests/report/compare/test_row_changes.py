import pytest

from expdb.report.compare.row_changes import row_changes


@pytest.mark.parametrize(
    ("name", "old", "new", "text"),
    [
        ("top1", 0.821, 0.824, "top-1 82.10 → 82.40"),
        ("top1", 0.82101, 0.82104, "top-1 82.101 → 82.104"),
        ("top5", None, 0.95, "top-5 – → 95.00"),
        ("train_seconds", 4080.0, 4140.0, "train time 1h 8m 0s → 1h 9m 0s"),
        ("num_params", 23_000_000, 25_600_000, "parameters 23.0M → 25.6M"),
        ("metrics.#P", 1_200_000.0, 2300.0, "#P 1200000 → 2300"),
        ("metrics.Latency_(ms)", 2.5, 2300.0, "Latency_(ms) 2.5 → 2300"),
        ("metrics.loss", 1.00001, 1.00002, "loss 1.00001 → 1.00002"),
        ("metrics.FPS", None, 12_345_678.0, "FPS – → 12345678"),
        ("macs", 4_100_000_000, 4_200_000_000, "MACs (G) 4.10 → 4.20"),
        ("epochs", 200, None, "epochs 200 → –"),
        ("model", "ResNet-50", "resnet-50", "model ResNet-50 → resnet-50"),
        ("settings.lr", 0.1, 0.2, "lr 0.1 → 0.2"),
        ("settings.cutmix", None, True, "cutmix – → yes"),
        ("metrics.miou", 40.0, 41.5, "miou 40 → 41.5"),
        ("metrics.top1_spread", 0.2, 0.3, "top-1 ± 0.2 → 0.3"),
        ("metrics.top1_n", 3.0, 5.0, "top-1 n 3 → 5"),
        ("unparsed", [], ["x 1"], "not understood – → x 1"),
        ("quote.Top-1", "82.10", "82.1", "“Top-1” 82.10 → 82.1"),
    ],
)
def test_a_change_says_both_values_as_tables_print_them(name, old, new, text):
    assert row_changes({name: old}, {name: new}) == [text]


def test_a_printed_cell_is_told_only_where_nothing_read_of_it_changed():
    old = {"quote.Top-1": "82.10", "top1": 0.821, "quote.Remark": "x"}
    new = {"quote.Top-1": "82.40", "top1": 0.824, "quote.Remark": "y"}

    assert row_changes(old, new) == ["top-1 82.10 → 82.40"]
    assert row_changes({"quote.Remark": None, "quote.Model": "x"}, {"quote.Remark": "y", "quote.Model": None}) == []
    assert row_changes({"quote.Remark": "x"}, {"quote.Remark": "y"}) == ["“Remark” x → y"]
